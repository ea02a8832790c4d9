"""Draws from a design's posterior: the only module that calls the sampler."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bayescale.arguments import checked
from bayescale.errors import InputError
from bayescale.inference.build import build, default_centring
from bayescale.inference.compiled import Density, compile_density, nutpie_model
from bayescale.inference.design import Design
from bayescale.inference.functions import from_draws
from bayescale.inference.gate import Diagnosis, diagnose
from bayescale.inference.lift import coefficients, lift
from bayescale.inference.progress import Moved, in_notebook, shown_in_cell
from bayescale.inference.rotate import Frame, find_frame
from bayescale.inference.warm import Start, frame_from

type Array = NDArray[np.float64]

logger = logging.getLogger(__name__)

ROUGHLY = 1.1  # largest R-hat, and
FEW = 0.02  # share of divergences, of draws that later attempts take their coordinates from
STATS = ("diverging", "energy", "n_steps", "depth", "step_size", "logp")


#: Least and most of each setting; more draws than these no interval needs, and no memory holds.
LIMITS = (
    ("draws", 100, 50_000),
    ("tune", 100, 50_000),
    ("chains", 2, 64),
    ("cores", 1, 1_024),
    ("attempts", 1, 10),
)


@checked
@dataclass(frozen=True)
class Sampler:
    """How long and how carefully to sample. `attempts` bounds the escalation after a failed gate."""

    draws: int = 1000
    tune: int = 500
    chains: int = 4
    cores: int | None = None
    target_accept: float = 0.95
    attempts: int = 3

    def __post_init__(self) -> None:
        problems = [
            f"{name}={getattr(self, name)} must be at least {least} and at most {most:,}"
            for name, least, most in LIMITS
            if not least <= (least if getattr(self, name) is None else getattr(self, name)) <= most
        ]
        if not 0.5 <= self.target_accept < 1:
            problems.append(f"target_accept={self.target_accept} must lie between 0.5 and 1")
        if problems:
            raise InputError("the sampler settings cannot be used:", problems)


@dataclass(frozen=True)
class Draws:
    """Posterior draws of the model's variables, each (chain, draw, …), with statistics and how they were got."""

    values: dict[
        str, Array
    ]  # member (…, parameter, family) and weight (…, basis) are values and coefficients themselves
    stats: dict[str, Array]
    diagnosis: Diagnosis
    attempt: str
    warm: bool = False  # in coordinates from the draws of an earlier posterior


@dataclass(frozen=True)
class _Attempt:
    """How one set of chains is sampled."""

    name: str
    sampler: Sampler
    adaptation: str = "diag"


@dataclass(frozen=True)
class _Rung:
    """One step of the escalation: times the tuning and the draws asked for, and the least acceptance."""

    name: str
    tune: float
    draws: float
    accept: float
    adaptation: str

    def of(self, sampler: Sampler) -> _Attempt:
        tune, draws = int(self.tune * sampler.tune), int(self.draws * sampler.draws)
        accept = max(sampler.target_accept, self.accept)
        return _Attempt(self.name, replace(sampler, tune=tune, draws=draws, target_accept=accept), self.adaptation)


#: After draws that were roughly where the posterior is: they say better than modes do how it is shaped.
MORE_CAREFUL = (
    _Rung("coordinates from the draws before, smaller steps", 1, 1, 0.99, "diag"),
    _Rung("coordinates from the draws before, smallest steps, two and a half times the draws", 2, 2.5, 0.995, "diag"),
)
#: After draws that were not.
SLOWER = (
    _Rung("low-rank mass matrix, smaller steps, two and a half times the draws", 2, 2.5, 0.98, "low_rank"),
    _Rung("low-rank mass matrix, smallest steps, five times the draws", 3, 5, 0.99, "low_rank"),
)


_DENSITIES: dict[tuple[Any, ...], Density] = {}


