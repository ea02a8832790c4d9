"""Draws from a design's posterior: attempts, each more careful than the one before, until the gate passes."""

import time
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bayescale.core.arguments import checked
from bayescale.core.diagnostics import Diagnosis, diagnose, quantity_diagnostics
from bayescale.errors import InputError
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.pymc_model import build, default_centring
from bayescale.scaling.model.row_limit import MOST_ROWS
from bayescale.scaling.predict.draws import from_draws
from bayescale.scaling.sampling.compilation import Density, compile_density
from bayescale.scaling.sampling.nuts import MOST_DEPTH, Chains, NoDraws, run_chains
from bayescale.scaling.sampling.nuts import STATS as STATS
from bayescale.scaling.sampling.preconditioner import Frame, find_frame
from bayescale.scaling.sampling.progress import watch
from bayescale.scaling.sampling.reparametrization import coefficients, lift
from bayescale.scaling.sampling.warm_start import Start, frame_from

type Array = NDArray[np.float64]

ROUGHLY = 1.1  # largest R-hat, and
DEEP = 500  # mean steps a draw, of 1,023 at most, of chains that get nowhere
MOST_GRADIENTS = 2_000  # of all attempts together, for each draw asked for: bounds the time of a fit that gets nowhere
LEAST_DEPTH = 6  # of trees for which another attempt is worth a start
FEW = 0.02  # share of divergences, of draws that later attempts take their coordinates from


#: Least and most of each setting; more draws than these no interval needs, and no memory holds.
LIMITS = (
    ("draws", 100, 50_000),
    ("tune", 100, 50_000),
    ("chains", 2, 64),
    ("cores", 1, 1_024),
    ("attempts", 1, 10),
    ("max_rows", 1, 10_000_000),
)


