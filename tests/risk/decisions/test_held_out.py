"""Gains of policies on held-out attempts."""

from dataclasses import replace

import numpy as np
import pytest

from bayescale.risk.decisions.held_out import _obstacle
from bayescale.risk.decisions.policies import PolicyChoice
from bayescale.risk.fit import fit_risk
from bayescale.risk.predict.crossed_rates import CrossedRates, crossed_rates
from bayescale.risk.result import Risk
from tests.risk.simulation import option_counts


@pytest.fixture(scope="module")
def chosen(unlike_options: tuple[np.ndarray, Risk]) -> PolicyChoice:
    return unlike_options[1].choose({"0.2": 4, "1.0": 4}, rule="problem")


def test_policies_by_posterior_gain_on_held_out_attempts(
    unlike_options: tuple[np.ndarray, Risk], chosen: PolicyChoice
) -> None:
    rates, choice = unlike_options[0], chosen
    gain = choice.gain.set_index(["choice", "measured"])["gain"]
    assert gain["observed", "same attempts"] > gain["observed", "held-out attempts"]
    truth = 1 - (1 - rates) ** 4
    picked = [
        truth[["0.2", "1"].index(policy), int(name)] for name, policy in choice.table[["problem", "policy"]].to_numpy()
    ]
    real = np.mean(picked) - truth.mean(axis=1).max()
    assert gain["problem", "held-out attempts"] > 0.05
    assert gain["problem", "held-out attempts"] == pytest.approx(real, abs=0.06)


def test_hardest_fifth_returns_to_the_mean(chosen: PolicyChoice) -> None:
    table = chosen.regression.set_index("fifth")
    last = table.loc[5]
    assert last["observed"] == 0 < last["held_out"]
    assert abs(last["posterior"] - last["held_out"]) < abs(last["observed"] - last["held_out"])
    assert table["problems"].sum() == 100


def test_note_says_why_nothing_is_held_out(equal_options: tuple[np.ndarray, Risk]) -> None:
    choice = equal_options[1].choose({"0.2": 64, "1.0": 1})
    assert "0.2 has 30 attempts" in choice.notes[0]
    assert choice.regression.empty
    assert set(choice.gain["measured"]) == {"posterior"}


def test_nothing_is_held_out_where_sampling_stopped_at_a_success() -> None:
    rates, table = option_counts(0.0, problems=20)
    first = np.random.default_rng(2).geometric(rates.ravel())
    table["attempts"], table["successes"] = np.minimum(first, 30), (first <= 30).astype(int)
    stopped = fit_risk(table, by=["temperature"], mixing="beta", draws=100, random_seed=1, design="until_success")
    assert "No attempts are held out" in stopped.choose({"0.2": 1, "1.0": 1}).notes[0]
    assert "until_success" in str(_obstacle(stopped.problems, with_30_attempts(stopped), np.array([1, 1])))


def with_30_attempts(risk: Risk) -> CrossedRates:
    """The crossed rates with enough attempts for halves."""
    joint = crossed_rates(risk)
    return replace(joint, attempts=np.full_like(joint.attempts, 30))
