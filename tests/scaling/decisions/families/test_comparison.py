"""Families compared: recipes of reinforcement learning with known truth, closed forms of power laws, refusals."""

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.errors import InputError, LawError
from bayescale.scaling.decisions.families.comparison import FamilyComparison, compare_families
from bayescale.scaling.result import Fit
from bayescale.scaling_laws.registry import law
from tests.scaling.decisions.decision_cases import fewer, settled

#: Asymptote, steepness and midpoint of recipes: "late" has the highest ceiling and is behind at little compute.
RECIPES = {"early": (0.60, 1.6, 2.0e3), "late": (0.68, 1.7, 6.0e3), "plain": (0.55, 1.5, 3.0e3)}
BEFORE = {"initial_pass_rate": 0.3}


def curve(recipe: str, hours: np.ndarray) -> np.ndarray:
    a, b, middle = RECIPES[recipe]
    return np.asarray(0.3 + (a - 0.3) / (1 + (middle / hours) ** b))


@pytest.fixture(scope="module")
def recipes() -> Fit:
    """`rl_sigmoid` fitted to three recipes with 0.02 of noise in log-odds."""
    rng, hours = np.random.default_rng(3), np.geomspace(1.5e3, 4e4, 12)
    rows = []
    for name in RECIPES:
        odds = np.log(1 / curve(name, hours) - 1) + rng.normal(0, 0.02, len(hours))
        rows.append(
            pd.DataFrame({"family": name, "run": name, "gpu_hours": hours, "pass_rate": 1 / (1 + np.exp(odds))})
        )
    table = pd.concat(rows, ignore_index=True).assign(**BEFORE)
    assert "rl_sigmoid" in bs.describe(table).laws
    return bs.fit(table, law="rl_sigmoid", discrepancy=False, random_seed=1)


@pytest.fixture(scope="module")
def compared(recipes: Fit) -> FamilyComparison:
    return recipes.compare_families("gpu_hours", at=BEFORE)


def test_draws_are_the_parameters_of_the_sigmoid(recipes: Fit, compared: FamilyComparison) -> None:
    """Asymptote, midpoint and steepness are read from the curve alone."""
    posterior = recipes.tree["posterior"]
    np.testing.assert_allclose(compared.dataset["asymptote"], posterior["A"], rtol=1e-12)
    np.testing.assert_allclose(compared.dataset["half"], posterior["C_mid"], rtol=1e-9)
    np.testing.assert_allclose(compared.dataset["exponent"], posterior["B"], rtol=1e-3)
    assert compared.rises
    assert compared.shared == ()


def test_recipes_are_recovered(compared: FamilyComparison) -> None:
    """The 90 % intervals contain the truth, and the order of recipes is found."""
    table = compared.table.set_index("family")
    for name, (asymptote, steepness, middle) in RECIPES.items():
        row = table.loc[name]
        assert row.asymptote_lower < asymptote < row.asymptote_upper
        assert row.half_lower < middle < row.half_upper
        assert row.exponent_lower < steepness < row.exponent_upper
    assert table["best"].sum() == pytest.approx(1)
    assert table.loc["late", "best"] > 0.95
    pair = compared.pairs.set_index(["family_a", "family_b"]).loc[("early", "late")]
    assert pair.asymptote_better < 0.05
    assert pair.half_lower > 0.95
    assert pair.half_ratio_lower < 3 < pair.half_ratio_upper


def test_the_crossing_of_two_recipes_is_recovered(recipes: Fit, compared: FamilyComparison) -> None:
    hours = np.geomspace(1.5e3, 4e5, 200_001)
    truth = hours[np.argmax(curve("late", hours) > curve("early", hours))]
    pair = compared.pairs.set_index(["family_a", "family_b"]).loc[("early", "late")]
    assert (pair.a_ahead_low, pair.a_ahead_high, pair.none) == (1, 0, 0)
    assert pair.crossing_lower < truth < pair.crossing_upper
    # the same number as that of two families alone
    alone = recipes.crossover("early", "late", "gpu_hours", low=pair.low, high=pair.high, at=BEFORE)
    assert alone.table["crossing_median"][0] == pytest.approx(pair.crossing_median, rel=1e-9)
    assert pair.extrapolation == pytest.approx(10, rel=0.01)
    assert "crosses" not in repr(compared)
    assert "they cross with 100 %" in repr(compared)
    assert "they cross with 100 %" in compared._repr_html_()


