"""TODO."""

from dataclasses import dataclass

import numpy as np

from bayescale.scaling_laws.prior import Prior, logitnormal, lognormal

#: Default priors by a parameter's role. Floors are a fraction of the least loss of the training data and slopes (how
#: much of the loss a term removes per e-fold of its quantity at the centre of the data) are relative to it: scale-free.
#: The same for every data set; benchmarks/README.md says what was in view when they were chosen.
ROLE_PRIORS = {
    "floor": logitnormal(0.4, 0.8),
    "slope": lognormal(0.08, 1.0),
    "exponent": lognormal(0.33, 0.35),
    "q": lognormal(float(np.exp(-0.3)), 0.5),
    "level": lognormal(1.25, 0.3),  # without a floor: loss at the centre of the data over the least loss
    "share": logitnormal(0.0, 1.5),  # without a floor: share of one term among several, at the centre
}


#: Priors that replace those of roles where the response is no loss, such as an error. Its floor is lower and less
#: certain: errors come down to it (image classification of Alabdulmohsin et al. 2022: .5 to .95 of the least) or fall
#: far towards zero, as at the frontier of compute. Without a floor it falls by a larger factor from the centre of the
#: data to their end: by 3 to 6 at the published exponents of imitation, two to ten times those of losses.
ERROR_PRIORS = {"floor": logitnormal(-0.2, 1.4), "level": lognormal(2.0, 0.8)}


MEANINGS = {
    "floor": ("irreducible loss; prior as a fraction of the least training loss", "response"),
    "amplitude": ("size of a term; prior on its slope at the centre of the data, relative to the least loss", "mixed"),
    "exponent": ("how fast a term falls with its quantity", "1"),
    "q": ("how the terms join: 1 adds them, towards 0 the larger one rules", "1"),
    "shape": ("see the formula", "1"),
}


@dataclass(frozen=True)
class Parameter:
    """One parameter of a law, in natural units, with the prior of its sampling coordinate."""

    name: str
    role: str
    meaning: str
    unit: str
    prior: Prior


def is_loss(response: str) -> bool:
    """Whether a response is a loss by its name, such as a cross-entropy, and not an error, a score or a size."""
    return "loss" in response.lower()
