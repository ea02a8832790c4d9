"""Laws of the best model size, learning rate and batch size, and of optimizers as multipliers."""

from bayescale.scaling_laws.input_definitions import (
    DATASET_SIZE,
    NATS_PER_TOKEN,
    NON_EMBEDDING_PARAMETERS,
    PARAMETERS,
    TOKENS_SEEN_ONCE,
    TRAINING_COMPUTE,
)
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import logitnormal, lognormal, normal
from bayescale.scaling_laws.terms import floor, scaled_power, term

KAPLAN = "Kaplan et al. 2020, arXiv 2001.08361"
HESTNESS = "Hestness et al. 2017, arXiv 1712.00409"
STEP = "Li et al. 2025 (Step law), arXiv 2503.04715"


def _rate(constant: float, a: float, b: float) -> dict[str, float]:
    """The printed constant · N^-a · D^b at 1e9 parameters and 1e11 tokens."""
    return {"lr_0": constant * 1e9**-a * 1e11**b, "a": a, "b": b}


def _batch(constant: float, b: float) -> dict[str, float]:
    """The printed constant · D^b at 1e11 tokens."""
    return {"B_0": constant * 1e11**b, "b": b}


def _optimal_size(a: float, alpha: float, b: float, beta: float) -> dict[str, float]:
    """The size that minimises A·N^-α + B·D^-β at 6·N·D = C: N = G (C/6)^(β/(α+β)), G = (αA/βB)^(1/(α+β))."""
    share = beta / (alpha + beta)
    return {"N_0": (alpha * a / (beta * b)) ** (1 / (alpha + beta)) * (1e20 / 6) ** share, "a": share}


