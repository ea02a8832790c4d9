"""The variants that `risk_variants` scores: other weights, parameters and sources of the priors of mixing laws."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

type Priors = Mapping[str, Mapping[str, tuple[float, float]]]  # law, parameter: normal of its coordinate, or Beta

GG, GG0, PAIR = "generalised_gamma", "generalised_gamma_or_never", "two_components"
LN, LN0, LT, LT0 = "logit_normal", "logit_normal_or_never", "logit_t", "logit_t_or_never"
LAWS = (GG, GG0, PAIR, LN, LN0, LT, LT0)
DEFAULT = {GG: 0.2, PAIR: 0.4, LN: 0.1, LN0: 0.2, LT: 0.1}


@dataclass(frozen=True)
class Variant:
    """A variant of the priors.

    Parameters
    ----------
    name : str
        Its name in the table.
    weights : dict of str to float
        Prior weights of laws.
    priors : dict
        By law and parameter, what differs from the package.
    learned : tuple of str
        Laws whose priors are learned from the real sets without the source that is scored.
    concentration : float or None
        Of law weights that groups share; None where each group has the prior weights.
    hard_half : tuple of two dict, or None
        `priors` of the groups of higher and of lower success rates, where several were measured together.
    """

    name: str
    weights: Mapping[str, float] = field(default_factory=lambda: DEFAULT)
    priors: Priors = field(default_factory=dict)
    learned: tuple[str, ...] = ()
    concentration: float | None = None
    hard_half: tuple[Priors, Priors] | None = None


def log_normal(median: float, spread: float, base: tuple[float, float]) -> tuple[float, float]:
    """A log-normal prior as a normal one in the coordinate of another log-normal prior (median, spread)."""
    return math.log(median / base[0]) / base[1], spread / base[1]


ALPHA, C, GAP, S = (0.35, 0.6), (0.6, 0.6), (math.exp(1.5), 0.5), (2.0, 0.5)


def both(name: str, prior: tuple[float, float]) -> Priors:
    """A prior for a parameter of the generalised gamma and of the easy component."""
    return {GG: {name: prior}, PAIR: {name: prior}}


def weights(*values: float) -> dict[str, float]:
    """Weights of generalised gamma, two components, logit-normal, logit-normal or never, logit-t (or never)."""
    return dict(zip((GG, PAIR, LN, LN0, LT, LT0), values, strict=False))


_HARD_HALVES: tuple[Priors, Priors] = (
    {PAIR: {"hard": (1, 4.5)}, LN0: {"never": (1, 6)}},
    {PAIR: {"hard": (1, 1.5)}, LN0: {"never": (1.5, 3)}},
)
_NO_GAMMA = weights(0, 0.5, 0.15, 0.25, 0.1)
_WIDE = weights(0, 0.3, 0.25, 0.35, 0.1)

VARIANTS = (
    Variant("default"),
    *(Variant(f"{name} alone", {name: 1.0}) for name in LAWS),
    Variant("weights .2 .5 0 .2 .1", weights(0.2, 0.5, 0, 0.2, 0.1)),
    Variant("weights .25 .45 .2 0 .1", weights(0.25, 0.45, 0.2, 0, 0.1)),
    Variant("weights .25 .55 0 .2 0", weights(0.25, 0.55, 0, 0.2, 0)),
    Variant("weights 0 .6 .1 .2 .1", weights(0, 0.6, 0.1, 0.2, 0.1)),
    Variant("weights 0 .5 .15 .25 .1", _NO_GAMMA),
    Variant("weights 0 .4 .2 .3 .1", weights(0, 0.4, 0.2, 0.3, 0.1)),
    Variant("weights 0 .3 .25 .35 .1", _WIDE),
    Variant("weights .2 .2 .2 .3 .1", weights(0.2, 0.2, 0.2, 0.3, 0.1)),
    Variant("weights .15 .35 .15 .1 .1, logit-t or never .15", weights(0.15, 0.35, 0.15, 0.1, 0.1, 0.15)),
    Variant("weights .1 .3 .15 .2 .1, gamma or never .15", {**weights(0.1, 0.3, 0.15, 0.2, 0.1), GG0: 0.15}),
    Variant("alpha .25", priors=both("alpha", log_normal(0.25, 0.6, ALPHA))),
    Variant("alpha .5", priors=both("alpha", log_normal(0.5, 0.6, ALPHA))),
    Variant("alpha spread .4", priors=both("alpha", log_normal(0.35, 0.4, ALPHA))),
    Variant("alpha spread .8", priors=both("alpha", log_normal(0.35, 0.8, ALPHA))),
    Variant("c .4", priors=both("c", log_normal(0.4, 0.6, C))),
    Variant("c .9", priors=both("c", log_normal(0.9, 0.6, C))),
    Variant("c .75", priors=both("c", log_normal(0.75, 0.6, C))),
    Variant("c .75, shared weights 1", priors=both("c", log_normal(0.75, 0.6, C)), concentration=1.0),
    Variant("hard Beta(1, 1)", priors={PAIR: {"hard": (1, 1)}}),
    Variant("hard Beta(1, 2)", priors={PAIR: {"hard": (1, 2)}}),
    Variant("gap 3", priors={PAIR: {"gap": log_normal(3, 0.6, GAP)}}),
    Variant("gap 6", priors={PAIR: {"gap": log_normal(6, 0.6, GAP)}}),
    Variant("easy alpha .6", priors={PAIR: {"alpha": log_normal(0.6, 0.6, ALPHA)}}),
    Variant(
        "easy alpha .8 (.7), hard Beta(1, 1.5)", priors={PAIR: {"alpha": log_normal(0.8, 0.7, ALPHA), "hard": (1, 1.5)}}
    ),
    Variant("s 1.5 (logit-normal)", priors={LN: {"s": log_normal(1.5, 0.5, S)}, LN0: {"s": log_normal(1.5, 0.5, S)}}),
    Variant("s 2.5 (logit-normal)", priors={LN: {"s": log_normal(2.5, 0.5, S)}, LN0: {"s": log_normal(2.5, 0.5, S)}}),
    Variant("never Beta(1, 2)", priors={LN0: {"never": (1, 2)}}),
    Variant("never Beta(1, 8)", priors={LN0: {"never": (1, 8)}}),
    Variant("never Beta(2, 5)", priors={LN0: {"never": (2, 5)}}),
    Variant("more hard and never in the harder half of groups", hard_half=_HARD_HALVES),
    Variant("learned, gamma laws", learned=(GG, PAIR)),
    Variant("learned, all laws", learned=tuple(DEFAULT)),
    Variant("shared weights 10", concentration=10.0),
    Variant("shared weights 1", concentration=1.0),
    Variant("shared weights .3", concentration=0.3),
    Variant("shared weights 1, weights 0 .5 .15 .25 .1", _NO_GAMMA, concentration=1.0),
    Variant("shared weights 1, weights 0 .3 .25 .35 .1", _WIDE, concentration=1.0),
)
