"""Laws of loss or error when data are repeated or filtered."""

import math

from bayescale.scaling_laws.input_definitions import ALL_PARAMETERS, TOKENS_SEEN
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.link import Scale
from bayescale.scaling_laws.prior import lognormal
from bayescale.scaling_laws.terms import floor, power, term

PASSES = 12  # passes over the data whose decay is explicit in the formula


def _worth() -> str:
    """Formula of the number of fresh examples that is equivalent to all passes.

    Within pass j the error above the floor falls as d log y = -beta · 2^(-(j - 1)/(p·tau)) d log n: passes add up to
    log n_1 + Σ_j 2^(-(j - 1)/(p·tau)) · log(n_j / n_(j-1)), exactly, also within the last pass.
    """
    passes = []
    for j in range(2, PASSES + 1):
        reached = f"min(max(repetitions, {j - 1}), {j})" if j < PASSES else f"max(repetitions, {j - 1})"
        passes.append(f"0.5**({j - 1} / (n_pools * tau)) * log({reached} / {j - 1})")
    return f"examples / repetitions * exp({' + '.join(passes)})"


def _data_constrained() -> tuple[str, str]:
    """Formulas of the effective parameters and tokens of a run with repeated data."""
    unique = "min(n_unique_tokens, n_tokens)"
    usable = f"min(n_params, N_0 * ({unique} / 1e10)**(beta / alpha))"
    size = f"{usable} * (1 + R_N * (1 - exp(-(n_params / {usable} - 1) / R_N)))"
    data = f"{unique} * (1 + R_D * (1 - exp(-(n_tokens / {unique} - 1) / R_D)))"
    return size, data


def _muennighoff(e: float, a: float, alpha: float, b: float, beta: float) -> dict[str, float]:
    """Parameters from the printed logarithms of E, A, B: N_0 = N_opt(1e10) = (1e10·G)^(beta/alpha)·G."""
    g = (alpha * math.exp(a) / (beta * math.exp(b))) ** (1 / (alpha + beta))
    return {
        "E": math.exp(e),
        "A": math.exp(a),
        "alpha": alpha,
        "beta": beta,
        "N_0": (1e10 * g) ** (beta / alpha) * g,
        "R_N": 5.309743,
        "R_D": 15.387756,
    }


SIZE, DATA = _data_constrained()

LAWS: tuple[Law, ...] = (
    Law(
        "data_filtering",
        floor("E") + power("A", "beta", _worth()),
        source="Goyal et al. 2024, arXiv 2404.07177: y = a n_1^b_1 prod_j (n_j/n_(j-1))^b_j + d, where the utility b "
        "halves every tau repetitions, or p * tau for p equal pools",
        response="error",
        scale=Scale("logit"),
        id="L12",
        regime="`examples` are all samples seen, each `repetitions` times, from `n_pools` equal pools of one "
        f"quality. Parts of a pass are exact. Beyond {PASSES} passes, the utility of pass {PASSES} persists.",
        pitfalls="Pools of different quality need the mean of their utilities. The authors fix the floor at 0.1 and "
        "choose a on a grid, so that their uncertainty is too small. Prior draws often give errors above 1: give "
        "priors for your data.",
        priors={"beta": lognormal(0.2, 0.5), "tau": lognormal(5.0, 0.8)},
        meanings={
            "beta": "utility of fresh data: exponent of the first pass",
            "tau": "repetitions after which the utility of one pool has halved",
        },
        counts={
            "examples": "samples seen; a repeated sample counts each time",
            "repetitions": "times each sample is seen",
            "n_pools": "pools of equal size and quality",
        },
        notation=r"y_K = a\, n_1^{b_1} \prod_{j=2}^{K} (n_j / n_{j-1})^{b_j} + d,\quad b_k = b\, 2^{-(k-1)/\tau}",
        ranges={"examples": (1e7, 1e11), "repetitions": (1, PASSES), "n_pools": (1, 10)},
    ),
    Law(
        "data_constrained",
        floor("E") + power("A", "alpha", SIZE) + term(f"alpha / beta * A * N_0**-alpha * ({DATA} / 1e10)**-beta"),
        source="Muennighoff et al. 2023, arXiv 2305.16264: E + A/N'^alpha + B/D'^beta; the data term goes through "
        "the compute-optimal size N_0 at 1e10 tokens, B = (alpha/beta) A N_0^-alpha 1e10^beta",
        id="L13",
        regime="Training for several epochs over n_unique_tokens. Up to four epochs are nearly as good as fresh data.",
        pitfalls="The law saturates: it cannot say that too many epochs do harm, and its authors left out runs whose "
        "loss rose. Sizes above the optimum for the unique tokens count less even in the first epoch.",
        published={
            "Muennighoff et al. 2023, N_0 from the printed a, b, alpha, beta": _muennighoff(
                0.6254804, 6.255414, 0.3526596, 7.3049974, 0.3526596
            )
        },
        priors={
            "beta": lognormal(0.35, 0.35),
            "N_0": lognormal(5e8, 1.0),
            "R_N": lognormal(5.0, 0.6),
            "R_D": lognormal(15.0, 0.6),
        },
        meanings={
            "beta": "exponent of data",
            "N_0": "compute-optimal number of parameters for 1e10 unique tokens",
            "R_N": "largest worth of excess parameters, in multiples of the optimal size",
            "R_D": "largest worth of repeated tokens, in multiples of the unique tokens",
        },
        counts={
            "n_params": ALL_PARAMETERS,
            "n_tokens": TOKENS_SEEN,
            "n_unique_tokens": "different tokens among those seen",
        },
        notation=r"L = E + \frac{A}{N'^\alpha} + \frac{B}{D'^\beta},\quad D' = U_D + U_D R_D^* (1 - "
        r"e^{-R_D/R_D^*}),\quad N' = U_N + U_N R_N^* (1 - e^{-R_N/R_N^*})",
        ranges={"n_params": (1e7, 1e11), "n_tokens": (1e8, 1e13), "n_unique_tokens": (1e8, 1e13)},
    ),
)
