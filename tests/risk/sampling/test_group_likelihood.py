"""Log likelihoods of groups against sums over all nodes of the grid."""

from dataclasses import replace

import numpy as np
import pytest

from bayescale.risk.grid import PERFECT, Counts, JudgeRates, count_pairs
from bayescale.risk.mixing import MIXINGS
from bayescale.risk.sampling import group_likelihood
from bayescale.risk.sampling.group_likelihood import LEAST, NEGLIGIBLE, count_blocks, group_log_likelihood

GROUPS = 60


def counts_of_problems(judge: JudgeRates) -> Counts:
    """2,000 problems with 1 to 100,000 attempts and rates from 1e-6 to 1, some weighted by a half."""
    rng = np.random.default_rng(3)
    attempts = np.round(10 ** rng.uniform(0, 5, 2000)).astype(np.int64)
    successes = rng.binomial(attempts, 10 ** rng.uniform(-6, 0, 2000))
    return count_pairs(attempts, successes, np.arange(2000) % GROUPS, rng.choice([0.5, 1.0], 2000), judge)


def summed_over_all_nodes(counts: Counts, law: str, z: np.ndarray) -> np.ndarray:
    mass, zero = MIXINGS[law].mass(MIXINGS[law].parameters(z))
    chance = counts.likelihood @ mass.T + counts.at_zero[:, None] * zero
    return np.asarray(counts.weight @ np.log(np.maximum(chance, 1e-300)))


@pytest.mark.parametrize("judge", [PERFECT, JudgeRates(0.9, 0.02)])
@pytest.mark.parametrize("law", ["two_components", "logit_normal_or_never", "scaled_beta"])
def test_log_likelihoods_equal_sums_over_all_nodes(law: str, judge: JudgeRates) -> None:
    """Points with coordinates of 3 and more have laws under which most counts are next to impossible."""
    counts = counts_of_problems(judge)
    z = 2 * np.random.default_rng(4).standard_normal((1500, len(MIXINGS[law].coordinates)))
    expected = summed_over_all_nodes(counts, law, z)
    assert expected.min() < -1000 < -500 < expected.max()
    np.testing.assert_allclose(group_log_likelihood(count_blocks(counts), MIXINGS[law])(z), expected, rtol=1e-11)


def test_without_the_second_sum_improbable_counts_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left out counts where a law makes counts improbable, so the test above can fail."""
    counts = counts_of_problems(PERFECT)
    z = 2 * np.random.default_rng(4).standard_normal((300, 6))
    monkeypatch.setattr(group_likelihood, "LEAST", -1.0)
    with np.errstate(all="ignore"):
        values = group_log_likelihood(count_blocks(counts), MIXINGS["two_components"])(z)
    assert not np.allclose(values, summed_over_all_nodes(counts, "two_components", z), rtol=0.01)
    assert NEGLIGIBLE / LEAST < 1e-11


def test_blocks_hold_every_pair_once_and_few_nodes() -> None:
    counts = counts_of_problems(PERFECT)
    divided = count_blocks(counts)
    likelihood = np.vstack([block.likelihood for block in divided.blocks])
    whole = np.column_stack([counts.at_zero, counts.likelihood])
    np.testing.assert_array_equal(np.sort(likelihood.sum(axis=1)), np.sort(whole.sum(axis=1)))
    assert sum(block.likely.size for block in divided.blocks) < 0.8 * whole.size


def test_weights_without_zeros_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = counts_of_problems(PERFECT)
    z = np.random.default_rng(5).standard_normal((70, 2))
    dense = group_log_likelihood(count_blocks(counts), MIXINGS["beta"])(z)
    monkeypatch.setattr("bayescale.risk.grid.MOST_DENSE", 0)
    sparse = counts_of_problems(PERFECT)
    assert not isinstance(sparse.weight, np.ndarray)
    np.testing.assert_allclose(group_log_likelihood(count_blocks(sparse), MIXINGS["beta"])(z), dense, rtol=1e-12)
    halved = replace(counts, weight=counts.weight / 2)
    np.testing.assert_allclose(group_log_likelihood(count_blocks(halved), MIXINGS["beta"])(z), dense / 2, rtol=1e-12)
