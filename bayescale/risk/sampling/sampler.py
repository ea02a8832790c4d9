"""Sample a risk posterior: explore every mixing law, pool groups, and average laws by their evidence."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import logsumexp

from bayescale.risk.grid import JudgeRates
from bayescale.risk.judge import Judge, judge_rates
from bayescale.risk.mixing import Mixing
from bayescale.risk.posterior import RiskPosterior
from bayescale.risk.posterior_tree import Variables, attributes, to_tree
from bayescale.risk.problems import Problems
from bayescale.risk.sampling.group_likelihood import count_blocks, group_log_likelihood
from bayescale.risk.sampling.importance_sampling import ImportanceSample, importance_sample
from bayescale.risk.sampling.pooling import pool

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Component:
    """One mixing law under one setting of the judge, explored for every group."""

    law: Mixing
    judge_rates: JudgeRates
    sample: ImportanceSample


def sample(
    problems: Problems,
    laws: Sequence[Mixing],
    judge: Judge | None,
    draws: int,
    seed: int,
    *,
    notes: Sequence[str] = (),
    source: str = "",
    digest: str = "",
) -> xr.DataTree:
    """Draw from the posterior of every group's mixing law.

    Parameters
    ----------
    problems : Problems
        The counts.
    laws : sequence of Mixing
        Mixing laws to average, with their prior weights.
    judge : Judge or None
        The judge; None for one without errors.
    draws : int
        Number of draws.
    seed : int
        Seed.
    notes : sequence of str or Note, default ()
        Notes on the trials, stored with the posterior.
    source, digest : str, default ""
        Where the trials are from, and their digest, stored with the posterior.

    Returns
    -------
    DataTree
        The posterior.
    """
    rates = judge_rates(judge)
    streams = iter(np.random.default_rng(seed).spawn(len(laws) * len(rates) + 1))
    components = []
    for setting in rates:
        counts = count_blocks(problems.counted(setting))
        for law in laws:
            explored = importance_sample(group_log_likelihood(counts, law), len(law.coordinates), next(streams))
            components.append(_Component(law, setting, explored))
    tree = _average(problems, components, draws, next(streams))
    tree.attrs = attributes(problems, judge, seed, notes, source, digest)
    return tree


def refit(posterior: RiskPosterior, problems: Problems, draws: int, seed: int) -> RiskPosterior:
    """Fit other counts with the mixing laws, prior weights and judge of a posterior.

    Parameters
    ----------
    posterior : RiskPosterior
        The posterior.
    problems : Problems
        The other counts.
    draws : int
        Number of draws.
    seed : int
        Seed.

    Returns
    -------
    RiskPosterior
        The posterior given the other counts.
    """
    return RiskPosterior(sample(problems, posterior.mixing_laws, posterior.judge, draws, seed))


def _average(problems: Problems, components: list[_Component], draws: int, rng: np.random.Generator) -> xr.DataTree:
    """Draws of the average over components; a group weights them by its own evidence."""
    prior = np.array([c.law.weight for c in components]) / len({c.judge_rates for c in components})
    log_weight = np.log(prior)[:, None] + np.stack([c.sample.log_evidence for c in components])
    weight = np.exp(log_weight - logsumexp(log_weight, axis=0))  # (component, group)
    choice = _component_choice(weight, draws, rng)
    values, common = _parameter_draws(components, choice, rng)
    names = list(dict.fromkeys(c.law.name for c in components))
    law_index = np.array([names.index(c.law.name) for c in components])
    dims = ("chain", "draw", "group")
    posterior: Variables = {name: (dims, value[None]) for name, value in values.items()}
    posterior["law_index"] = (dims, law_index[choice][None])
    for name in ("sensitivity", "false_positives"):
        by_component = np.array([getattr(c.judge_rates, name) for c in components])
        posterior[f"judge_{name}"] = (dims, by_component[choice][None])
    return to_tree(problems, posterior, _by_law(components, law_index, weight, common), names)


def _component_choice(weight: Array, draws: int, rng: np.random.Generator) -> Index:
    """Component of each draw and group, (draw, group).

    All groups use the same uniform number in a draw, so that groups that are alike take the same law, and with it the
    same draw of what they have in common.
    """
    uniform = rng.permutation((np.arange(draws) + rng.random()) / draws)
    choice = np.stack([np.searchsorted(np.cumsum(of_group), uniform) for of_group in weight.T], axis=1)
    return np.minimum(choice, len(weight) - 1)


def _parameter_draws(
    components: list[_Component], choice: Index, rng: np.random.Generator
) -> tuple[dict[str, Array], Array]:
    """Parameters (draw, group), NaN where the drawn law has none of the name; and the share in common by component."""
    names = dict.fromkeys(name for c in components for name in c.law.parameter_names)
    values = {name: np.full(choice.shape, np.nan) for name in names}
    common = np.full(len(components), np.nan)
    for index, component in enumerate(components):
        draws = np.flatnonzero((choice == index).any(axis=1))
        if not len(draws):
            continue
        points = component.sample.points
        pooled = pool(points, len(draws), rng)
        common[index] = pooled.common.mean()
        used = choice[draws] == index  # (draw, group)
        for name, value in component.law.parameters(points.z).items():
            values[name][choice == index] = value[pooled.point[used]]
    return values, common


def _by_law(components: list[_Component], law_index: Index, weight: Array, common: Array) -> Variables:
    """Weights, evidence and diagnostics of each law; settings of the judge are averaged."""
    members = [np.flatnonzero(law_index == law) for law in range(law_index.max() + 1)]
    evidence = np.stack([c.sample.log_evidence for c in components])
    effective = np.stack([c.sample.effective for c in components])
    pareto_k = np.stack([c.sample.pareto_k for c in components])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # no draw took this law: nothing to average
        shared = np.array([np.nanmean(common[m]) for m in members])
    by_group = ("law", "group")
    averaged = np.stack([logsumexp(evidence[m], axis=0) - np.log(len(m)) for m in members])
    return {
        "prior_weight": (("law",), np.array([components[m[0]].law.weight for m in members])),
        "weight": (by_group, np.stack([weight[m].sum(axis=0) for m in members])),
        "log_evidence": (by_group, averaged),
        "effective": (by_group, np.stack([effective[m].min(axis=0) for m in members])),
        "pareto_k": (by_group, np.stack([pareto_k[m].max(axis=0) for m in members])),
        "common": (("law",), shared),
    }
