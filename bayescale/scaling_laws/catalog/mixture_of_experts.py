"""Laws of sparse models: mixtures of experts."""

import math

from bayescale.scaling_laws.input_definitions import TOKENS_SEEN_ONCE
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import lognormal, normal
from bayescale.scaling_laws.terms import floor, power, term


def _leverage(a: float, d: float, gamma: float, beta: float, a_start: float) -> dict[str, float]:
    """The printed exponent a + d·log10 C + γ·(log2 G)² + β·log2 G, written around G = 8 and C = 1e20."""
    return {
        "a_0": a + 20 * d + gamma * 3**2 + beta * 3,
        "d": d,
        "b": beta + 2 * gamma * 3,
        "c": gamma,
        "A_start": a_start,
    }


def _clark(a: float, b: float, c: float, d: float, e_start: float, e_max: float) -> dict[str, float]:
    """The printed log10 L = a·log10 N + b·log10 E + c·log10 N·log10 E + d, written around N = 1e8."""
    return {"L_0": 10 ** (d + 8 * a), "a": -a, "b": -(b + 8 * c), "c": c, "E_start": e_start, "E_max": e_max}


def _joint(
    a: float,
    alpha: float,
    delta: float,
    gamma: float,
    b: float,
    beta: float,
    omega: float,
    zeta: float,
    e_start: float,
    e_max: float,
    c: float,
) -> dict[str, float]:
    """The printed a E^delta N^(alpha + gamma ln E) + b E^omega D^(beta + zeta ln E) + c, around a dense model."""
    dense = math.log(e_start)
    return {
        "c": c,
        "A": a * e_start**delta,
        "alpha": -(alpha + gamma * dense),
        "B": b * e_start**omega,
        "beta": -(beta + zeta * dense),
        "delta": delta + gamma * math.log(1e9),
        "gamma": gamma,
        "omega": omega + zeta * math.log(1e10),
        "zeta": zeta,
        "E_start": e_start,
        "E_max": e_max,
    }


EXPERTS = "(1 / (1 / (n_experts - 1 + 1 / (1 / E_start - 1 / E_max)) + 1 / E_max))"

#: Logarithm of effective experts over those of a dense model.
MORE = f"log({EXPERTS} / E_start)"

