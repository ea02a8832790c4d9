"""Draws from a design's posterior: the only module that calls the sampler."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

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

STATS = ("diverging", "energy", "n_steps", "depth", "step_size", "logp")


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
            f"{name}={getattr(self, name)} must be at least {least}"
            for name, least in (("draws", 100), ("tune", 100), ("chains", 2), ("attempts", 1))
            if getattr(self, name) < least
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
    """One rung of the escalation."""

    name: str
    sampler: Sampler
    adaptation: str = "diag"


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
    answer is the same. The last of several attempts does without it.
    """
    density = density_of(design)
    with threadpool_limits(1):  # the matrices are small: threads would only get in each other's way
        warm = None if start is None else frame_from(design, density, start)
        frame = find_frame(design, density) if warm is None else warm
        rungs = _escalation(sampler)
        seeds = np.random.SeedSequence(random_seed).generate_state(sampler.attempts)
        for attempt, seed in zip(rungs, seeds, strict=False):
            if attempt is rungs[-1] and attempt is not rungs[0] and frame is warm:
                frame = find_frame(design, density)
            draws = replace(_run(design, density, frame, attempt, int(seed), progress), warm=frame is warm)
            if draws.diagnosis.passed:
                break
            logger.info("%s failed the gate: %s", attempt.name, draws.diagnosis.failures)
    return draws


def _escalation(sampler: Sampler) -> list[_Attempt]:
    draws, accept = sampler.draws, sampler.target_accept
    careful = replace(sampler, tune=2 * sampler.tune, draws=5 * draws // 2, target_accept=max(accept, 0.98))
    slow = replace(sampler, tune=3 * sampler.tune, draws=5 * draws, target_accept=max(accept, 0.99))
    rungs = [
        _Attempt("mode and curvature", sampler),
        _Attempt("low-rank mass matrix, smaller steps, two and a half times the draws", careful, "low_rank"),
        _Attempt("low-rank mass matrix, smallest steps, five times the draws", slow, "low_rank"),
    ]
    return rungs[: sampler.attempts]


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