LAWS: tuple[Law, ...] = (
    Law(
        "critical_batch",
        term("B_3 * (loss / 3)**(-1 / alpha_B)"),
        source=f"{KAPLAN}, equation 5.3: B_crit = B*/L^(1/alpha_B)",
        response="batch_size",
        id="L2",
        regime="The batch size, in tokens, at which training takes twice the minimum number of steps and twice the "
        "minimum number of tokens to a given loss.",
        pitfalls="The batch size is steep in the loss: a loss that is 10 % lower gives a batch that is 1.6 times "
        "larger. It depends on the tokenizer of the loss.",
        published={
            "Kaplan et al. 2020, B_3 from the printed B* = 2.1e8": {"B_3": 2.1e8 / 3 ** (1 / 0.21), "alpha_B": 0.21}
        },
        priors={"B_3": lognormal(1e6, 0.8), "alpha_B": lognormal(0.21, 0.15)},
        meanings={
            "B_3": "critical batch size at a loss of 3 nats, in tokens; alpha_B and B_* of the source would be "
            "strongly correlated",
            "alpha_B": "inverse of the exponent with which the critical batch size falls with the loss",
        },
        counts={"loss": NATS_PER_TOKEN},
        notation=r"B_\mathrm{crit}(L) = B_* / L^{1/\alpha_B}",
        ranges={"loss": (1.5, 6)},
    ),
    Law(
        "model_size_growth",
        term("s_0 * (examples / 1e8)**b"),
        source=f"{HESTNESS}: s(m) = kappa m^b",
        response="n_params",
        id="L3",
        regime="The smallest model that reaches the smallest error, for each amount of data.",
        pitfalls="The error is flat in model size near its minimum, so that the best size on a coarse grid is noisy.",
        priors={"s_0": lognormal(1e7, 1.5), "b": logitnormal(0.7, 0.6)},
        meanings={
            "s_0": "best number of parameters for 1e8 examples",
            "b": "exponent of data; 0.57 to 0.92 over the domains of the source, which gives no constants",
        },
        counts={"examples": DATASET_SIZE + ": samples, or tokens of text"},
        notation=r"s(m) = \kappa m^{\beta_p}",
        ranges={"examples": (1e4, 1e11)},
    ),
    Law(
        "optimal_size",
        term("N_0 * (flops / 1e20)**a"),
        source="Henighan et al. 2020, arXiv 2010.14701 (a near 0.7); Hoffmann et al. 2022, arXiv 2203.15556 (near 0.5)",
        response="n_params",
        id="L4",
        regime="The size of smallest loss for each compute budget, where the learning-rate schedule of each run "
        "matches its length.",
        pitfalls="Exponents near 0.7 come from schedules that do not match the length of a run. Parabolas fitted on "
        "coarse grids are biased. State which parameters are counted.",
        published={
            "Hoffmann et al. 2022, derived from the printed law for 6ND = C": _optimal_size(406.4, 0.34, 410.7, 0.28),
            "Besiroglu et al. 2024, derived from the law for 6ND = C": _optimal_size(482.01, 0.3478, 2085.43, 0.3658),
        },
        # wide enough for the exponents of both sources, 0.5 and 0.7
        priors={"N_0": lognormal(9e8, 1.0), "a": normal(0.57, 0.1)},
        meanings={"N_0": "optimal number of parameters at 1e20 FLOP", "a": "exponent of compute"},
        counts={
            "flops": TRAINING_COMPUTE
            + "; the response is the number of all parameters, as in the law it is derived from"
        },
        notation=r"N_\mathrm{opt} = G (C/6)^a",
        ranges={"flops": (1e17, 1e26)},
    ),
    Law(
        "optimal_lr",
        term("lr_0 * (n_params / 1e9)**-a * (n_tokens / 1e11)**b"),
        source=f"{STEP}: eta = 1.79 N^-0.713 D^0.307",
        response="lr",
        id="L27",
        regime="Peak learning rate of AdamW at the best batch size, parameters without embeddings.",
        pitfalls="Other studies report another sign: in Bjorck et al. the best rate falls with data. The loss is flat "
        "near the optimum, so that a coarse grid says little about the rate.",
        published={
            "Li et al. 2025, lr_0 from the printed 1.79": _rate(1.79, 0.713, 0.307),
            "Li et al. 2025, medians of 1000 bootstrap fits, lr_0 from 1.782": _rate(1.782, 0.7122, 0.3070),
        },
        priors={"lr_0": lognormal(1.5e-3, 0.7), "a": lognormal(0.5, 0.5), "b": normal(0.15, 0.25)},
        meanings={
            "lr_0": "best learning rate at 1e9 parameters and 1e11 tokens",
            "a": "exponent with which the best rate falls with size",
            "b": "exponent with which it changes with data; the literature has both signs",
        },
        counts={"n_params": NON_EMBEDDING_PARAMETERS, "n_tokens": TOKENS_SEEN_ONCE},
        notation=r"\eta = 1.79\, N^{-0.713} D^{0.307}",
        ranges={"n_params": (5e7, 1e11), "n_tokens": (1e9, 1e13)},
    ),
    Law(
        "optimal_batch",
        term("B_0 * (n_tokens / 1e11)**b"),
        source=f"{STEP}: B = 0.58 D^0.571, in tokens",
        response="batch_size",
        id="L27",
        regime="Tokens per step at the best learning rate.",
        pitfalls="The data determine little more than one combination of constant and exponent. Below the critical "
        "batch size, a larger batch costs little loss.",
        published={
            "Li et al. 2025, B_0 from the printed .58": _batch(0.58, 0.571),
            "Li et al. 2025, medians of 1000 bootstrap fits, B_0 from .573": _batch(0.573, 0.5713),
        },
        priors={"B_0": lognormal(1e6, 0.7), "b": normal(0.55, 0.12)},
        meanings={"B_0": "best batch size at 1e11 tokens, in tokens", "b": "exponent with which it grows with data"},
        counts={"n_tokens": TOKENS_SEEN_ONCE},
        notation=r"B = 0.58\, D^{0.571}",
        ranges={"n_tokens": (1e9, 1e13)},
    ),
    Law(
        "optimizer_rescaling",
        # the factors rho of a family are absorbed by its scales, N_c = A**(1 / alpha) / rho: only ratios of families
        # are identified, and a factor inside the quantity would cancel against the term's slope at the centre
        floor("E") + scaled_power("N_c", "alpha", "n_params") + scaled_power("D_c", "beta", "n_tokens"),
        source="Volkova et al. 2026, arXiv 2602.07712: L = E + A / (rho_N N)^alpha + B / (rho_D D)^beta, with floor "
        "and exponents shared by all optimizers and factors rho of each",
        id="L71",
        regime="Families are optimizers, or other parts of a recipe such as a precision, each tuned on its own, with "
        "model, data and tokenizer the same. The rho of one family over another is the other's N_c (or D_c) over "
        "its own; `compare_families` and `multiplier` give it with an interval. A third party quotes tokens worth "
        "2.1 (Muon), 2.0 (Scion) and 2.6 (SOAP) times those of AdamW, and factors of size near 1.",
        pitfalls="A shared floor and shared exponents are assumptions: a gain that fades with scale contradicts "
        "constant factors, as Wen et al. 2025 (arXiv 2509.02046) measured, from 1.4 at 1e8 parameters to 1.1 at 1.2e9. "
        "Compare with chinchilla, whose exponents vary over families. A baseline that is tuned less than the recipe "
        "looks like a factor. Losses must be those at the end of the schedule.",
        pooling={"E": "shared", "alpha": "shared", "beta": "shared", "N_c": "partial", "D_c": "partial"},
        meanings={
            "E": "irreducible loss, the same for every family",
            "N_c": "parameters at which a family's term of size is 1 nat; a family with 1/k of it makes k times as "
            "much of every parameter",
            "D_c": "tokens at which a family's term of data is 1 nat; a family with 1/k of it makes k times as much of "
            "every token",
        },
        counts={"n_params": PARAMETERS, "n_tokens": TOKENS_SEEN_ONCE},
        notation=r"L = E + \frac{A}{(\rho_N N)^\alpha} + \frac{B}{(\rho_D D)^\beta}",
        ranges={"n_params": (1e7, 1e11), "n_tokens": (1e8, 1e13)},
    ),
)
