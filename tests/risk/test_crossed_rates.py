"""The same problems under several options: what they have in common, mixtures of temperatures, policies."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from scipy.stats import kstest, norm, spearmanr

from bayescale.errors import InputError
from bayescale.risk.crossed_rates import Crossed, _joint, _Panel, crossed, likelihood
from bayescale.risk.decisions.policies import PolicyChoice, _why_not, inference_multiplier
from bayescale.risk.decisions.temperatures import divide, pass_at
from bayescale.risk.grid import STEP, X, counts
from bayescale.risk.judge import Judge
from bayescale.risk.posterior import Drawn, problems_of
from bayescale.risk.result import Risk, fit_risk

OPTIONS = ("0.2", "1.0")


def made(apart: float, attempts: int = 30, problems: int = 100, seed: int = 1) -> tuple[np.ndarray, pd.DataFrame]:
    """Rates (option, problem) whose logits differ by `apart` between options, and trials of them."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(-3, 2, problems)
    rates = expit(shared + apart * rng.normal(size=(len(OPTIONS), problems)))
    frames = [
        pd.DataFrame(
            {
                "temperature": name,
                "problem": range(problems),
                "attempts": attempts,
                "successes": rng.binomial(attempts, p),
            }
        )
        for name, p in zip(OPTIONS, rates, strict=True)
    ]
    return rates, pd.concat(frames, ignore_index=True)


def fitted(table: pd.DataFrame) -> Risk:
    return fit_risk(table, by=["temperature"], mixing="logit_normal", draws=300, random_seed=1)


@pytest.fixture(scope="module")
def apart() -> tuple[np.ndarray, Risk]:
    """Options whose rates are almost unrelated."""
    rates, table = made(4.0)
    return rates, fitted(table)


@pytest.fixture(scope="module")
def alike() -> tuple[np.ndarray, Risk]:
    """Options whose rates are the same."""
    rates, table = made(0.0)
    return rates, fitted(table)


@pytest.fixture(scope="module")
def chosen(apart: tuple[np.ndarray, Risk]) -> PolicyChoice:
    return apart[1].choose({"0.2": 4, "1.0": 4}, rule="problem")


def test_correlation_is_learnt(apart: tuple[np.ndarray, Risk], alike: tuple[np.ndarray, Risk]) -> None:
    assert np.median(crossed(alike[1].tree).correlation) > 0.85
    assert np.quantile(crossed(apart[1].tree).correlation, 0.95) < 0.6


def test_rates_of_known_problems_are_their_rates(alike: tuple[np.ndarray, Risk]) -> None:
    joint = crossed(alike[1].tree)
    order = [int(name) for name in joint.problem]
    mean = -np.expm1(-joint.rates).mean(axis=0)
    assert spearmanr(mean[0], alike[0][0][order]).statistic > 0.9
    assert mean.mean() == pytest.approx(alike[0].mean(), abs=0.02)


def test_one_option_learns_from_the_other() -> None:
    """Problems never solved in two attempts at one temperature, told apart by forty at the other."""
    rates, table = made(0.0)
    few = table["temperature"] == "0.2"
    rng = np.random.default_rng(3)
    table.loc[few, ["attempts", "successes"]] = np.column_stack([np.full(few.sum(), 2), rng.binomial(2, rates[0])])
    risk = fitted(table)
    joint, alone = crossed(risk.tree), crossed(risk.tree, ["0.2"])
    order = [int(name) for name in joint.problem]
    error = [
        np.abs(-np.expm1(-rate).mean(axis=0) - rates[0][order]).mean()
        for rate in (joint.rates[:, 0], alone.rates[:, 0])
    ]
    assert error[0] < 0.75 * error[1]


def test_mixture_holds_the_true_pass_at_k(apart: tuple[np.ndarray, Risk], alike: tuple[np.ndarray, Risk]) -> None:
    for rates, risk in (apart, alike):
        truth = np.mean(1 - np.prod((1 - rates) ** 50, axis=0))
        row = risk.mixture({"0.2": 50, "1.0": 50}, prob=0.99).table.iloc[0]
        assert row["these_lower"] <= truth <= row["these_upper"]
        assert (row["attempts"], row["problems"]) == (100, 100)
        assert row["new_upper"] - row["new_lower"] > row["these_upper"] - row["these_lower"]


