"""Rates of the same problems under several options, and their correlation."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from bayescale.errors import InputError
from bayescale.risk.decisions.policies import inference_multiplier
from bayescale.risk.fit import fit_risk
from bayescale.risk.judge import Judge
from bayescale.risk.predict.crossed_rates import CrossedRates, crossed_rates
from bayescale.risk.result import Risk
from tests.risk.simulation import option_counts


@pytest.fixture(scope="module")
def equal(equal_options: tuple[np.ndarray, Risk]) -> CrossedRates:
    """Crossed rates of two options whose rates are the same."""
    return crossed_rates(equal_options[1])


def test_correlation_is_estimated(unlike_options: tuple[np.ndarray, Risk], equal: CrossedRates) -> None:
    assert np.median(equal.correlation) > 0.85
    assert np.quantile(crossed_rates(unlike_options[1]).correlation, 0.95) < 0.6


def test_rates_agree_with_the_true_rates(equal_options: tuple[np.ndarray, Risk], equal: CrossedRates) -> None:
    order = [int(name) for name in equal.problem]
    mean = -np.expm1(-equal.rates).mean(axis=0)
    assert spearmanr(mean[0], equal_options[0][0][order]).statistic > 0.9
    assert mean.mean() == pytest.approx(equal_options[0].mean(), abs=0.02)


def test_one_option_informs_the_other() -> None:
    """Problems never solved in two attempts at one temperature, told apart by forty at the other."""
    rates, table = option_counts(0.0)
    few = table["temperature"] == "0.2"
    rng = np.random.default_rng(3)
    table.loc[few, ["attempts", "successes"]] = np.column_stack([np.full(few.sum(), 2), rng.binomial(2, rates[0])])
    risk = fit_risk(table, by=["temperature"], mixing="logit_normal", draws=300, random_seed=1)
    joint, alone = crossed_rates(risk), crossed_rates(risk, ["0.2"])
    order = [int(name) for name in joint.problem]
    error = [
        np.abs(-np.expm1(-rate).mean(axis=0) - rates[0][order]).mean()
        for rate in (joint.rates[:, 0], alone.rates[:, 0])
    ]
    assert error[0] < 0.75 * error[1]


def test_bad_input_is_refused(equal_options: tuple[np.ndarray, Risk]) -> None:
    risk = equal_options[1]
    cases = [
        (lambda: risk.mixture({"0.3": 4}), "'0.3' is not a group of temperature; groups are 0.2; 1"),
        (lambda: risk.mixture({"1": 4, "1.0": 4}), "'1' is named 2 times"),
        (lambda: risk.mixture({"0.2": 0}), "attempts are 0"),
        (lambda: risk.mixture({"0.2": 1.5}), "1.5 must be a whole number"),
        (lambda: risk.best_mixture(0), "attempts=0"),
        (lambda: risk.best_mixture(4, ["0.2"]), "the only one"),
        (lambda: risk.best_mixture(4, ["0.2", "0.2"]), "named 2 times"),
        (lambda: risk.choose({"0.2": 4}), "two policies"),
        (lambda: risk.choose({"0.2": 4, "1.0": 0}, rule="best"), "rule='best'"),
        (lambda: inference_multiplier(0.5, 1), "size_ratio=0.5"),
    ]
    for call, words in cases:
        with pytest.raises(InputError, match=words.replace("(", r"\(")):
            call()


def test_unshared_problems_and_persistent_judges_are_refused() -> None:
    _, table = option_counts(0.0, problems=12)
    table.loc[table["temperature"] == "1.0", "problem"] += 100
    with pytest.raises(InputError, match="share 0 problems"):
        fit_risk(table, by=["temperature"], mixing="beta", draws=100, random_seed=1).mixture({"0.2": 1, "1.0": 1})
    judge = Judge(false_positive_rate=(1, 99), errors="persistent")
    judged = fit_risk(table, by=["temperature"], mixing="beta", judge=judge, draws=100, random_seed=1)
    with pytest.raises(InputError, match="persistent"):
        judged.mixture({"0.2": 1})


def test_decisions_on_the_same_options_share_their_rates(equal_options: tuple[np.ndarray, Risk]) -> None:
    """Those of other options, of fewer draws and of another posterior are their own."""
    risk = equal_options[1]
    rates = crossed_rates(risk, ["1"])
    assert crossed_rates(risk, [1.0]) is rates
    again = crossed_rates(Risk(risk.tree), ["1"])
    assert again is not rates
    np.testing.assert_array_equal(again.rates, rates.rates)
    assert crossed_rates(risk, ["0.2"]).options == ("0.2",)
    assert len(crossed_rates(risk, ["0.2"], 50).rates) == 50
