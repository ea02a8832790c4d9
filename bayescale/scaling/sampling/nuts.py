"""Markov chains in a preconditioner's coordinates: the only module that calls the sampler."""

import time
import traceback
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bayescale.scaling.sampling.callback import OUT_OF_MEMORY
from bayescale.scaling.sampling.compilation import Density, nutpie_model, out_of_memory
from bayescale.scaling.sampling.preconditioner import Preconditioner
from bayescale.scaling.sampling.progress import Watch
from bayescale.scaling.sampling.sampler import Sampler, transitions

type Array = NDArray[np.float64]

STATS = ("diverging", "energy", "n_steps", "depth", "step_size", "logp")
START_SCALE = 0.5  # standard deviation of initial points, in the sampler's coordinates
HALVINGS = 12  # of an initial point's distance from the centre, until its density is finite
LOOK_SECONDS = 0.25  # between two looks at how far the chains are
MOST_DEPTH = 10  # of a draw's tree of 2^depth − 1 gradients
THREADS_END_SECONDS = 60.0  # longest wait for the threads of chains that were stopped


class NoDraws(Exception):
    """The sampler stopped without draws; the text says why. Callers of `scaling.fit` never see it."""


@dataclass(frozen=True)
class Chains:
    """What the sampler returns.

    Attributes
    ----------
    coordinates : array, shape (chain, draw, coordinate)
        Draws of the sampling coordinates.
    stats : dict of str to array, each (chain, draw)
        Statistics by name, see `STATS`.
    """

    coordinates: Array
    stats: dict[str, Array]


def run_chains(
    density: Density,
    preconditioner: Preconditioner,
    sampler: Sampler,
    adaptation: str,
    seed: int,
    watch: Watch,
    label: str,
    depth: int = MOST_DEPTH,
    starts: Array | None = None,
) -> Chains:
    """Sample the chains of one attempt.

    Threads of the sampler have ended when this returns or raises: one that still ran while the interpreter shuts down
    would call code that is gone.

    Parameters
    ----------
    density : Density
        Compiled log density.
    preconditioner : Preconditioner
        Data and sampling coordinates.
    sampler : Sampler
        Settings.
    adaptation : {"diag", "low_rank"}
        Mass matrix that nutpie adapts.
    seed : int
        Seed of the chains.
    watch : Watch
        What shows the progress.
    label : str
        Name of the attempt, for the progress.
    depth : int, default 10
        A draw's tree has at most 2^depth - 1 gradients.
    starts : array, shape (start, coordinate), optional
        Where chains start, each at one of these that its seed chooses; by default near the centre.

    Returns
    -------
    Chains
        Draws and statistics.

    Raises
    ------
    NoDraws
        For a density that is not finite at the centre of the coordinates, and where the sampler gives up.
    BayescaleError
        Where there is no memory to evaluate the density.
    """
    if not is_finite_at(density, preconditioner, np.zeros(density.size)):
        raise NoDraws("the density is not finite where sampling would start")
    initial = partial(initial_coordinate, density, preconditioner)
    if starts is not None:
        initial = partial(_chosen, starts)
    model = nutpie_model(density, preconditioner.data, preconditioner.coordinates, initial)
    alive = weakref.ref(model)
    failure = ""
    try:
        trace = _trace(model, sampler, adaptation, seed, watch, label, depth)
    except RuntimeError as error:
        failure = str(error).split("\n\nStack backtrace", maxsplit=1)[0].replace("\n", " ")
    except BaseException as error:  # an interrupt
        traceback.clear_frames(error.__traceback__)  # the frames hold the model, and the wait below would not end
        raise
    finally:
        del model
        _wait_for_threads(alive)
    if str(OUT_OF_MEMORY) in failure:
        raise out_of_memory()
    if failure:
        raise NoDraws(f"the sampler gave up: {failure}")
    draws, stats = trace.get_arrow_trace()
    sampled = [np.logical_not(_values(batch, "tuning")) for batch in stats]
    if [int(rows.sum()) for rows in sampled] != [sampler.draws] * sampler.chains:
        raise KeyboardInterrupt  # chains that were stopped from outside; part of a posterior is none
    shape = (sampler.chains, sampler.draws, density.size)
    coordinates = [
        _values(batch, "coordinate").reshape(-1, density.size)[rows] for batch, rows in zip(draws, sampled, strict=True)
    ]
    statistics = {
        name: [_values(batch, name)[rows] for batch, rows in zip(stats, sampled, strict=True)] for name in STATS
    }
    return Chains(np.stack(coordinates).reshape(shape), {name: np.stack(parts) for name, parts in statistics.items()})