def test_published_recipes_compare_as_their_source_says(recipes: Fit) -> None:
    """Khatri et al. 2025: a context of 32k is slower than one of 14k at first, and has the higher asymptote."""
    published = law("rl_sigmoid").published
    long, short = (dict(published[f"8B dense, {context} context"]) for context in ("32k", "14k"))
    fit = settled(fewer(recipes, 5), {"late": long, "early": short})
    pair = fit.compare_families("gpu_hours", ["late", "early"], at=BEFORE, high=1e6).pairs.iloc[0]
    assert (pair.asymptote_better, pair.half_lower, pair.a_ahead_low, pair.a_ahead_high) == (1, 0, 0, 1)
    assert pair.half_ratio_median == pytest.approx(2542 / 11272, rel=1e-9)
    hours = np.geomspace(1e3, 1e6, 1_000_001)
    rise = {name: (v["A"] - 0.3) / (1 + (v["C_mid"] / hours) ** v["B"]) for name, v in (("32k", long), ("14k", short))}
    assert pair.crossing_median == pytest.approx(hours[np.argmax(rise["32k"] > rise["14k"])], rel=1e-3)


def test_a_midpoint_beyond_the_runs_is_flagged(recipes: Fit) -> None:
    """Contrast: without runs beyond the midpoint, asymptote and midpoint are hardly separated."""
    fit = settled(fewer(recipes, 20), {"late": {"C_mid": 1e5}})
    row = fit.compare_families("gpu_hours", at=BEFORE).table.set_index("family").loc["late"]
    assert row.beyond == 1
    assert "beyond its largest run" in row.flag


def test_losses_are_better_when_lower(plain_fit: Fit) -> None:
    baseline = {"E": 1.7, "A": 400.0, "alpha": 0.34, "B": 410.0, "beta": 0.28}
    recipe = {**baseline, "E": 1.6, "B": 410.0 * 2.0**-0.28}
    fit = settled(fewer(plain_fit, 5), {"a": recipe, "b": baseline})
    compared = compare_families(fit, "n_tokens", at={"n_params": 1e9})
    pair = compared.pairs.iloc[0]
    assert not compared.rises
    assert (pair.asymptote_better, pair.a_ahead_low, pair.a_ahead_high, pair.none) == (1, 1, 1, 1)
    assert pair.exponent_higher == 0.5  # ties are not decided by rounding
    assert pair.half_ratio_median == pytest.approx(2, rel=1e-9)
    assert pair.asymptote_difference_median == pytest.approx(-0.1)
    assert compared.table.set_index("family").loc["a", "best"] == 1


@pytest.mark.slow
def test_optimizers_are_factors_of_tokens() -> None:
    """The law of optimizers recovers how much more the tokens of one are worth, with an interval."""
    rng, rows = np.random.default_rng(5), []
    for name, factor in (("adamw", 1.0), ("muon", 2.0)):
        for size in (1e8, 3e8, 1e9):
            for ratio in (10, 30, 100):
                data = {"n_params": size, "n_tokens": ratio * size}
                values = {"E": 1.8, "N_c": 2e7, "alpha": 0.33, "D_c": 1e9 / factor, "beta": 0.3}
                loss = law("optimizer_rescaling").predict(data, values) * np.exp(rng.normal(0, 0.002))
                rows.append({"family": name, **data, "loss": loss})
    table = pd.DataFrame(rows)
    assert "optimizer_rescaling" in bs.describe(table).laws
    fit = bs.fit(table, law="optimizer_rescaling", discrepancy=False, random_seed=1)
    compared = fit.compare_families("n_tokens", at={"n_params": 1e9})
    pair = compared.pairs.iloc[0]
    assert set(compared.shared) == {"E", "alpha", "beta"}
    np.testing.assert_allclose(
        1 / pair.half_ratio_median,
        np.median(fit.tree["posterior"]["D_c"].to_numpy()[..., 0] / fit.tree["posterior"]["D_c"].to_numpy()[..., 1]),
        rtol=1e-3,
    )
    assert 1 / pair.half_ratio_upper < 2 < 1 / pair.half_ratio_lower
    saved = fit.multiplier("muon", "adamw", 1e20).table.iloc[0]  # at the optimum, twice the tokens is twice the compute
    assert saved.multiplier_lower < 2 < saved.multiplier_upper


def test_refusals(plain_fit: Fit, recipes: Fit) -> None:
    size = {"n_params": 1e9}
    with pytest.raises(InputError, match="Did you mean 'n_tokens'"):
        plain_fit.compare_families("n_token", at=size)
    with pytest.raises(LawError, match="also takes n_params"):
        plain_fit.compare_families("n_tokens")
    with pytest.raises(InputError, match="name two or more different families"):
        plain_fit.compare_families("n_tokens", ["a"], at=size)
    with pytest.raises(InputError, match="Did you mean 'a'"):
        plain_fit.compare_families("n_tokens", ["aa", "b"], at=size)
    with pytest.raises(InputError, match="must be a list"):
        plain_fit.compare_families("n_tokens", "a", at=size)
    with pytest.raises(InputError, match="is no range"):
        plain_fit.compare_families("n_tokens", low=1e12, high=1e9, at=size)
    with pytest.raises(InputError, match="has no logarithmic axis"):
        recipes.compare_families("initial_pass_rate", at={"gpu_hours": 1e4})
