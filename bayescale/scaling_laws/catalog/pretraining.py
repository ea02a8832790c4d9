"""Laws of training loss in model size, data and compute."""

from collections.abc import Mapping
from math import exp, log

from bayescale.scaling_laws.input_definitions import (
    ALL_PARAMETERS,
    DATASET_SIZE,
    NON_EMBEDDING_PARAMETERS,
    TOKENS_SEEN,
    TOKENS_SEEN_ONCE,
    TRAINING_COMPUTE,
)
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import lognormal, normal
from bayescale.scaling_laws.terms import floor, joined, power, scaled_power, term

PAIR = {"n_params": (1e7, 1e12), "n_tokens": (1e8, 1e14)}
COMPUTE = {"flops": (1e15, 1e26)}
HOFFMANN = "Hoffmann et al. 2022, arXiv 2203.15556"
KAPLAN = "Kaplan et al. 2020, arXiv 2001.08361"
HESTNESS = "Hestness et al. 2017, arXiv 1712.00409"


def _farseer(
    a3: float, gamma: float, b3: float, a2: float, beta: float, b2: float, a1: float, alpha: float, b1: float
) -> Mapping[str, float]:
    """Parameters at 1e9 parameters and 1e11 tokens of exp(a3·N^γ + b3) + exp(a2·N^β + b2)·D^-exp(a1·N^α + b1)."""
    n, log_d = 1e9, log(1e11)
    k, v = exp(a1 * n**alpha + b1), -a1 * alpha * n**alpha
    return {
        "E_0": exp(a3 * n**gamma + b3),
        "s_E": -a3 * gamma * n**gamma,
        "gamma": gamma,
        "H_0": exp(a2 * n**beta + b2 - k * log_d),
        "w": a2 * beta * n**beta + k * v * log_d,
        "beta": -beta,
        "k": k,
        "v": v,
        "alpha": alpha,
    }


