"""How many iterations of the Gibbs sampler are taken, and which of them are stored."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bayescale.capability.sampling.gibbs import Gibbs
from bayescale.capability.scores import Scores
from bayescale.capability.state import initial_state

type Array = NDArray[np.float64]
type Variables = dict[str, tuple[tuple[str, ...], Array]]

CHAINS = 8  # at once, so that each operation on arrays is worth its call
WARM_UP = 300  # iterations that are discarded
THINNING = 4  # iterations for each stored draw
MOST_TIMES = 3  # as many draws as requested, until the gate passes; each step adds half as many

#: Stored variables of `State`, with their dimensions after chain and draw.
STORED = {
    "compute": ("model",),
    "capability": ("model", "dimension"),
    "coefficient": ("benchmark", "coefficient_name"),
    "offset": ("family", "benchmark"),
    "offset_scale": ("benchmark",),
    "residual_scale": ("benchmark",),
    "efficiency": ("family", "dimension"),
    "slope": ("family", "dimension"),
    "efficiency_scale": ("dimension",),
    "slope_scale": ("dimension",),
    "model_scale": ("dimension",),
}


def sample(
    scores: Scores, dimensions: int, draws: int, seed: int, has_converged: Callable[[Variables], bool]
) -> Variables:
    """Draw from the posterior until the draws have converged, or three times as many are taken.

    Parameters
    ----------
    scores : Scores
        The scores.
    dimensions : int
        Number of dimensions of capability.
    draws : int
        Draws of each of eight chains to begin with.
    seed : int
        Seed.
    has_converged : callable
        Whether draws are enough.

    Returns
    -------
    dict of str to (dims, values)
        All draws after warm-up.
    """
    rng = np.random.default_rng(seed)
    gibbs, state = Gibbs(scores, dimensions), initial_state(scores, dimensions, CHAINS, rng)
    for _ in range(WARM_UP):
        gibbs.draw(state, rng)
    series: dict[str, list[Array]] = {name: [] for name in STORED}
    variables: Variables = {}
    step = draws
    while len(series["compute"]) + step <= MOST_TIMES * draws:
        for _ in range(step):
            for _ in range(THINNING):
                gibbs.draw(state, rng)
            for name, values in series.items():
                values.append(getattr(state, name).copy())
        variables = {name: (("chain", "draw", *dims), np.stack(series[name], axis=1)) for name, dims in STORED.items()}
        if has_converged(variables):
            break
        step = max(draws // 2, 1)
    return variables
