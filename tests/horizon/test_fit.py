"""`fit_horizon`: arguments, recovery, and agreement with published horizons."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

import bayescale as bs
from bayescale.errors import ChecksFailed, InputError
from tests.horizon.simulation import RELEASED, agent_trials

METR = Path(__file__).parents[3] / "shared" / "data" / "metr_agent_runs" / "counts.csv"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"draws": 10}, "draws=10 must be a whole number from 200"),
        ({"agent": "success_model"}, "is the name of a column of the results"),
        ({"agent": "bot"}, "column 'bot' is not in the trials"),
        ({"release_dates": {"late": "soon"}}, "release date of 'late'"),
        ({"random_seed": -1}, "random_seed"),
    ],
)
def test_arguments_that_cannot_be_used(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        bs.fit_horizon(agent_trials(), **arguments)  # type: ignore[arg-type]


def test_a_posterior_that_did_not_converge_is_in_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bayescale.horizon.fit.LEAST_DRAWS", 10)
    with pytest.raises(ChecksFailed, match="did not converge") as raised:
        bs.fit_horizon(agent_trials(families=3), draws=10, random_seed=1)
    assert isinstance(raised.value.fit, bs.Horizon)


@pytest.mark.slow
def test_more_tasks_narrow_the_intervals() -> None:
    widths = []
    for families in (8, 40):
        table = agent_trials(families=families)
        horizons = bs.fit_horizon(table, release_dates=RELEASED, random_seed=1).horizons(0.5).set_index("model")
        widths.append(np.log(horizons["minutes_upper"] / horizons["minutes_lower"])[["early", "late"]].mean())
    assert widths[1] < 0.7 * widths[0]


#: 95 % interval of the 50 % horizon in minutes: METR, Time Horizon 1.1, metr.org/assets/benchmark_results_1_1.yaml,
#: read in the copy of github.com/IAPS-AI/METR-Time-Horizons (commit c59c78bf). Another edition of this file, copied by
#: github.com/peterhurford/metr_graph (commit 2afb13df), has intervals that begin and end up to a fifth lower.
PUBLISHED = {
    "GPT-4 0314": (1.93, 8.00),
    "Claude 3 Opus": (1.71, 8.76),
    "GPT-4 Turbo": (1.98, 6.74),
    "Claude 3.5 Sonnet (Old)": (5.49, 22.4),
    "o1-preview": (11.7, 33.4),
}


def weighted_curve(runs: pd.DataFrame, level: float) -> float:
    """The horizon by the method of Kwa et al. (2025): a logistic curve, tasks weighted by family size ** -0.5."""
    weight = 1 / np.sqrt(runs.groupby("family")["problem_id"].transform("nunique").to_numpy())
    share, length = (runs["n_successes"] / runs["n_samples"]).to_numpy(), np.log2(runs["human_minutes"].to_numpy())

    def loss(values: np.ndarray) -> float:
        logit = values[0] - values[1] * length
        return float((weight * (np.logaddexp(0, logit) - share * logit)).sum())

    intercept, slope = minimize(loss, [0.0, 0.5]).x
    return float(2 ** ((intercept - np.log(level / (1 - level))) / slope))


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.skipif(not METR.exists(), reason="the public data sets are not here")
def test_horizons_agree_with_the_published_method_and_horizons() -> None:
    names = {"problem_id": "problem", "n_samples": "attempts", "n_successes": "successes"}
    table = bs.fit_horizon(bs.read_trials(METR, rename=names), random_seed=1).horizons(prob=0.95)
    table, runs = table.set_index(["model", "level"]), pd.read_csv(METR)
    for agent, (low, high) in PUBLISHED.items():
        for level in (0.5, 0.8):
            row, curve = table.loc[(agent, level)], weighted_curve(runs[runs["model"] == agent], level)
            assert row["minutes_lower"] < curve < row["minutes_upper"]
        row = table.loc[(agent, 0.5)]
        assert row["minutes_lower"] < high  # the published tasks are others too: intervals overlap
        assert row["minutes_upper"] > low
        curve = weighted_curve(runs[runs["model"] == agent], 0.5)
        assert row["minutes_median"] == pytest.approx(curve, rel=0.25)
    weak = table.loc[("davinci-002", 0.5)]
    assert weak["minutes_upper"] > 5 * weak["minutes_median"]
