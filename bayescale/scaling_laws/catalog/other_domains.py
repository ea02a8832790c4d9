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
        regime="Time-series foundation models of one architecture, with one input varied; in-distribution and "
        "out-of-distribution data apart.",
        pitfalls="The negative log-likelihood of a density can be 0 or less and depends on the unit of the series: "
        "add a constant first, or use power_floor. Architectures differ in their exponent out of distribution.",
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
        regime="Robot policies from demonstrations, against the number of distinct environments, objects or pairs of "
        "both.",
        pitfalls="The law exceeds 1 for very few environments. Demonstrations of one pair saturate, so that more of "
        "them do not increase the input. The published fits are read from a figure of two tasks.",
        published={
            "Pour Water, over objects": {"beta": 0.825, "alpha": 0.703},
            "Pour Water, over environments": {"beta": 1.180, "alpha": 0.844},
            "Pour Water, over pairs of environment and object": {"beta": 1.068, "alpha": 0.579},
            "Mouse Arrangement, over objects": {"beta": 0.826, "alpha": 0.697},
            "Mouse Arrangement, over environments": {"beta": 0.827, "alpha": 0.466},
            "Mouse Arrangement, over pairs of environment and object": {"beta": 1.263, "alpha": 0.683},
        },
        priors={"alpha": lognormal(0.6, 0.4)},
        counts={"environments": "distinct environments, objects or pairs in the demonstrations"},
        ranges={"environments": (1.0, 1e3)},
    ),
)
