"""Laws of the best learning rate and batch size."""

from bayescale.scaling_laws.expression import term
from bayescale.scaling_laws.input_definitions import NON_EMBEDDING, SEEN_ONCE
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import lognormal, normal

STEP = "Li et al. 2025 (Step law), arXiv 2503.04715"


def _rate(constant: float, a: float, b: float) -> dict[str, float]:
    """The printed constant · N^-a · D^b at 1e9 parameters and 1e11 tokens."""
    return {"lr_0": constant * 1e9**-a * 1e11**b, "a": a, "b": b}


def _batch(constant: float, b: float) -> dict[str, float]:
    """The printed constant · D^b at 1e11 tokens."""
    return {"B_0": constant * 1e11**b, "b": b}


LAWS: tuple[Law, ...] = (
    Law(
        "optimal_lr",
        term("lr_0 * (n_params / 1e9)**-a * (n_tokens / 1e11)**b"),
        source=f"{STEP}: eta = 1.79 N^-.713 D^.307",
        response="lr",
        id="L27",
        regime="peak learning rate of AdamW, non-embedding parameters, the batch at its own optimum",
        pitfalls="others report other signs: Bjorck et al. a rate that falls with data; loss is a shallow bowl around "
        "the optimum, so that a coarse grid says little about the rate",
        published={
            "Li et al. 2025, lr_0 from the printed 1.79": _rate(1.79, 0.713, 0.307),
            "Li et al. 2025, medians of 1000 bootstrap fits, lr_0 from 1.782": _rate(1.782, 0.7122, 0.3070),
        },
        priors={"lr_0": lognormal(1.5e-3, 0.7), "a": lognormal(0.5, 0.5), "b": normal(0.15, 0.25)},
        meanings={
            "lr_0": "best rate at 1e9 parameters and 1e11 tokens",
            "a": "how the best rate falls with size",
            "b": "how it changes with data; of either sign in the literature",
        },
        counts={"n_params": NON_EMBEDDING, "n_tokens": SEEN_ONCE},
        notation=r"\eta = 1.79\, N^{-0.713} D^{0.307}",
        ranges={"n_params": (5e7, 1e11), "n_tokens": (1e9, 1e13)},
    ),
    Law(
        "optimal_batch",
        term("B_0 * (n_tokens / 1e11)**b"),
        source=f"{STEP}: B = .58 D^.571, in tokens",
        response="batch_size",
        id="L27",
        regime="tokens a step, the learning rate at its own optimum",
        pitfalls="constant and exponent are nearly one number in the data; larger batches cost little loss below the "
        "critical batch size",
        published={
            "Li et al. 2025, B_0 from the printed .58": _batch(0.58, 0.571),
            "Li et al. 2025, medians of 1000 bootstrap fits, B_0 from .573": _batch(0.573, 0.5713),
        },
        priors={"B_0": lognormal(1e6, 0.7), "b": normal(0.55, 0.12)},
        meanings={"B_0": "best batch size at 1e11 tokens, in tokens", "b": "how it grows with data"},
        counts={"n_tokens": SEEN_ONCE},
        notation=r"B = 0.58\, D^{0.571}",
        ranges={"n_tokens": (1e9, 1e13)},
    ),
)
