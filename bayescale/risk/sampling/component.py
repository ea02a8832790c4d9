"""One mixing law under one setting of the judge, explored for every group; and a choice among explored points."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from bayescale.risk.difficulty import Difficulty
from bayescale.risk.grid import JudgeRates
from bayescale.risk.mixing import Mixing
from bayescale.risk.sampling.importance_sampling import ImportanceSample

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Component:
    """One mixing law under one setting of the judge, explored for every group.

    Attributes
    ----------
    law : Mixing
        The mixing law.
    judge_rates : JudgeRates
        The setting of the judge.
    sample : ImportanceSample
        Points of the law's parameters, with the likelihood of every group.
    """

    law: Mixing
    judge_rates: JudgeRates
    sample: ImportanceSample


@dataclass(frozen=True, eq=False)
class Choice:
    """Posterior draws as choices among the explored points.

    Attributes
    ----------
    component : ndarray of int, shape (n_draws, n_groups)
        Index of the component.
    point : ndarray of int, shape (n_draws, n_groups)
        Index of the point of its sample.
    weight : ndarray, shape (n_components, n_groups)
        Posterior probability of each component.
    common : ndarray, shape (n_components,)
        Mean share of parameters that groups have in common; NaN where groups are not pooled.
    difficulty : Difficulty or None
        Factor of difficulty; None where groups share no problems.
    """

    component: Index
    point: Index
    weight: Array
    common: Array
    difficulty: Difficulty | None = None


def component_weights(components: Sequence[Component]) -> Array:
    """Compute the posterior probability of each component for each group alone.

    Parameters
    ----------
    components : sequence of Component
        The components.

    Returns
    -------
    ndarray, shape (n_components, n_groups)
        Probabilities, which sum to 1 over components.
    """
    prior = np.array([c.law.weight for c in components]) / len({c.judge_rates for c in components})
    log_weight = np.log(prior)[:, None] + np.stack([c.sample.log_evidence for c in components])
    return np.asarray(np.exp(log_weight - logsumexp(log_weight, axis=0)))
