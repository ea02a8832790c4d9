"""What the posterior says of each benchmark."""

import numpy as np
import pandas as pd

from bayescale.capability.posterior import CapabilityPosterior
from bayescale.core.summary import require_prob, summarise


def summary(self: CapabilityPosterior, prob: float = 0.9) -> pd.DataFrame:
    """Summarise what the posterior says of each benchmark.

    Parameters
    ----------
    prob : float, default 0.9
        Probability of the equal-tailed intervals.

    Returns
    -------
    DataFrame
        One row per benchmark: `benchmark`, the number of `scores`, `chance`, `items`, and medians and intervals, in
        logits of the score above chance: `level` at the mean compute, `slope` (gain per tenfold compute there of a
        typical family), `curvature` (half the difference between the slopes far above and far below),
        `family_spread` and `model_spread`: standard deviations over families, and over models of a family, at equal
        compute.

    Raises
    ------
    InputError
        If `prob` does not lie between 0 and 1.
    """
    require_prob(prob)
    scores = self.scores
    columns: dict[str, object] = {
        "benchmark": scores.benchmarks,
        "scores": scores.measured.sum(axis=0).astype(np.int64),
        "chance": scores.chance,
        "items": scores.items,
    }
    for name in ("level", "slope", "curvature", "family_spread", "model_spread"):
        columns |= summarise(self.reported[name], prob, name)
    return pd.DataFrame(columns)
