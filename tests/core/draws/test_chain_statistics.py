"""Convergence of chains is computed as ArviZ computes it."""

from collections.abc import Callable

import numpy as np
import pytest
from arviz_stats.base import array_stats
from numpy.typing import NDArray

from bayescale.core.draws.chain_statistics import ess_bulk, ess_mean, ess_tail, mcse_mean, mcse_median, rhat

AXES = {"chain_axis": 0, "draw_axis": 1}
STATISTICS = {
    "rhat": (rhat, lambda draws: array_stats.rhat(draws, **AXES)),
    "ess_bulk": (ess_bulk, lambda draws: array_stats.ess(draws, method="bulk", **AXES)),
    "ess_tail": (ess_tail, lambda draws: array_stats.ess(draws, method="tail", prob=(0.05, 0.95), **AXES)),
    "ess_mean": (ess_mean, lambda draws: array_stats.ess(draws, method="mean", **AXES)),
    "mcse_mean": (mcse_mean, lambda draws: array_stats.mcse(draws, method="mean", **AXES)),
    "mcse_median": (mcse_median, lambda draws: array_stats.mcse(draws, method="median", **AXES)),
}


def chains(count: int, draws: int, seed: int = 0) -> NDArray[np.float64]:
    """Chains of one quantity a column: of several autocorrelations, with ties, heavy tails, apart, and constant."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((count, draws, 7))
    for i, memory in enumerate((0.0, 0.5, 0.97, -0.7)):
        for t in range(1, draws):
            noise[:, t, i] += memory * noise[:, t - 1, i]
    noise[..., 4] = np.round(noise[..., 4])
    noise[..., 5] = np.tan(noise[..., 5]) + np.arange(count)[:, None]
    noise[..., 6] = 3.0
    return noise


@pytest.mark.parametrize("name", STATISTICS)
@pytest.mark.parametrize("shape", [(4, 250), (2, 101), (1, 60), (4, 4), (3, 5)])
def test_statistics_are_those_of_arviz(name: str, shape: tuple[int, int]) -> None:
    ours, theirs = STATISTICS[name]
    draws = chains(*shape)
    if name == "rhat":
        draws = draws[..., :6]  # of a constant it is NaN, with a warning of theirs
        if shape[0] == 1:
            assert np.isnan(ours(draws)).all()
            return
    with np.errstate(all="ignore"):
        expected = theirs(draws)
    np.testing.assert_allclose(ours(draws), expected, rtol=1e-10)


@pytest.mark.parametrize("statistic", [rhat, ess_bulk, ess_tail, ess_mean])
def test_a_missing_draw_concerns_its_quantity_alone(statistic: Callable[..., NDArray[np.float64]]) -> None:
    draws = chains(4, 100)[..., :3]
    whole = statistic(draws)
    draws[2, 5, 1] = np.nan
    np.testing.assert_array_equal(statistic(draws), [whole[0], np.nan, whole[2]])


@pytest.mark.parametrize("statistic", [rhat, ess_bulk, ess_tail, ess_mean])
@pytest.mark.parametrize("draws", [1, 2, 3])
def test_too_few_draws_have_no_statistic(statistic: Callable[..., NDArray[np.float64]], draws: int) -> None:
    assert np.isnan(statistic(chains(4, draws))).all()


@pytest.mark.parametrize("statistic", [rhat, ess_bulk, ess_tail])
def test_rank_statistics_do_not_depend_on_the_scale(statistic: Callable[..., NDArray[np.float64]]) -> None:
    draws = chains(4, 100)[..., :4]
    np.testing.assert_allclose(statistic(8 * draws), statistic(draws), rtol=1e-9)