def test_pass_at_k_of_a_mixture_is_its_product() -> None:
    p = np.array([[[0.1, 0.3], [0.2, 0.05]]])
    expected = 1 - (1 - p[0, 0]) ** 3 * (1 - p[0, 1]) ** 5
    assert pass_at(-np.log1p(-p), np.array([3.0, 5.0]))[0] == pytest.approx(expected)


@pytest.mark.parametrize("total", [1, 5, 24])
def test_division_is_the_best_of_all_divisions(total: int) -> None:
    rng = np.random.default_rng(total)
    rates = np.exp(rng.normal(-2.5, 1.5, (4, 3, 12)))
    best = max(
        pass_at(rates, np.array([a, b, total - a - b], dtype=float)).mean()
        for a in range(total + 1)
        for b in range(total + 1 - a)
    )
    counts = divide(rates, total)
    assert counts.sum() == total
    assert pass_at(rates, counts.astype(float)).mean() == pytest.approx(best, abs=1e-9)


def test_dividing_gains_where_options_solve_different_problems(
    apart: tuple[np.ndarray, Risk], alike: tuple[np.ndarray, Risk]
) -> None:
    rates, risk = apart
    best = risk.best_mixture(100)
    gain = best.gain.iloc[0]
    single = max(np.mean(1 - (1 - p) ** 100) for p in rates)
    counts = np.array(list(best.attempts.values()))
    assert np.mean(1 - np.prod((1 - rates) ** counts[:, None], axis=0)) > single + 0.03
    assert gain["new_above"] > 0.95
    assert gain["these_lower"] > 0
    same = alike[1].best_mixture(100).gain.iloc[0]
    assert same["these_median"] < 0.5 * gain["these_median"]
    assert same["these_median"] < 0.03


def test_policies_by_posterior_gain_on_held_out_attempts(apart: tuple[np.ndarray, Risk], chosen: PolicyChoice) -> None:
    rates, choice = apart[0], chosen
    gain = choice.gain.set_index(["choice", "measured"])["gain"]
    assert gain["observed", "same attempts"] > gain["observed", "held-out attempts"]
    truth = 1 - (1 - rates) ** 4
    picked = [
        truth[["0.2", "1"].index(policy), int(name)] for name, policy in choice.table[["problem", "policy"]].to_numpy()
    ]
    real = np.mean(picked) - truth.mean(axis=1).max()
    assert gain["problem", "held-out attempts"] > 0.05
    assert gain["problem", "held-out attempts"] == pytest.approx(real, abs=0.06)


def test_no_gain_is_claimed_where_policies_are_alike(alike: tuple[np.ndarray, Risk]) -> None:
    table = alike[1].choose({"0.2": 4, "1.0": 4}, rule="problem").gain.set_index(["choice", "measured"])
    assert table.loc[("observed", "same attempts"), "gain"] > 0.01  # what choosing by the same attempts makes up
    honest = table.loc[("problem", "held-out attempts")]
    assert honest["lower"] < 0.005
    assert abs(honest["gain"]) < 0.03


def test_hardest_fifth_returns_to_the_mean(chosen: PolicyChoice) -> None:
    table = chosen.regression.set_index("fifth")
    last = table.loc[5]
    assert last["observed"] == 0 < last["held_out"]
    assert abs(last["posterior"] - last["held_out"]) < abs(last["observed"] - last["held_out"])
    assert table["problems"].sum() == 100


def test_policies_say_why_nothing_was_held_out(alike: tuple[np.ndarray, Risk]) -> None:
    choice = alike[1].choose({"0.2": 64, "1.0": 1})
    assert "0.2 has 30 attempts" in choice.notes[0]
    assert choice.regression.empty
    assert set(choice.gain["measured"]) == {"posterior"}


def test_matched_inference_is_the_papers_factor() -> None:
    """M + 3 (M - 1) / R at the paper's M = 14 and R = .16, .79, 22, and from the FLOPs themselves."""
    assert inference_multiplier(14, [0.16, 0.79, 22]) == pytest.approx([257.75, 63.367, 15.773], rel=1e-4)
    n, trained, run, size = 1e9, 1e12, 3e11, 14
    flops = size * n * (6 * trained + 2 * run)
    assert inference_multiplier(size, run / trained) == pytest.approx((flops - 6 * n * trained) / (2 * n * run))