@checked
@dataclass(frozen=True)
class Sampler:
    """How long and how carefully to sample.

    Parameters
    ----------
    draws, tune : int
        Draws kept, and draws of tuning, of each chain.
    chains : int
        Chains.
    cores : int, optional
        Processes; None takes as many as there are chains and cores.
    target_accept : float
        Acceptance that step sizes are tuned to, from 0.5 to 1.
    attempts : int
        Attempts at most: bounds the escalation after a failed gate.
    max_rows : int
        Rows of a fit at most. A fit of more is refused before sampling, with its cost; a larger number accepts it.

    Raises
    ------
    InputError
        All problems at once, for settings outside their limits.
    """

    draws: int = 1000
    tune: int = 500
    chains: int = 4
    cores: int | None = None
    target_accept: float = 0.95
    attempts: int = 3
    max_rows: int = MOST_ROWS

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
    notes: tuple[str, ...] = ()  # on attempts before this one


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

    Raises InputError where the law cannot express the data; NoDraws where no attempt gave a draw.
    """
    escalation = _Escalation(design, sampler, progress)
    # The matrices are small: threads would only get in each other's way. Overflow far from the mode is the gate's to
    # judge, and no warning to whoever fits.
    with threadpool_limits(1), np.errstate(all="ignore"):
        return escalation.run(random_seed, start)


class _Escalation:
    """The attempts at one posterior, and what is told of them on the way."""

    def __init__(self, design: Design, sampler: Sampler, progress: bool) -> None:
        self.design, self.sampler = design, sampler
        self.watch = watch(progress)
        self.name = design.spec.law.name
        began = time.monotonic()
        self.density = density_of(design)
        self.watch.stage(
            f"{self.name}: {len(design.row):,} rows, {self.density.size} unknowns; compiled "
            f"in {time.monotonic() - began:.1f} s"
        )
        self.modes = cache(partial(find_frame, design, self.density))
        self.failures: list[str] = []
        self.gradients = 0.0  # of the attempts so far

    def run(self, random_seed: int, start: Start | None) -> Draws:
        first, *more = (int(seed) for seed in np.random.SeedSequence(random_seed).generate_state(self.sampler.attempts))
        earlier = self._earlier(start)
        draws = self._attempt(earlier, _Attempt("mode and curvature", self.sampler), first, earlier is not None)
        for careful, slower, seed in zip(MORE_CAREFUL, SLOWER, more, strict=False):
            if draws is not None and draws.diagnosis.passed:
                break
            own = None
            if draws is not None and len(self.failures) > 1 and hopeless(draws):
                break
            if draws is not None and mixed(draws):
                own = self._earlier(Start(self.design, draws.values))
            attempt = (slower if own is None else careful).of(self.sampler)
            if self._depth(attempt.sampler) < LEAST_DEPTH:
                break
            warm = draws is not None and draws.warm and own is not None
            draws = self._attempt(own, attempt, seed, warm) or draws
        if draws is None:
            raise NoDraws("; ".join(self.failures))
        return draws

    def _depth(self, sampler: Sampler) -> int:
        """Depth of trees at which the gradients left for this fit last to the end of an attempt."""
        left = MOST_GRADIENTS * _transitions(self.sampler) - self.gradients
        return min(MOST_DEPTH, int(np.log2(max(left / _transitions(sampler), 1.0))))

    def _earlier(self, start: Start | None) -> Frame | None:
        """The frame that earlier draws give; None where they do not suit."""
        try:
            return None if start is None else frame_from(self.design, self.density, start)
        except np.linalg.LinAlgError:  # draws that do not vary in some direction
            return None

    def _attempt(self, frame: Frame | None, attempt: _Attempt, seed: int, warm: bool) -> Draws | None:
        """Draws of one attempt, in coordinates from modes where no frame is given; None where there are none."""
        sampler = attempt.sampler
        label = f"{self.name}: attempt {len(self.failures) + 1} of {self.sampler.attempts}"
        began = time.monotonic()
        frame = frame or self.modes()
        self.watch.stage(
            f"{label} ({attempt.name}): {sampler.chains} chains of {sampler.tune:,} + {sampler.draws:,} draws"
        )
        try:
            depth = self._depth(sampler)
            chains = run_chains(self.density, frame, sampler, attempt.adaptation, seed, self.watch, label, depth)
            self.gradients += float(chains.stats["n_steps"].mean()) * _transitions(sampler)
            draws = replace(_drawn(self.design, self.density, frame, chains, attempt.name), warm=warm)
            failed = ", ".join(draws.diagnosis.failures)
        except NoDraws as error:
            draws, failed = None, str(error)
        spent = f"after {time.monotonic() - began:.1f} s"
        self.watch.stage(f"{label} {f'failed the gate {spent}: {failed}' if failed else f'passed the gate {spent}'}")
        notes = (_repeated(self.failures, self.sampler.attempts),) if self.failures else ()
        self.failures += [f"attempt {len(self.failures) + 1} ({attempt.name}): {failed}"] if failed else []
        return None if draws is None else replace(draws, notes=notes)


def _transitions(sampler: Sampler) -> int:
    """Draws of all chains, tuning among them."""
    return sampler.chains * (sampler.tune + sampler.draws)


def _repeated(failures: list[str], attempts: int) -> str:
    return (
        f"sampling took attempt {len(failures) + 1} of {attempts}: the gate failed before. {'; '.join(failures)}. The "
        "answer is that of the last attempt alone."
    )


def mixed(draws: Draws) -> bool:
    """Whether chains agree well enough for their draws to say where the posterior lies and how it is shaped."""
    diagnosis = draws.diagnosis
    return diagnosis.rhat <= ROUGHLY and diagnosis.divergences <= FEW * draws.stats["diverging"].size


def hopeless(draws: Draws) -> bool:
    """Whether chains disagree although their trees are nearly as deep as they may get: longer ones would too."""
    return not mixed(draws) and float(draws.stats["n_steps"].mean()) >= DEEP


def _drawn(design: Design, density: Density, frame: Frame, chains: Chains, attempt: str) -> Draws:
    """Draws of the model's variables, from those of a frame's coordinates."""
    points = frame.coordinates.points(chains.coordinates)
    values = lift(design, density.unpack(points), frame.centring)
    if "weight" in values:
        values["weight"] = coefficients(design, values, frame.centring)
    reported = {**values, **from_draws(design, values)[0].natural}
    quantities = np.concatenate([value.reshape(*points.shape[:2], -1) for value in reported.values()], axis=-1)
    return Draws(values, chains.stats, diagnose(quantity_diagnostics(quantities), chains.stats), attempt)
