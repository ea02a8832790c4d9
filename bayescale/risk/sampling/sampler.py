"""Sample a risk posterior: explore every mixing law, average laws by their evidence, and pool or cross groups.

Groups that share enough problems are crossed (`crossing`); other groups are pooled (`pooling`).
"""

import warnings
from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import logsumexp

from bayescale.risk.judge import Judge, judge_rates
from bayescale.risk.mixing import Mixing
from bayescale.risk.posterior import RiskPosterior
from bayescale.risk.posterior_tree import Variables, attributes, to_tree
from bayescale.risk.problems import Problems
from bayescale.risk.sampling.component import Choice, Component, component_weights
from bayescale.risk.sampling.crossing import candidate_number, cross
from bayescale.risk.sampling.group_likelihood import count_blocks, group_log_likelihood
from bayescale.risk.sampling.importance_sampling import importance_sample
from bayescale.risk.sampling.pooling import pool

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]


def sample(
    problems: Problems,
    laws: Sequence[Mixing],
    judge: Judge | None,
    draws: int,
    seed: int,
    *,
    crossed: bool = True,
    notes: Sequence[str] = (),
    source: str = "",
    digest: str = "",
) -> xr.DataTree:
    """Draw from the posterior of every group's mixing law, and of the factor of difficulty where problems are shared.

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
    crossed : bool, default True
        Whether groups that share enough problems (`Problems.shared_index`) are crossed.
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
    components, counts = [], []
    for setting in rates:
        counted = problems.counted(setting)
        blocks = count_blocks(counted)
        for law in laws:
            explored = importance_sample(group_log_likelihood(blocks, law), len(law.coordinates), next(streams))
            components.append(Component(law, setting, explored))
            counts.append(counted)
    rng = next(streams)
    if crossed and problems.crossable:
        candidates = _apart(components, candidate_number(problems, counts[0]), rng)
        choice = cross(components, problems, counts, candidates, draws, rng)
    else:
        choice = _apart(components, draws, rng)
    tree = _tree(problems, components, choice)
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
    crossed = posterior.difficulty is not None
    return RiskPosterior(sample(problems, posterior.mixing_laws, posterior.judge, draws, seed, crossed=crossed))


def _apart(components: Sequence[Component], draws: int, rng: np.random.Generator) -> Choice:
    """Draws of the average over components, pooled; a group weights them by its own evidence."""
    weight = component_weights(components)
    component = _component_choice(weight, draws, rng)
    point, common = np.zeros_like(component), np.full(len(components), np.nan)
    for index, of_component in enumerate(components):
        used = np.flatnonzero((component == index).any(axis=1))
        if not len(used):
            continue
        pooled = pool(of_component.sample.points, len(used), rng)
        common[index] = pooled.common.mean()
        point[used] = np.where(component[used] == index, pooled.point, point[used])
    return Choice(component, point, weight, common)


def _component_choice(weight: Array, draws: int, rng: np.random.Generator) -> Index:
    """Component of each draw and group, (draw, group).

    All groups use the same uniform number in a draw, so that groups that are alike take the same law, and with it the
    same draw of what they have in common.
    """
    uniform = rng.permutation((np.arange(draws) + rng.random()) / draws)
    choice = np.stack([np.searchsorted(np.cumsum(of_group), uniform) for of_group in weight.T], axis=1)
    return np.minimum(choice, len(weight) - 1)


def _tree(problems: Problems, components: Sequence[Component], choice: Choice) -> xr.DataTree:
    """The posterior of parameters, laws and error rates of the judge, and of the factor of difficulty."""
    names = list(dict.fromkeys(c.law.name for c in components))
    law_index = np.array([names.index(c.law.name) for c in components])
    dims = ("chain", "draw", "group")
    parameters = _parameters(components, choice)
    posterior: Variables = {name: (dims, value[None]) for name, value in parameters.items()}
    posterior["law_index"] = (dims, law_index[choice.component][None])
    for name in ("sensitivity", "false_positives"):
        by_component = np.array([getattr(c.judge_rates, name) for c in components])
        posterior[f"judge_{name}"] = (dims, by_component[choice.component][None])
    laws = _by_law(components, law_index, choice.weight, choice.common)
    return to_tree(problems, posterior, laws, names, choice.difficulty)


def _parameters(components: Sequence[Component], choice: Choice) -> dict[str, Array]:
    """Parameters (draw, group), NaN where the drawn law has none of the name."""
    names = dict.fromkeys(name for c in components for name in c.law.parameter_names)
    values = {name: np.full(choice.component.shape, np.nan) for name in names}
    for index, component in enumerate(components):
        used = choice.component == index
        points = component.sample.points.z[choice.point[used]]
        for name, value in component.law.parameters(points).items():
            values[name][used] = value
    return values


def _by_law(components: Sequence[Component], law_index: Index, weight: Array, common: Array) -> Variables:
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
