"""R-hat and effective sample sizes of every quantity, and the worst of them."""

import numpy as np

from bayescale.core.convergence import quantity_diagnostics, worst_place


def test_chains_that_disagree_have_a_large_rhat() -> None:
    draws = np.random.default_rng(1).standard_normal((4, 200, 2))
    draws[:, :, 1] += np.arange(4)[:, None]
    each = quantity_diagnostics(draws)
    assert each.rhat[0] < 1.02 < 1.5 < each.rhat[1]
    assert each.ess_bulk[0] > 500 > 20 > each.ess_bulk[1]


def test_the_worst_is_the_smallest_or_the_first_unknown() -> None:
    assert worst_place(np.array([3.0, 1.0, 2.0])) == 1
    assert worst_place(np.array([3.0, 1.0, np.nan, np.nan])) == 2