LAWS: tuple[Law, ...] = (
    Law(
        "moe_leverage",
        term(
            "(active_ratio + A_start)**(a_0 + d * (log10(flops) - 20)"
            " + b * log2(granularity / 8) + c * log2(granularity / 8)**2)"
        ),
        source="Tian et al. 2025 (Ling team), arXiv 2507.17702, equations 10 to 13: compute of a dense model over that "
        "of the sparse one, at equal loss",
        response="leverage",
        id="L10",
        regime="Active ratios of 1 % to 100 %, granularity of 2 to 16, and up to 3e20 FLOP. The printed leverage at "
        "1e22 FLOP is an extrapolation.",
        pitfalls="The response is a ratio of two fitted curves, so that errors are not independent. The source does "
        "not print the base of its logarithms: log10 of compute and log2 of granularity reproduce the printed "
        "leverage above 7 (7.24 at 3.1 %, 12 and 1e22 FLOP) and an optimum of granularity within the printed 8 to 12 "
        "(11). The authors' saturation at a large ratio (5.28e16) has no effect at ratios up to 1 and is left out.",
        published={
            "Tian et al. 2025, table 2, around granularity 8 and 1e20 FLOP": _leverage(
                1.23, -7.61e-2, 1.67e-2, -1.17e-1, 1.63e-2
            )
        },
        priors={
            "a_0": normal(-0.4, 0.12),
            "d": normal(-0.07, 0.04),
            "b": normal(-0.05, 0.06),
            "c": lognormal(0.017, 0.6),
            "A_start": lognormal(0.016, 0.7),
        },
        meanings={
            "a_0": "exponent of the active ratio at granularity 8 and 1e20 FLOP",
            "d": "change of that exponent per decade of compute",
            "b": "slope of that exponent in log2 granularity, at 8",
            "c": "curvature of that exponent in log2 granularity",
            "A_start": "active ratio below which sparser models gain no more",
        },
        counts={
            "active_ratio": "share of the experts, shared ones included, that a token uses",
            "granularity": "2 times model width over expert width",
            "flops": "compute of the sparse model, without embeddings",
        },
        notation=r"EL = \hat A^{\,\alpha + \gamma (\log_2 G)^2 + \beta \log_2 G},\quad \alpha = a + d \log_{10} "
        r"C,\quad \frac{1}{\hat A} = \frac{1}{A + (1/A_\mathrm{start} - 1/A_\mathrm{max})^{-1}} + "
        r"\frac{1}{A_\mathrm{max}}",
        ranges={"active_ratio": (0.005, 1), "granularity": (1, 32), "flops": (1e17, 1e24)},
    ),
    Law(
        "moe_clark",
        term(f"L_0 * (n_params / 1e8)**(c * log10({EXPERTS}) - a) * {EXPERTS}**-b"),
        source="Clark et al. 2022, arXiv 2202.01169: log L = a log N + b log E' + c log N log E' + d, with E' the "
        "saturating number of experts",
        id="L10",
        regime="n_params is the size of the dense model that is routed, which is what a token uses. The number of "
        "tokens is fixed.",
        pitfalls="The law has no floor and no data. Beyond 1e10 to 1e12 parameters it predicts that experts do harm.",
        published={
            "S-BASE, around 1e8 parameters": _clark(-0.082, -0.108, 0.009, 1.104, 1.847, 314.5),
            "RL-R, around 1e8 parameters": _clark(-0.083, -0.126, 0.012, 1.111, 1.880, 470.0),
            "HASH, around 1e8 parameters": _clark(-0.087, -0.136, 0.012, 1.157, 4.175, 478.0),
        },
        priors={
            "L_0": lognormal(2.8, 0.3),
            "a": lognormal(0.08, 0.4),
            "b": normal(0.04, 0.04),
            "c": lognormal(0.01, 0.5),
            "E_start": lognormal(2.0, 0.4),
            "E_max": lognormal(400.0, 0.5),
        },
        meanings={
            "L_0": "loss at 1e8 parameters, extrapolated to one effective expert",
            "a": "exponent of size",
            "b": "exponent of effective experts at 1e8 parameters",
            "c": "how much size reduces the exponent of effective experts, per decade",
            "E_start": "effective experts of a dense model",
            "E_max": "effective experts at an infinite number of experts",
        },
        counts={
            "n_params": "parameters that a token uses: those of the dense model that is routed",
            "n_experts": "experts per routed layer",
        },
        notation=r"\log_{10} L = a \log_{10} N + b \log_{10} \hat E + c \log_{10} N \log_{10} \hat E + d,\quad "
        r"\frac{1}{\hat E} = \frac{1}{E - 1 + (1/E_\mathrm{start} - 1/E_\mathrm{max})^{-1}} + "
        r"\frac{1}{E_\mathrm{max}}",
        ranges={"n_params": (1e7, 1e10), "n_experts": (1, 1024)},
    ),
    Law(
        "moe_granularity",
        # A * (1 + g * G**-gamma) * N**-alpha, with the bracket inside the power so that the term keeps its coordinates
        floor("E")
        + power("A", "alpha", "n_params * (1 + g * granularity**-gamma)**(-1 / alpha)")
        + power("B", "beta", "n_tokens"),
        source="Krajewski et al. 2024, arXiv 2402.07871: c + (g/G^gamma + a)/N^alpha + b/D^beta",
        id="L10",
        regime="Mixtures of experts of one expansion rate whose experts become smaller as the granularity grows.",
        pitfalls="Count parameters as the authors do, in the same way in every row. The law leaves out the cost of "
        "routing to many small experts.",
        published={
            "Krajewski et al. 2024, g over a": {
                "E": 0.47,
                "A": 18.1,
                "alpha": 0.115,
                "B": 30.8,
                "beta": 0.147,
                "g": 2.1 / 18.1,
                "gamma": 0.58,
            }
        },
        priors={
            "g": lognormal(0.12, 0.8),
            "gamma": lognormal(0.58, 0.4),
            "alpha": lognormal(0.2, 0.5),
            "beta": lognormal(0.2, 0.5),
        },
        meanings={
            "g": "relative increase of the size term with experts of full width, compared with infinitely fine ones",
            "gamma": "exponent with which that increase falls with granularity",
        },
        counts={
            "n_params": "all parameters, those of all experts, without embeddings; published for 64 experts",
            "n_tokens": TOKENS_SEEN_ONCE,
            "granularity": "width of a dense feed-forward layer over expert width",
        },
        notation=r"L = c + \left(\frac{g}{G^\gamma} + a\right) \frac{1}{N^\alpha} + \frac{b}{D^\beta}",
        ranges={"n_params": (1e7, 1e12), "n_tokens": (1e8, 1e14), "granularity": (1, 64)},
    ),
    Law(
        "moe_sparsity",
        floor("E")
        + power("A", "alpha", "n_params")
        + power("B", "beta", "n_tokens")
        + term("c * (1 - sparsity)**-lam + d_0 * (1 - sparsity)**-delta * (n_params / 1e9)**-gamma"),
        source="Abnar et al. 2025, arXiv 2501.12370: a/N^alpha + b/D^beta + c/(1-S)^lam + d/((1-S)^delta N^gamma) + e",
        id="L10",
        regime="n_params counts all parameters; sparsity is the share of experts that a token does not use, below 1.",
        pitfalls="The published fit explains 99 % of the variance of its own data and 68 % of held-out data: it has "
        "two more parameters than the data determine. Of these, lam rests on a prior near the published value. The "
        "loss is infinite at a sparsity of 1.",
        published={
            "Abnar et al. 2025, d_0 from the printed d = 17.26": {
                "E": 0.94,
                "A": 16612.5,
                "alpha": 0.5962,
                "B": 5455.67,
                "beta": 0.3954,
                "c": 0.4598,
                "lam": -0.1666,
                "d_0": 17.26 / 1e9**0.1595,
                "delta": 0.1603,
                "gamma": 0.1595,
            }
        },
        priors={
            "c": lognormal(0.5, 0.7),
            # over sparsities of 0 to 0.98, c * (1 - S)**-lam is nearly c - c * lam * log(1 - S): data determine the
            # product c * lam and hardly lam, so that the prior keeps lam near the published value
            "lam": normal(-0.16, 0.04),
            "d_0": lognormal(0.6, 0.6),
            "delta": lognormal(0.16, 0.35),
            "gamma": lognormal(0.16, 0.4),
        },
        meanings={
            "c": "largest loss that sparsity removes at fixed total size",
            "lam": "exponent of the dense share in that term; negative values mean that sparser is better",
            "d_0": "size term that grows with sparsity, at 1e9 parameters",
            "delta": "exponent with which it grows as the dense share falls",
            "gamma": "exponent with which it falls with size",
        },
        counts={
            "n_params": "all parameters, including those of unused experts",
            "n_tokens": TOKENS_SEEN_ONCE,
            "sparsity": "share of the experts that a token does not use",
        },
        notation=r"L = \frac{a}{N^\alpha} + \frac{b}{D^\beta} + \frac{c}{(1 - S)^\lambda} + \frac{d}{(1 - "
        r"S)^\delta N^\gamma} + e",
        ranges={"n_params": (1e8, 1e12), "n_tokens": (1e9, 1e14), "sparsity": (0, 0.99)},
    ),
    Law(
        "moe_joint",
        # a factor f of a power term is f**(-1 / exponent) inside its quantity, so that the term keeps its coordinates
        floor("c")
        + power(
            "A",
            "alpha",
            f"n_params_active * exp(-(delta + gamma * log(n_params_active / 1e9)) / alpha * {MORE})",
        )
        + power("B", "beta", f"n_tokens * exp(-(omega + zeta * log(n_tokens / 1e10)) / beta * {MORE})"),
        source="Ludziejewski et al. 2025, arXiv 2502.05172, equations 4 and 6: a E'^delta N^(alpha + gamma ln E') + "
        "b E'^omega D^(beta + zeta ln E') + c, with E' the saturating number of experts of Clark et al. 2022",
        id="L10",
        regime="Dense models and mixtures of 2 to 32 experts of full width, of which a token uses one; 8e7 to 3e9 "
        "active parameters and 5e8 to 8e10 tokens. A dense model has 1 expert.",
        pitfalls="E_start and E_max are hardly determined unless some tables have one expert and others very many: "
        "their posteriors stay near their priors. Experts of a part of the width need moe_granularity. Tokens must "
        "vary at fixed sizes, or the terms of experts and data cannot be separated. The loss is that of the source's "
        "tokenizer and corpus.",
        published={
            "Ludziejewski et al. 2025, around a dense model of 1e9 parameters and 1e10 tokens": _joint(
                *(35.91, -0.1889, -0.2285, 0.0098), *(35.98, -0.1775, 0.5529, -0.0259), 2.0732, 290.4521, 1.3637
            )
        },
        priors={
            "alpha": lognormal(0.25, 0.5),
            "beta": lognormal(0.25, 0.5),
            "delta": normal(-0.03, 0.05),
            "gamma": normal(0.01, 0.015),
            "omega": normal(-0.05, 0.06),
            "zeta": normal(-0.02, 0.02),
            "E_start": lognormal(2.0, 0.4),
            "E_max": lognormal(300.0, 0.5),
        },
        meanings={
            "c": "loss at infinite size and data, the same for any number of experts",
            "alpha": "exponent of active parameters of a dense model",
            "beta": "exponent of tokens of a dense model",
            "delta": "exponent of effective experts in the term of size, at 1e9 active parameters; negative values "
            "mean that experts help",
            "gamma": "change of that exponent per e-fold of active parameters",
            "omega": "exponent of effective experts in the term of data, at 1e10 tokens",
            "zeta": "change of that exponent per e-fold of tokens; negative values mean that experts help more with "
            "more data",
            "E_start": "effective experts of a dense model",
            "E_max": "effective experts at an infinite number of experts",
        },
        counts={
            "n_params_active": "parameters that a token uses, with embedding and unembedding",
            "n_tokens": TOKENS_SEEN_ONCE,
            "n_experts": "experts per layer, of which a token uses one; 1 for a dense model",
        },
        notation=r"L = a \hat E^{\delta} N_\mathrm{act}^{\alpha + \gamma \ln \hat E} + b \hat E^{\omega} D^{\beta + "
        r"\zeta \ln \hat E} + c,\quad \frac{1}{\hat E} = \frac{1}{E - 1 + (1/E_\mathrm{start} - "
        r"1/E_\mathrm{max})^{-1}} + \frac{1}{E_\mathrm{max}}",
        ranges={"n_params_active": (5e7, 1e10), "n_tokens": (5e8, 1e12), "n_experts": (1, 64)},
    ),
)
