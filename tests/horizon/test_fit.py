"""`fit_horizon`: arguments, recovery, and agreement with published horizons."""

from pathlib import Path

import numpy as np
import pytest

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


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.skipif(not METR.exists(), reason="the public data sets are not here")
def test_horizons_agree_with_the_published_ones() -> None:
    """Horizons at 50 % of Kwa et al. (2025, arXiv:2503.14499), who had 66 shorter tasks too."""
    published = {"Claude 3 Opus": 6.0, "Claude 3.5 Sonnet (Old)": 18.0, "GPT-4 0314": 5.0, "o1-preview": 22.0}
    names = {"problem_id": "problem", "n_samples": "attempts", "n_successes": "successes"}
    horizon = bs.fit_horizon(bs.read_trials(METR, rename=names), random_seed=1)
    table = horizon.horizons(0.5).set_index("model")
    for agent, minutes in published.items():
        assert table.loc[agent, "minutes_lower"] < minutes < table.loc[agent, "minutes_upper"]
    weak = table.loc["davinci-002"]
    assert weak["minutes_upper"] > 5 * weak["minutes_median"]
