"""Draws from a design's posterior: attempts, each more careful than the one before, until the gate passes."""

import time
from dataclasses import replace
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from bayescale.core.draws.chain_statistics import quantity_diagnostics
from bayescale.scaling.model.design import Design
from bayescale.scaling.predict.draws import Functions, from_draws
from bayescale.scaling.sampling.compilation import Density, density_of
from bayescale.scaling.sampling.diagnostics import MOST_CONTINUATIONS, diagnose, merely_short
from bayescale.scaling.sampling.nuts import MOST_DEPTH, Chains, NoDraws, joined, run_chains
from bayescale.scaling.sampling.preconditioner import Preconditioner, laplace_preconditioner
from bayescale.scaling.sampling.progress import watch
from bayescale.scaling.sampling.reparametrization import inverse
from bayescale.scaling.sampling.sampler import (
    AFTER_AGREEMENT,
    AFTER_DISAGREEMENT,
    AFTER_SHORT_TREES,
    Attempt,
    Draws,
    RetryStep,
    Sampler,
    transitions,
)
from bayescale.scaling.sampling.warm_start import WarmStart, preconditioner_from_draws

type Array = NDArray[np.float64]

LEAST_TUNE = 100  # draws before those of a continuation
ROUGH_RHAT = 1.1  # largest R-hat of chains that agree roughly
ROUGH_DIVERGENCES = 0.02  # largest share of divergences of such chains
SHORT_TREES = 24  # mean steps a draw, at most, in round coordinates: others make trees of 31 steps and more
LONG_TREES = 500  # mean steps a draw, of 1,023 at most, of chains that get nowhere
MOST_GRADIENTS = 2_000  # of all attempts together, for each draw requested: bounds the time of a fit that gets nowhere
LEAST_DEPTH = 6  # of trees for which another attempt is worth a start


def sample_posterior(
    design: Design, sampler: Sampler, random_seed: int, progress: bool, start: WarmStart | None = None
) -> Draws:
    """Sample until the gate of convergence passes or the attempts are used up.

    An attempt after one whose chains agreed roughly keeps its coordinates where trees were short, and takes them from
    those draws where they were not. After one whose chains did not agree, the search for coordinates starts from
    nothing.

    Parameters
    ----------
    design : Design
        Data and priors.
    sampler : Sampler
        Settings; `attempts` bounds the escalation.
    random_seed : int
        Seed of the chains.
    progress : bool
        Whether to show the stages.
    start : WarmStart, optional
        An earlier posterior whose draws give the coordinates, where they suit: sampling may take less, and its answer
        is the same.

    Returns
    -------
    Draws
        Those of the last attempt, converged or not.

    Raises
    ------
    InputError
        For data that the law cannot express.
    NoDraws
        For a posterior of which no attempt gave a draw.
    """
    escalation = _Escalation(design, sampler, progress)
    # The matrices are small: threads would only get in each other's way. Overflow far from the mode is the gate's to
    # judge, and no warning to whoever fits.
    with threadpool_limits(1), np.errstate(all="ignore"):
        return escalation.run(random_seed, start)


