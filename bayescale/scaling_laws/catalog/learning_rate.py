"""Laws of loss along a learning-rate schedule."""

from collections.abc import Mapping

from bayescale.scaling_laws.functions.schedules import MULTI_POWER
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import lognormal, normal
from bayescale.scaling_laws.terms import floor, power, term

#: Prior of the constant E. Annealing removes loss from it, so that it is no floor and may lie above the smallest loss.
#: Fits to models of 25 to 400 million parameters have 2.4 to 3.2.
FINAL_LOSS = lognormal(2.7, 0.3)


def _one_drop(coefficients: Mapping[str, float]) -> dict[str, float]:
    """Parameters of the law `multi_power` from printed coefficients, at a drop of 1e-4 and a rate of 1e-4 after it."""
    return {
        "E": coefficients["L_0"],
        "A": coefficients["A"],
        "alpha": coefficients["alpha"],
        "h": coefficients["B"] * 1e-4,
        "c": coefficients["C"] * 1e-4 ** -coefficients["gamma"],
        "beta": coefficients["beta"],
        "gamma": coefficients["gamma"],
    }


LAWS: tuple[Law, ...] = (
    Law(
        "lr_annealing",
        floor("E") + power("A", "alpha", "lr_area") + term("-C * lr_annealing"),
        source="Tissue, Wang, Wang 2024, arXiv 2408.11029: L_0 + A S1^-alpha - C S2; inputs by schedule_features",
        id="L8",
        regime="One model size and any schedule of the learning rate, with decay 0.999 in lr_annealing. The warm-up "
        "counts in lr_area with its own rates, and not in lr_annealing (`warmup` of schedule_features).",
        pitfalls="The data determine only C / (1 - decay): use one decay throughout. The law is linear in "
        "lr_annealing, so that a long decay to zero reduces the loss without bound. Points of one run are not "
        "independent.",
        published={
            f"refit to the curves of the multi-power law, {size}, cosine schedule only, decay .999": dict(
                zip(("E", "A", "C", "alpha"), values, strict=True)
            )
            for size, values in {
                "25M": (3.220, 0.446, 0.440, 0.581),
                "100M": (2.770, 0.611, 0.463, 0.444),
                "400M": (2.507, 0.667, 0.545, 0.414),
            }.items()
        },
        priors={"alpha": lognormal(0.5, 0.25), "C": lognormal(0.5, 0.5), "E": FINAL_LOSS},
        meanings={"C": "loss removed by annealing per unit of lr_annealing, at decay 0.999"},
        counts={
            "lr_area": "sum of the learning rates, including the warm-up",
            "lr_annealing": "momentum of the decreases of the learning rate, without the warm-up",
        },
        notation=r"L = L_0 + A S_1^{-\alpha} - C S_2",
        ranges={"lr_area": (0.1, 100), "lr_annealing": (0, 0.4)},
    ),
    Law(
        "multi_power",
        floor("E")
        + power("A", "alpha", "lr_area")
        + term("-h * lr_drop / 1e-4 * (1 - (1 + c * (lr_after / 1e-4)**-gamma * lr_area_since_drop)**-beta)"),
        source="Luo et al. 2025, arXiv 2503.12811: L_0 + A (S1 + S_W)^-alpha - LD; multi_power_loss has it whole",
        id="L8b",
        regime="Schedules with one drop of the learning rate, from one constant to another (two-stage WSD-con), after "
        "the drop; there the law is exact. lr_area includes the warm-up. lr_drop is the decrease of the rate, "
        "lr_after the rate after it, and lr_area_since_drop the sum of the rates from the drop on.",
        pitfalls="A gradual decay is a sum over its drops that contains parameters and has no such form: use "
        "lr_annealing or multi_power_loss. Shortly after the drop, h and c are strongly correlated.",
        published={
            f"Luo et al. 2025, {size}, the repository's; h = B / 1e4 and c = C 1e4^gamma": _one_drop(values)
            for size, values in MULTI_POWER.items()
        },
        priors={
            "alpha": lognormal(0.5, 0.25),
            "h": lognormal(0.045, 0.5),
            "c": lognormal(800.0, 0.5),
            "beta": lognormal(0.59, 0.15),
            "gamma": normal(0.64, 0.05),
            "E": FINAL_LOSS,
        },
        meanings={
            "h": "loss that a drop of 1e-4 removes in the end",
            "c": "how fast it is removed, per unit of summed rate, at a rate of 1e-4 after the drop",
            "beta": "exponent with which the remainder falls",
            "gamma": "exponent with which a lower rate after the drop accelerates it",
        },
        counts={
            "lr_area": "sum of the learning rates, including the warm-up",
            "lr_drop": "decrease of the learning rate",
            "lr_after": "learning rate after the drop",
            "lr_area_since_drop": "sum of the learning rates from the drop on",
        },
        notation=r"L = L_0 + A (S_1 + S_W)^{-\alpha} - B \sum_k (\eta_{k-1} - \eta_k) \left[1 - (1 + C "
        r"\eta_k^{-\gamma} S_k)^{-\beta}\right]",
        ranges={
            "lr_area": (0.5, 100),
            "lr_drop": (1e-6, 1e-3),
            "lr_after": (1e-6, 1e-3),
            "lr_area_since_drop": (1e-4, 10),
        },
    ),
)