def joined(chains: Chains, more: Chains) -> Chains:
    """Put chains of the same coordinates side by side.

    Parameters
    ----------
    chains, more : Chains
        Chains of equal length.

    Returns
    -------
    Chains
        All of them.
    """
    stats = {name: np.concatenate([chains.stats[name], more.stats[name]]) for name in chains.stats}
    return Chains(np.concatenate([chains.coordinates, more.coordinates]), stats)


def _chosen(starts: Array, seed: int) -> Array:
    """A start that a seed chooses: the sampler does not tell chains apart in any other way."""
    return np.array(starts[seed % len(starts)])


def _values(batch: Any, name: str) -> Array:
    """A column of one chain's Arrow table, lists of numbers in one row after the other."""
    column = pa.array(batch.column(name))
    return np.asarray((column.flatten() if hasattr(column, "flatten") else column).to_numpy(zero_copy_only=False))


def _trace(model: Any, sampler: Sampler, adaptation: str, seed: int, watch: Watch, label: str, depth: int) -> Any:
    """The sampler's trace. Its threads only write down how far they are; this thread shows it."""
    import nutpie

    done = _DrawCount(transitions(sampler))
    running = nutpie.sample(
        model,
        draws=sampler.draws,
        tune=sampler.tune,
        chains=sampler.chains,
        cores=sampler.cores,
        seed=seed,
        target_accept=sampler.target_accept,
        adaptation=adaptation,
        maxdepth=depth,
        save_warmup=False,
        return_raw_trace=True,
        progress_bar=False,
        progress_callback=done.update,
        blocking=False,
    )
    try:
        while True:
            try:
                return running.wait(timeout=LOOK_SECONDS)
            except TimeoutError:
                watch.draws(label, done.draws, done.total, done.divergences)
    except BaseException:
        running.cancel()
        raise


class _DrawCount:
    """Number of draws that the chains have made of those requested, tuning included."""

    def __init__(self, total: int) -> None:
        self.total, self.draws, self.divergences = total, 0, 0

    def update(self, chains: Sequence[Any]) -> None:
        """Count the draws; the sampler calls it.

        Parameters
        ----------
        chains : sequence of nutpie chain states
            One per chain.
        """
        self.draws = sum(chain.finished_draws for chain in chains)
        self.divergences = sum(chain.divergences for chain in chains)


def initial_coordinate(density: Density, preconditioner: Preconditioner, seed: int) -> Array:
    """Draw an initial point near the centre, nearer where the density is not finite there.

    Parameters
    ----------
    density : Density
        Compiled log density.
    preconditioner : Preconditioner
        Data and sampling coordinates.
    seed : int
        Seed of the chain.

    Returns
    -------
    array, shape (coordinate,)
        Sampling coordinates.
    """
    coordinate = START_SCALE * np.random.default_rng(seed).standard_normal(density.size)
    for _ in range(HALVINGS):
        if is_finite_at(density, preconditioner, coordinate):
            return coordinate
        coordinate = coordinate / 2
    return np.zeros(density.size)


def is_finite_at(density: Density, preconditioner: Preconditioner, coordinate: Array) -> bool:
    """Check that density and gradient are finite, and the coordinates not degenerate, at one point.

    Parameters
    ----------
    density : Density
        Compiled log density.
    preconditioner : Preconditioner
        Data and sampling coordinates.
    coordinate : array, shape (coordinate,)
        Sampling coordinates.

    Returns
    -------
    bool
        Whether sampling may start there.
    """
    coordinates = preconditioner.coordinates
    value, gradient = density(coordinates.points(coordinate), preconditioner.data)
    return bool(np.isfinite(value) and np.isfinite(gradient).all() and coordinates.is_regular(coordinate))


def _wait_for_threads(alive: "weakref.ref[Any]") -> None:
    """Wait until no thread of the sampler holds the model any more.

    The sampler hands back what its threads held only when it is called next, so each round calls it.
    """
    from nutpie import _lib

    end = time.monotonic() + THREADS_END_SECONDS
    while alive() is not None and time.monotonic() < end:
        _lib.PyStorage.arrow()
        time.sleep(0.01)