def density_of(design: Design) -> Density:
    """The compiled density of a design's layout: compiled once a process, found again for any data of the layout."""
    key = design.layout.key()
    if key not in _DENSITIES:
        _DENSITIES[key] = compile_density(build(design, default_centring(design)))
    return _DENSITIES[key]


def draw(design: Design, sampler: Sampler, random_seed: int, progress: bool, start: Start | None = None) -> Draws:
    """Sample until the gate of convergence passes or the attempts are used up; the last attempt is returned either
    way.

    `start` is an earlier posterior whose draws give the coordinates, where they suit: sampling may take less, and its
    answer is the same. An attempt after one whose chains agreed roughly takes its coordinates from those draws; after
    one that did not, the search for coordinates starts from nothing.
    """
    density = density_of(design)
    first, *more = (int(seed) for seed in np.random.SeedSequence(random_seed).generate_state(sampler.attempts))
    with threadpool_limits(1):  # the matrices are small: threads would only get in each other's way
        modes = cache(partial(find_frame, design, density))
        given = None if start is None else frame_from(design, density, start)
        frame, attempt = given or modes(), _Attempt("mode and curvature", sampler)
        draws = replace(_run(design, density, frame, attempt, first, progress), warm=given is not None)
        for careful, slower, seed in zip(MORE_CAREFUL, SLOWER, more, strict=False):
            if draws.diagnosis.passed:
                break
            logger.info("%s failed the gate: %s", attempt.name, draws.diagnosis.failures)
            own = frame_from(design, density, Start(design, draws.values)) if mixed(draws) else None
            frame, attempt = own or modes(), (slower if own is None else careful).of(sampler)
            warm = draws.warm and own is not None
            draws = replace(_run(design, density, frame, attempt, seed, progress), warm=warm)
    return draws


def mixed(draws: Draws) -> bool:
    """Whether chains agree well enough for their draws to say where the posterior lies and how it is shaped."""
    found = draws.diagnosis
    return found.rhat <= ROUGHLY and found.divergences <= FEW * draws.stats["diverging"].size


def _run(design: Design, density: Density, frame: Frame, attempt: _Attempt, seed: int, progress: bool) -> Draws:
    import nutpie

    sampler = attempt.sampler
    total = sampler.chains * (sampler.tune + sampler.draws)
    moved = shown_in_cell(attempt.name, total) if progress and in_notebook() else None
    trace = nutpie.sample(
        nutpie_model(density, frame.data, frame.coordinates, _starts(density.size)),
        draws=sampler.draws,
        tune=sampler.tune,
        chains=sampler.chains,
        cores=sampler.cores,
        seed=seed,
        target_accept=sampler.target_accept,
        adaptation=attempt.adaptation,
        save_warmup=False,
        progress_bar=progress and moved is None,  # in a notebook its bar leaves the repr of an object behind
        progress_callback=None if moved is None else partial(_heard, moved),
    )
    drawn = np.asarray(trace["posterior"]["coordinate"])
    if drawn.shape[:2] != (sampler.chains, sampler.draws):
        raise KeyboardInterrupt  # nutpie returns what it has when interrupted; part of a posterior is none
    stats = {name: np.asarray(trace["sample_stats"][name]) for name in STATS}
    if moved is not None:  # what was heard last may be some draws old
        moved(total, int(stats["diverging"].sum()))
    values = lift(design, density.unpack(frame.coordinates.points(drawn)), frame.centring)
    if "weight" in values:
        values["weight"] = coefficients(design, values, frame.centring)
    reported = {**values, **from_draws(design, values)[0].natural}
    quantities = np.concatenate([value.reshape(*drawn.shape[:2], -1) for value in reported.values()], axis=-1)
    return Draws(values, stats, diagnose(quantities, stats), attempt.name)


def _heard(moved: Moved, chains: Sequence[Any]) -> None:
    moved(sum(one.finished_draws for one in chains), sum(one.divergences for one in chains))


@lru_cache(maxsize=64)
def _starts(size: int) -> Any:
    def start(seed: int) -> Array:
        return 0.5 * np.random.default_rng(seed).standard_normal(size)

    return start