def test_bad_input_is_named(alike: tuple[np.ndarray, Risk]) -> None:
    risk = alike[1]
    cases = [
        (lambda: risk.mixture({"0.3": 4}), "'0.3' is no group of temperature; known: 0.2; 1"),
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


def test_problems_that_are_not_shared_and_persistent_judges_are_refused() -> None:
    _, table = made(0.0, problems=12)
    table.loc[table["temperature"] == "1.0", "problem"] += 100
    with pytest.raises(InputError, match="share 0 problems"):
        fit_risk(table, by=["temperature"], mixing="beta", draws=100, random_seed=1).mixture({"0.2": 1, "1.0": 1})
    judge = Judge(false_positive_rate=(1, 99), errors="persistent")
    judged = fit_risk(table, by=["temperature"], mixing="beta", judge=judge, draws=100, random_seed=1)
    with pytest.raises(InputError, match="persistent"):
        judged.mixture({"0.2": 1})


def test_options_may_be_numbers(alike: tuple[np.ndarray, Risk]) -> None:
    risk = alike[1]
    assert dict(risk.mixture({0.2: 3, 1.0: 4}).attempts) == {"0.2": 3, "1": 4}


def logit_normal(mean: float, sd: float) -> Drawn:
    """A known mixing law as one draw."""
    edges = np.append(X - STEP / 2, X[-1] + STEP / 2)
    below = norm.cdf((np.log(np.expm1(np.exp(edges))) - mean) / sd)
    return Drawn(np.diff(below)[None], np.zeros(1), np.zeros(1, dtype=np.int64))


def correlations(correlation: float, attempts: int, seed: int, many: int = 80) -> np.ndarray:
    """Posterior draws of the correlation from counts simulated with known mixing laws."""
    rng = np.random.default_rng(seed)
    shared = np.sqrt(correlation) * rng.normal(size=many)
    means, sd = (-4.0, -3.6), 2.5
    score = [shared + np.sqrt(1 - correlation) * rng.normal(size=many) for _ in means]
    rates = expit(np.array(means)[:, None] + sd * np.stack(score))
    solved = rng.binomial(attempts, rates).ravel().astype(np.int64)
    made, group = np.full(2 * many, attempts), np.repeat([0, 1], many)
    counted = counts(made, solved, group)
    likelihoods = [likelihood(counted, made[:many], part) for part in np.split(solved, 2)]
    panel = _Panel([logit_normal(mean, sd) for mean in means], [likelihoods])
    return _joint(panel, np.ones(many), rng, 400)[1]


def test_correlation_is_calibrated_where_mixing_laws_are_known() -> None:
    """Simulation-based calibration: correlations from their prior, counts given them, ranks are uniform."""
    truths = np.random.default_rng(0).random(60)
    ranks = [np.mean(correlations(truth, 20, seed) < truth) for seed, truth in enumerate(truths)]
    assert kstest(ranks, "uniform").pvalue > 0.01


@pytest.mark.parametrize("attempts", [20, 10_000])
@pytest.mark.parametrize("truth", [0.5, 0.9, 0.98])
def test_posterior_of_a_correlation_holds_it_and_narrows_with_attempts(truth: float, attempts: int) -> None:
    """With 10,000 attempts rates are known, and Fisher's z of 80 pairs has standard deviation 1 / sqrt(77)."""
    draws = [np.arctanh(correlations(truth, attempts, seed)) for seed in range(8)]
    away = [(np.arctanh(truth) - z.mean()) / z.std() for z in draws]
    assert abs(np.mean(away)) < 3.3 / np.sqrt(8)
    if attempts == 10_000:
        assert np.mean([z.std() for z in draws]) < 1.4 / np.sqrt(77)


def test_nothing_is_held_out_where_sampling_stopped_at_a_success() -> None:
    rates, table = made(0.0, problems=20)
    first = np.random.default_rng(2).geometric(rates.ravel())
    table["attempts"], table["successes"] = np.minimum(first, 30), (first <= 30).astype(int)
    stopped = fit_risk(table, by=["temperature"], mixing="beta", draws=100, random_seed=1, design="until_success")
    assert "nothing was held out" in stopped.choose({"0.2": 1, "1.0": 1}).notes[0]
    rows = problems_of(stopped.tree)
    assert "until_success" in _why_not(rows, enough(stopped), np.array([1, 1]))


def enough(risk: Risk) -> Crossed:
    """The crossed rates with attempts enough to be halved."""
    joint = crossed(risk.tree)
    return replace(joint, attempts=np.full_like(joint.attempts, 30))
