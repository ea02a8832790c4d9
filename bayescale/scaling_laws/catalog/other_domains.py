"""Laws of models outside language: time series and robot policies."""

from bayescale.scaling_laws.input_definitions import PARAMETERS
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import lognormal
from bayescale.scaling_laws.terms import power, scaled_power

LAWS: tuple[Law, ...] = (
    Law(
        "time_series",
        scaled_power("x_c", "alpha", "n_params"),
        source="Yao et al. 2024, arXiv 2410.12360: L = (x_c/x)^α in parameters, compute or data",
        response="nll",
        id="L30",
        regime="time-series foundation models of one architecture, one input varied; in and out of distribution apart",
        pitfalls="negative log-likelihood of a density can be 0 or less, and depends on the unit of the series: add a "
        "constant first or use power_floor; architectures differ in exponent out of distribution.",
        priors={"alpha": lognormal(0.06, 0.5)},
        counts={"n_params": PARAMETERS},
        ranges={"n_params": (1e6, 1e10)},
    ),
    Law(
        "imitation",
        power("beta", "alpha", "environments"),
        source="Lin, Hu et al. 2024, arXiv 2410.18647: 1 − normalised score = β·X^−α in environments, objects or pairs",
        response="score_gap",
        id="L37",
        regime="robot policies from demonstrations, over distinct environments, objects or pairs of both",
        pitfalls="exceeds 1 for very few environments; demonstrations of one pair saturate, so more of them are no "
        "more X; the published fits are read off a figure of two tasks",
        published={
            "Pour Water, over objects": {"beta": 0.825, "alpha": 0.703},
            "Pour Water, over environments": {"beta": 1.180, "alpha": 0.844},
            "Pour Water, over pairs of environment and object": {"beta": 1.068, "alpha": 0.579},
            "Mouse Arrangement, over objects": {"beta": 0.826, "alpha": 0.697},
            "Mouse Arrangement, over environments": {"beta": 0.827, "alpha": 0.466},
            "Mouse Arrangement, over pairs of environment and object": {"beta": 1.263, "alpha": 0.683},
        },
        priors={"alpha": lognormal(0.6, 0.4)},
        counts={"environments": "different environments, objects or pairs in the demonstrations"},
        ranges={"environments": (1.0, 1e3)},
    ),
)