class _Escalation:
    """The attempts at one posterior, and the progress that they report."""

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
        self.from_modes = cache(partial(laplace_preconditioner, design, self.density))
        self.failures: list[str] = []
        self.gradients = 0.0  # of the attempts so far

    def run(self, random_seed: int, start: WarmStart | None) -> Draws:
        """Attempt until the gate passes, chains get nowhere, or attempts or gradients are used up.

        Parameters
        ----------
        random_seed : int
            Seed of the chains.
        start : WarmStart or None
            An earlier posterior whose draws give the coordinates of the first attempt, where they suit.

        Returns
        -------
        Draws
            Those of the last attempt that gave any.

        Raises
        ------
        NoDraws
            Where no attempt gave a draw.
        """
        first, *more = (int(seed) for seed in np.random.SeedSequence(random_seed).generate_state(self.sampler.attempts))
        earlier = self._from_draws(start)
        preconditioner = earlier
        draws = self._attempt(earlier, Attempt("mode and curvature", self.sampler), first, earlier is not None)
        for index, seed in enumerate(more[: len(AFTER_AGREEMENT)]):
            if draws is not None and draws.diagnosis.passed:
                break
            if draws is not None and len(self.failures) > 1 and chains_get_nowhere(draws):
                break
            preconditioner, steps = self._next(preconditioner, draws)
            attempt = steps[index].attempt(self.sampler)
            if self._depth(attempt.sampler) < LEAST_DEPTH:
                break
            warm = draws is not None and draws.warm and preconditioner is not None
            draws = self._attempt(preconditioner, attempt, seed, warm) or draws
        if draws is None:
            raise NoDraws("; ".join(self.failures))
        return draws

    def _next(
        self, preconditioner: Preconditioner | None, draws: Draws | None
    ) -> tuple[Preconditioner | None, tuple[RetryStep, ...]]:
        """The coordinates of the next attempt, None for those from modes, and the steps of its escalation."""
        if draws is None or not chains_roughly_agree(draws):
            return None, AFTER_DISAGREEMENT
        if float(draws.stats["n_steps"].mean()) <= SHORT_TREES:
            return preconditioner, AFTER_SHORT_TREES
        preconditioner = self._from_draws(WarmStart(self.design, draws.values))
        return preconditioner, AFTER_DISAGREEMENT if preconditioner is None else AFTER_AGREEMENT

    def _depth(self, sampler: Sampler) -> int:
        """Depth of trees at which the gradients left for this fit last to the end of an attempt."""
        remaining = MOST_GRADIENTS * transitions(self.sampler) - self.gradients
        return min(MOST_DEPTH, int(np.log2(max(remaining / transitions(sampler), 1.0))))

    def _from_draws(self, start: WarmStart | None) -> Preconditioner | None:
        """The preconditioner that earlier draws give; None where they do not suit."""
        try:
            return None if start is None else preconditioner_from_draws(self.design, self.density, start)
        except np.linalg.LinAlgError:  # draws that do not vary in some direction
            return None

    def _attempt(self, preconditioner: Preconditioner | None, attempt: Attempt, seed: int, warm: bool) -> Draws | None:
        """Draws of one attempt, in coordinates from modes without a preconditioner; None where there are none."""
        sampler = attempt.sampler
        label = f"{self.name}: attempt {len(self.failures) + 1} of {self.sampler.attempts}"
        began = time.monotonic()
        preconditioner = preconditioner or self.from_modes()
        self.watch.stage(
            f"{label} ({attempt.name}): {sampler.chains} chains of {sampler.tune:,} + {sampler.draws:,} draws"
        )
        try:
            depth = self._depth(sampler)
            chains = run_chains(
                self.density, preconditioner, sampler, attempt.adaptation, seed, self.watch, label, depth
            )
            self.gradients += float(chains.stats["n_steps"].mean()) * transitions(sampler)
            draws = replace(_draws(self.design, self.density, preconditioner, chains, attempt.name), warm=warm)
            draws = self._continued(draws, chains, preconditioner, attempt, seed, label)
            failed = ", ".join(draws.diagnosis.failures)
        except NoDraws as error:
            draws, failed = None, str(error)
        spent = f"after {time.monotonic() - began:.1f} s"
        self.watch.stage(f"{label} {f'failed the gate {spent}: {failed}' if failed else f'passed the gate {spent}'}")
        retried = (_retry_note(self.failures, self.sampler.attempts),) if self.failures else ()
        notes = (*retried, *(draws.notes if draws is not None else ()))
        self.failures += [f"attempt {len(self.failures) + 1} ({attempt.name}): {failed}"] if failed else []
        return None if draws is None else replace(draws, notes=notes)

    def _continued(
        self, draws: Draws, chains: Chains, preconditioner: Preconditioner, attempt: Attempt, seed: int, label: str
    ) -> Draws:
        """Draws with those of further chains, which start where the others ended, while all are merely too few."""
        sampler = replace(attempt.sampler, tune=max(attempt.sampler.tune // 2, LEAST_TUNE))
        for round_seed in np.random.SeedSequence([seed, 1]).generate_state(MOST_CONTINUATIONS):
            depth = self._depth(sampler)
            if not merely_short(draws.diagnosis) or depth < LEAST_DEPTH:
                break
            reason = ", ".join(draws.diagnosis.failures)
            self.watch.stage(f"{label} goes on: {reason}")
            settings = attempt.adaptation, int(round_seed), self.watch, label, depth
            try:
                more = run_chains(self.density, preconditioner, sampler, *settings, chains.coordinates[:, -1])
            except NoDraws:  # the draws so far remain
                break
            self.gradients += float(more.stats["n_steps"].mean()) * transitions(sampler)
            chains = joined(chains, more)
            count, length = chains.coordinates.shape[:2]
            note = (
                f"sampling went on to {count * length:,} draws ({count} chains of {length:,}) because before {reason}."
            )
            longer = _draws(self.design, self.density, preconditioner, chains, attempt.name)
            draws = replace(longer, warm=draws.warm, notes=(note,))
        return draws


def _retry_note(failures: list[str], attempts: int) -> str:
    """Note that earlier attempts failed, and why."""
    return (
        f"sampling took attempt {len(failures) + 1} of {attempts}: the gate failed before. {'; '.join(failures)}. The "
        "posterior holds the draws of the last attempt alone."
    )


def chains_roughly_agree(draws: Draws) -> bool:
    """Check whether chains agree well enough for their draws to tell where the posterior lies and how it is shaped.

    Parameters
    ----------
    draws : Draws
        Draws of one attempt.

    Returns
    -------
    bool
        Whether R-hat is at most 1.1, and at most 2 % of the draws diverge.
    """
    diagnosis = draws.diagnosis
    return diagnosis.rhat <= ROUGH_RHAT and diagnosis.divergences <= ROUGH_DIVERGENCES * draws.stats["diverging"].size


def chains_get_nowhere(draws: Draws) -> bool:
    """Check whether chains disagree although their trees are nearly as deep as they may get: longer ones would too.

    Parameters
    ----------
    draws : Draws
        Draws of one attempt.

    Returns
    -------
    bool
        Whether another attempt is in vain.
    """
    return not chains_roughly_agree(draws) and float(draws.stats["n_steps"].mean()) >= LONG_TREES


def _draws(design: Design, density: Density, preconditioner: Preconditioner, chains: Chains, attempt: str) -> Draws:
    """Draws of the model's variables and their diagnosis, from those of sampling coordinates."""
    points = preconditioner.coordinates.points(chains.coordinates)
    values = inverse(design, density.unpack(points), preconditioner.centring)
    quantities = judged_quantities(values, from_draws(design, values)[0])
    joined = np.concatenate([value.reshape(*points.shape[:2], -1) for value in quantities.values()], axis=-1)
    return Draws(values, chains.stats, diagnose(quantity_diagnostics(joined), chains.stats), attempt)


def judged_quantities(values: dict[str, Array], functions: Functions) -> dict[str, Array]:
    """List the quantities whose convergence decides whether to sample again.

    They include everything that a posterior reports, and so whatever passes here passes the gate of the checks.

    Parameters
    ----------
    values : dict of str to array, each (chain, draw, ...)
        The model's variables, as `Draws` holds them.
    functions : Functions
        The same draws as functions of the inputs.

    Returns
    -------
    dict of str to array, each (chain, draw, ...)
        Variables, natural parameters, noise, spreads, and the scale of the discrepancy.
    """
    reported = {**functions.natural, **functions.noise}
    if functions.noise_scale is not None:
        reported["noise_scale"] = functions.noise_scale
    if "log_spread" in values:
        reported["spread"] = np.exp(values["log_spread"])
    if functions.scale is not None:
        reported["discrepancy_scale"] = functions.scale
    return {**values, **reported}
