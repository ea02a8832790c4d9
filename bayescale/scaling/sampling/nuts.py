"""Markov chains in a frame's coordinates: the only module that calls the sampler."""

import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bayescale.scaling.sampling.compilation import Density, nutpie_model
from bayescale.scaling.sampling.preconditioner import Frame
from bayescale.scaling.sampling.progress import Watch

if TYPE_CHECKING:
    from bayescale.scaling.sampling.sampler import Sampler

type Array = NDArray[np.float64]

STATS = ("diverging", "energy", "n_steps", "depth", "step_size", "logp")
START_SCALE = 0.5  # standard deviation of initial points, in the sampler's coordinates
HALVINGS = 12  # of an initial point's distance from the centre, until its density is finite
LOOK_SECONDS = 0.25  # between two looks at how far the chains are
MOST_DEPTH = 10  # of a draw's tree of 2^depth − 1 gradients
THREADS_END_SECONDS = 60.0  # longest wait for the threads of chains that were stopped


class NoDraws(Exception):
    """The sampler stopped without draws; the text says why. Never leaves `inference`."""


@dataclass(frozen=True)
class Chains:
    """Draws of the coordinates (chain, draw, coordinate) and statistics (chain, draw) by name."""

    coordinates: Array
    stats: dict[str, Array]


def run_chains(
    density: Density,
    frame: Frame,
    sampler: "Sampler",
    adaptation: str,
    seed: int,
    watch: Watch,
    label: str,
    depth: int = MOST_DEPTH,
) -> Chains:
    """Sample the chains of one attempt; a draw's tree has at most 2^depth − 1 gradients.

    Threads of the sampler have ended when this returns or raises: one that still ran while the interpreter shuts down
    would call code that is gone.

    Raises NoDraws where the density is not finite at the frame's centre, or the sampler gives up.
    """
    if not _is_finite(density, frame, np.zeros(density.size)):
        raise NoDraws("the density is not finite where sampling would start")
    model = nutpie_model(density, frame.data, frame.coordinates, partial(_start, density, frame))
    alive = weakref.ref(model)
    failure = ""
    try:
        trace = _trace(model, sampler, adaptation, seed, watch, label, depth)
    except RuntimeError as error:
        failure = str(error).split("\n\nStack backtrace", maxsplit=1)[0].replace("\n", " ")
    finally:
        del model
        _wait_for_threads(alive)
    if failure:
        raise NoDraws(f"the sampler gave up: {failure}")
    coordinates = np.asarray(trace["posterior"]["coordinate"])
    if coordinates.shape[:2] != (sampler.chains, sampler.draws):
        raise KeyboardInterrupt  # chains that were stopped from outside; part of a posterior is none
    return Chains(coordinates, {name: np.asarray(trace["sample_stats"][name]) for name in STATS})


def _trace(model: Any, sampler: "Sampler", adaptation: str, seed: int, watch: Watch, label: str, depth: int) -> Any:
    """The sampler's trace. Its threads only write down how far they are; this thread shows it."""
    import nutpie

    moved = _Moved(sampler.chains * (sampler.tune + sampler.draws))
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
        progress_bar=False,
        progress_callback=moved.hear,
        blocking=False,
    )
    try:
        while True:
            try:
                return running.wait(timeout=LOOK_SECONDS)
            except TimeoutError:
                watch.moved(label, moved.done, moved.total, moved.divergences)
    except BaseException:
        running.cancel()
        raise


class _Moved:
    """How many draws the chains have made of those asked for, tuning among them."""

    def __init__(self, total: int) -> None:
        self.total, self.done, self.divergences = total, 0, 0

    def hear(self, chains: Sequence[Any]) -> None:
        self.done = sum(chain.finished_draws for chain in chains)
        self.divergences = sum(chain.divergences for chain in chains)


def _start(density: Density, frame: Frame, seed: int) -> Array:
    """An initial point near the centre, nearer where the density is not finite there."""
    away = START_SCALE * np.random.default_rng(seed).standard_normal(density.size)
    for _ in range(HALVINGS):
        if _is_finite(density, frame, away):
            return away
        away = away / 2
    return np.zeros(density.size)


def _is_finite(density: Density, frame: Frame, coordinate: Array) -> bool:
    """Whether density and gradient are finite, and the coordinates are not degenerate, at one coordinate."""
    value, gradient = density(frame.coordinates.points(coordinate), frame.data)
    return bool(np.isfinite(value) and np.isfinite(gradient).all() and frame.coordinates.is_regular(coordinate))


def _wait_for_threads(alive: "weakref.ref[Any]") -> None:
    """Wait until no thread of the sampler holds the model any more.

    The sampler hands back what its threads held only when it is called next, so each round calls it.
    """
    from nutpie import _lib

    end = time.monotonic() + THREADS_END_SECONDS
    while alive() is not None and time.monotonic() < end:
        _lib.PyStorage.arrow()
        time.sleep(0.01)