LAWS: tuple[Law, ...] = (
    Law(
        "chinchilla",
        floor("E") + power("A", "alpha", "n_params") + power("B", "beta", "n_tokens"),
        source=f"{HOFFMANN}; re-estimated by Besiroglu et al. 2024, arXiv 2404.10102",
        id="L1",
        regime="Single-epoch training of dense models with a tuned recipe. Errors grow where parameters or tokens are "
        "scarce.",
        pitfalls="A and alpha are strongly correlated, and so are B and beta. Without a discrepancy term, forecasts "
        "far beyond the data are too certain.",
        published={
            "Hoffmann et al. 2022": {"E": 1.69, "A": 406.4, "alpha": 0.34, "B": 410.7, "beta": 0.28},
            "Besiroglu et al. 2024": {"E": 1.8172, "A": 482.01, "alpha": 0.3478, "B": 2085.43, "beta": 0.3658},
        },
        counts={"n_params": ALL_PARAMETERS, "n_tokens": TOKENS_SEEN_ONCE},
        ranges=PAIR,
    ),
    Law(
        "joint",
        floor("E") + joined("q", power("A", "alpha", "n_params"), power("B", "beta", "n_tokens")),
        source=f"nests {HOFFMANN} (q = 1) and Kaplan et al. 2020, arXiv 2001.08361 (E = 0, q = alpha_D)",
        id="L1",
        regime="As chinchilla, and more accurate where either parameters or tokens are scarce.",
        pitfalls="Only runs away from the compute-optimal line determine q.",
        counts={"n_params": ALL_PARAMETERS, "n_tokens": TOKENS_SEEN_ONCE},
        ranges=PAIR,
    ),
    Law(
        "kaplan",
        joined("alpha_D", scaled_power("N_c", "alpha_N", "n_params"), scaled_power("D_c", "alpha_D", "n_tokens")),
        source="Kaplan et al. 2020, arXiv 2001.08361, equation 1.5",
        id="L2",
        regime="Early-stopped training, counted in parameters without embeddings. The law has no floor, so that it "
        "must fail at large enough scale.",
        pitfalls="Without a floor, its exponents cannot be compared with those of laws that have one.",
        published={"Kaplan et al. 2020": {"N_c": 6.4e13, "alpha_N": 0.076, "D_c": 1.8e13, "alpha_D": 0.103}},
        priors={"alpha_N": lognormal(0.08, 0.4), "alpha_D": lognormal(0.1, 0.4)},
        counts={
            "n_params": NON_EMBEDDING_PARAMETERS,
            "n_tokens": DATASET_SIZE + "; training stops before the loss rises",
        },
        notation=r"L(N, D) = \left[\left(\frac{N_c}{N}\right)^{\alpha_N/\alpha_D} + "
        r"\frac{D_c}{D}\right]^{\alpha_D}",
        ranges=PAIR,
    ),
    Law(
        "kaplan_params",
        scaled_power("N_c", "alpha_N", "n_params"),
        source=f"{KAPLAN}, equation 1.1",
        id="L2",
        regime="Training to convergence on ample data, counted in parameters without embeddings.",
        pitfalls="The law has no floor, so that it is too optimistic at large enough scale. N_c depends on the "
        "tokenizer.",
        published={"Kaplan et al. 2020": {"N_c": 8.8e13, "alpha_N": 0.076}},
        priors={"alpha_N": lognormal(0.08, 0.3)},
        counts={"n_params": NON_EMBEDDING_PARAMETERS},
        ranges={"n_params": (1e5, 1e12)},
    ),
    Law(
        "kaplan_tokens",
        scaled_power("D_c", "alpha_D", "n_tokens"),
        source=f"{KAPLAN}, equation 1.2",
        id="L2",
        regime="Large models trained on limited data and stopped early.",
        pitfalls="The size of the data set counts, seen over several epochs until early stopping. The law has no "
        "floor. D_c depends on the tokenizer.",
        published={"Kaplan et al. 2020": {"D_c": 5.4e13, "alpha_D": 0.095}},
        priors={"alpha_D": lognormal(0.09, 0.3)},
        counts={"n_tokens": DATASET_SIZE + "; training stops before the loss rises"},
        ranges={"n_tokens": (1e7, 1e12)},
    ),
    Law(
        "overtraining",
        floor("E") + power("A", "alpha", "n_params") + power("B", "alpha", "n_tokens"),
        source="Gadre et al. 2024, arXiv 2403.08540 (one exponent for size and data)",
        id="L11",
        regime="Models trained far beyond the compute-optimal ratio of tokens to parameters.",
        pitfalls="Both inputs have the same exponent, so that the compute-optimal ratio cannot change with compute.",
        published={
            "C4": {"E": 1.508, "A": 113.7, "alpha": 0.2425, "B": 152.5},
            "RedPajama": {"E": 1.837, "A": 166.2, "alpha": 0.2729, "B": 287.2},
            "RefinedWeb": {"E": 1.734, "A": 125.1, "alpha": 0.2544, "B": 196.0},
        },
        counts={"n_params": ALL_PARAMETERS, "n_tokens": TOKENS_SEEN_ONCE},
        notation=r"L(C, M) = E + (a M^\eta + b M^{-\eta}) C^{-\eta},\quad \eta = \alpha/2",
        ranges=PAIR,
    ),
    Law(
        "power_floor",
        floor("E") + power("A", "alpha", "flops"),
        source="Henighan et al. 2020, arXiv 2010.14701 (loss over compute, parameters or data)",
        id="L4",
        regime="One input varies; the others are ample or in a fixed proportion to it.",
        pitfalls="Floor and exponent trade off unless the data span more than one decade.",
        counts={"flops": TRAINING_COMPUTE + ", parameters without embeddings"},
        ranges=COMPUTE,
    ),
    Law(
        "power",
        scaled_power("x_c", "alpha", "flops"),
        source="Kaplan et al. 2020, arXiv 2001.08361, equation 1.3; Henighan et al. 2020, arXiv 2010.14701",
        id="L4",
        regime="One input, far from any floor.",
        pitfalls="The law has no floor, so that it is too optimistic at large enough scale.",
        published={
            "Kaplan et al. 2020, L(C_min); 3.1e8 petaflop-days as printed": {"x_c": 3.1e8 * 8.64e19, "alpha": 0.05}
        },
        priors={"alpha": lognormal(0.08, 0.5)},
        counts={"flops": TRAINING_COMPUTE + ", parameters without embeddings, at an ample batch"},
        ranges=COMPUTE,
    ),
    Law(
        "learning_curve",
        floor("E") + power("A", "alpha", "examples"),
        source=f"{HESTNESS}: error = A m^-alpha + E, the best model for each amount of data",
        id="L3",
        regime="Between the plateau at small data and the irreducible error, where the model grows with the data.",
        pitfalls="Rows on the plateau at small data bias the exponent. The architecture changes A rather than alpha. "
        "The response is a cross-entropy or an error: say which by `response`.",
        published={"Hestness et al. 2017, word language model, no floor": {"E": 0.0, "A": 11.9, "alpha": 0.066}},
        priors={"alpha": lognormal(0.15, 0.7)},
        counts={"examples": DATASET_SIZE + ": samples, or tokens of text"},
        ranges={"examples": (1e4, 1e11)},
    ),
    Law(
        "hitchhiker",
        floor("E") + power("A", "alpha", "n_params") + power("B", "beta", "n_tokens"),
        source="Choshen, Zhang, Andreas 2024, arXiv 2410.11840: exp(E') + exp(A')/N^alpha + exp(B')/D^beta",
        id="L6",
        regime="Many families of models with their checkpoints, except those of the first 10 billion tokens; about "
        "five sizes per family.",
        pitfalls="Checkpoints before the learning rate has decayed have too high a loss. Do not mix nats and "
        "perplexities of base 2. The loss differs by up to 4 % between seeds.",
        published={
            "Muennighoff et al. 2023, from which the authors start": {
                "E": exp(0.6254804),
                "A": exp(6.255414),
                "alpha": 0.3526596,
                "B": exp(7.3049974),
                "beta": 0.3526596,
            }
        },
        # in the source, exponents are almost the same in all families (they vary by about 10 %), and levels differ
        pooling={"E": "partial", "A": "partial", "B": "partial", "alpha": "partial", "beta": "partial"},
        counts={"n_params": "parameters as each family reports them, usually with embeddings", "n_tokens": TOKENS_SEEN},
        ranges=PAIR,
    ),
    Law(
        "farseer",
        term(
            "E_0 * exp(-s_E * ((n_params / 1e9)**gamma - 1) / gamma) + H_0 * exp("
            "(w - k * v * log(1e11)) * (1 - (n_params / 1e9)**-beta) / beta"
            " - k * (exp(-v * ((n_params / 1e9)**alpha - 1) / alpha) * log(n_tokens) - log(1e11)))"
        ),
        source="Li et al. 2025 (Farseer), arXiv 2506.10972, equations 3 and 15: "
        "exp(a3 N^gamma + b3) + exp(a2 N^beta + b2) D^-exp(a1 N^alpha + b1)",
        id="L7",
        regime="Loss in bits per character, not in nats per token; 2e8 to 2.5e10 parameters without embeddings.",
        pitfalls="Bits per character cannot be compared with nats per token. The exponent of data falls with size "
        "(0.31 at 1e9 parameters, 0.15 at 2.5e10), so that the range of data at small sizes decides forecasts at "
        "large ones. The law has no constant floor and nine parameters.",
        published={
            "Li et al. 2025 (Farseer), converted to 1e9 parameters and 1e11 tokens": _farseer(
                -0.021, 0.169, -0.091, 88.01, -0.1, -6.287, -0.124, 0.123, 0.424
            )
        },
        priors={
            "E_0": lognormal(0.45, 0.4),
            "s_E": lognormal(0.1, 0.6),
            "gamma": lognormal(0.13, 0.3),
            "H_0": lognormal(0.05, 0.7),
            "w": normal(0.3, 0.4),
            "beta": lognormal(0.13, 0.3),
            "k": lognormal(0.31, 0.3),
            "v": lognormal(0.15, 0.5),
            "alpha": lognormal(0.13, 0.3),
        },
        meanings={
            "E_0": "loss at infinite data for 1e9 parameters",
            "s_E": "how fast that loss falls with size there: -d log / d log N",
            "gamma": "curvature of that loss in size; 0 is a power law",
            "H_0": "data term at 1e9 parameters and 1e11 tokens",
            "w": "slope of the data term in size there: d log / d log N",
            "beta": "curvature in size of the amplitude of the data term",
            "k": "exponent of data at 1e9 parameters",
            "v": "how fast the exponent of data falls with size there: -d log k / d log N",
            "alpha": "curvature in size of the exponent of data",
        },
        counts={"n_params": NON_EMBEDDING_PARAMETERS, "n_tokens": TOKENS_SEEN_ONCE},
        notation=r"L = e^{a_3 N^\gamma + b_3} + e^{a_2 N^\beta + b_2} D^{-\exp(a_1 N^\alpha + b_1)}",
        ranges={"n_params": (1e8, 1e11), "n_tokens": (1e9, 1e13)},
    ),
)
