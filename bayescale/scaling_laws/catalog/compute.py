"""Laws of loss in size, data, steps, batch and parallel streams beyond the basic ones.

Formulas in which a constant and an exponent would trade off are written at a reference inside their regime, such as a
model of 1e9 parameters; coefficients printed in another form are converted here, so that the printed numbers stand.
"""

import math
from collections.abc import Mapping

from bayescale.scaling_laws.expression import floor, joined, power, scaled_power, term
from bayescale.scaling_laws.input_definitions import ALIKE, NATS, NON_EMBEDDING, SEEN, SEEN_ONCE, SET, TRAINING
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import logitnormal, lognormal, normal

PAIR = {"n_params": (1e7, 1e12), "n_tokens": (1e8, 1e14)}
KAPLAN = "Kaplan et al. 2020, arXiv 2001.08361"
HESTNESS = "Hestness et al. 2017, arXiv 1712.00409"
UNPUBLISHED = "We found no published coefficients: form and priors only."


def _optimal_size(a: float, alpha: float, b: float, beta: float) -> dict[str, float]:
    """The size that minimises A·N^-α + B·D^-β at 6·N·D = C: N = G (C/6)^(β/(α+β)), G = (αA/βB)^(1/(α+β))."""
    share = beta / (alpha + beta)
    return {"N_0": (alpha * a / (beta * b)) ** (1 / (alpha + beta)) * (1e20 / 6) ** share, "a": share}


def _farseer(
    a3: float, gamma: float, b3: float, a2: float, beta: float, b2: float, a1: float, alpha: float, b1: float
) -> Mapping[str, float]:
    """Parameters at 1e9 parameters and 1e11 tokens of exp(a3·N^γ + b3) + exp(a2·N^β + b2)·D^-exp(a1·N^α + b1)."""
    n, log_d = 1e9, math.log(1e11)
    k, v = math.exp(a1 * n**alpha + b1), -a1 * alpha * n**alpha
    return {
        "E_0": math.exp(a3 * n**gamma + b3),
        "s_E": -a3 * gamma * n**gamma,
        "gamma": gamma,
        "H_0": math.exp(a2 * n**beta + b2 - k * log_d),
        "w": a2 * beta * n**beta + k * v * log_d,
        "beta": -beta,
        "k": k,
        "v": v,
        "alpha": alpha,
    }


LAWS: tuple[Law, ...] = (
    Law(
        "kaplan_steps",
        scaled_power("N_c", "alpha_N", "n_params") + scaled_power("S_c", "alpha_S", "steps"),
        source=f"{KAPLAN}, equation 1.6",
        id="L2",
        regime="non-embedding parameters; `steps` are S_min = S/(1 + B_crit/B), steps at an ample batch",
        pitfalls="raw step counts at a small batch are not S_min; no floor, so its exponents cannot be compared with "
        "those of laws that have one",
        published={"Kaplan et al. 2020": {"N_c": 6.5e13, "alpha_N": 0.077, "S_c": 2.1e3, "alpha_S": 0.76}},
        priors={"alpha_N": lognormal(0.08, 0.3), "alpha_S": lognormal(0.7, 0.15)},
        meanings={"N_c": "size at which the size term is 1", "S_c": "steps at which the steps term is 1"},
        counts={"n_params": NON_EMBEDDING, "steps": "S_min: steps that an ample batch would take to the same loss"},
        ranges={"n_params": (1e6, 1e11), "steps": (1e3, 1e6)},
    ),
    Law(
        "kaplan_params",
        scaled_power("N_c", "alpha_N", "n_params"),
        source=f"{KAPLAN}, equation 1.1",
        id="L2",
        regime="non-embedding parameters, trained to convergence on ample data",
        pitfalls="no floor: too optimistic far enough out; N_c depends on the tokenizer",
        published={"Kaplan et al. 2020": {"N_c": 8.8e13, "alpha_N": 0.076}},
        priors={"alpha_N": lognormal(0.08, 0.3)},
        counts={"n_params": NON_EMBEDDING},
        ranges={"n_params": (1e5, 1e12)},
    ),
    Law(
        "kaplan_tokens",
        scaled_power("D_c", "alpha_D", "n_tokens"),
        source=f"{KAPLAN}, equation 1.2",
        id="L2",
        regime="large models stopped early on limited data",
        pitfalls="D is data seen over several epochs until early stopping; no floor; D_c depends on the tokenizer",
        published={"Kaplan et al. 2020": {"D_c": 5.4e13, "alpha_D": 0.095}},
        priors={"alpha_D": lognormal(0.09, 0.3)},
        counts={"n_tokens": SET + "; training stops before the loss rises"},
        ranges={"n_tokens": (1e7, 1e12)},
    ),
    Law(
        "critical_batch",
        term("B_3 * (loss / 3)**(-1 / alpha_B)"),
        source=f"{KAPLAN}, equation 5.3: B_crit = B*/L^(1/alpha_B)",
        response="batch_size",
        id="L2",
        regime="the batch, in tokens, at which steps and tokens are each twice their minimum, for a given loss",
        pitfalls="steep in the loss: a tenth of the loss is a factor of 1.6 in the batch; the loss's tokenizer matters",
        published={
            "Kaplan et al. 2020, B_3 from the printed B* = 2.1e8": {"B_3": 2.1e8 / 3 ** (1 / 0.21), "alpha_B": 0.21}
        },
        priors={"B_3": lognormal(1e6, 0.8), "alpha_B": lognormal(0.21, 0.15)},
        meanings={
            "B_3": "critical batch size at a loss of 3 nats, in tokens; (alpha_B, B*) would be on a ridge",
            "alpha_B": "inverse of the exponent with which the critical batch size falls with the loss",
        },
        counts={"loss": NATS},
        notation=r"B_\mathrm{crit}(L) = B_* / L^{1/\alpha_B}",
        ranges={"loss": (1.5, 6)},
    ),
    Law(
        "batch_trajectory",
        term(
            "batch_loss(M_0 * (n_params / 1e9)**-alpha_N, T_0 * (steps / 1e4)**-alpha_S, "
            "B_3 * 3**(1 / alpha_B) / batch_size, alpha_S, alpha_B)"
        ),
        source=f"Su et al. 2024, arXiv 2403.06563, after {KAPLAN}: L(N, S_min) with S_min = S / (1 + B_crit(L)/B)",
        id="L2b",
        regime="training curves at a constant learning rate after warm-up; non-embedding parameters; batch in tokens",
        pitfalls="implicit in the loss, solved by Newton's method; blind to learning-rate decay (use lr_annealing); "
        f"points of one curve are not independent. {UNPUBLISHED}",
        priors={
            "M_0": lognormal(2.4, 0.25),
            "alpha_N": lognormal(0.08, 0.3),
            "T_0": lognormal(0.3, 0.6),
            "alpha_S": lognormal(0.7, 0.15),
            "B_3": lognormal(1e6, 0.8),
            "alpha_B": lognormal(0.21, 0.15),
        },
        meanings={
            "M_0": "size term of a model of 1e9 parameters: (N_c/1e9)^alpha_N",
            "alpha_N": "exponent of size",
            "T_0": "steps term at 1e4 steps and an ample batch: (S_c/1e4)^alpha_S",
            "alpha_S": "exponent of steps",
            "B_3": "critical batch size at a loss of 3 nats, in tokens",
            "alpha_B": "inverse of the exponent with which the critical batch size falls with the loss",
        },
        counts={
            "n_params": NON_EMBEDDING,
            "steps": "steps taken, at the batch of the row",
            "batch_size": "tokens a step",
        },
        notation=r"L = \left(\frac{N_c}{N}\right)^{\alpha_N} + "
        r"\left(\frac{S_c}{S_\mathrm{min}}\right)^{\alpha_S},\quad S_\mathrm{min} = \frac{S}{1 + "
        r"B_\mathrm{crit}(L)/B}",
        ranges={"n_params": (1e6, 1e11), "steps": (1e3, 1e6), "batch_size": (1e4, 1e7)},
    ),
    Law(
        "learning_curve",
        floor("E") + power("A", "alpha", "examples"),
        source=f"{HESTNESS}: error = A m^-alpha + E, the best model for each amount of data",
        id="L3",
        regime="between the plateau of small data and the irreducible error; the model grown with the data",
        pitfalls="rows on the small-data plateau bend the exponent; the architecture moves A rather than alpha; the "
        "response is cross-entropy or an error share (say which by `response`)",
        published={"Hestness et al. 2017, word language model, no floor": {"E": 0.0, "A": 11.9, "alpha": 0.066}},
        priors={"alpha": lognormal(0.15, 0.7)},
        counts={"examples": SET + ": samples, or tokens of text"},
        ranges={"examples": (1e4, 1e11)},
    ),
    Law(
        "model_size_growth",
        term("s_0 * (examples / 1e8)**b"),
        source=f"{HESTNESS}: s(m) = kappa m^b",
        response="n_params",
        id="L3",
        regime="the smallest model with the least error for each amount of data",
        pitfalls=f"the least error is flat in size, so that the best size of a coarse grid is noisy. {UNPUBLISHED}",
        priors={"s_0": lognormal(1e7, 1.5), "b": logitnormal(0.7, 0.6)},
        meanings={
            "s_0": "best number of parameters for 1e8 examples",
            "b": "exponent of data; .57 to .92 over the domains reported, without their constants",
        },
        counts={"examples": SET + ": samples, or tokens of text"},
        notation=r"s(m) = \kappa m^{\beta_p}",
        ranges={"examples": (1e4, 1e11)},
    ),
    Law(
        "optimal_size",
        term("N_0 * (flops / 1e20)**a"),
        source="Henighan et al. 2020, arXiv 2010.14701 (a near 0.7); Hoffmann et al. 2022, arXiv 2203.15556 (near 0.5)",
        response="n_params",
        id="L4",
        regime="the size of least loss for each compute budget, the schedule of each run matched to its length",
        pitfalls="exponents near 0.7 come from schedules not matched to a run's length; parabolas on coarse grids "
        "are biased; say which parameters are counted",
        published={
            "Hoffmann et al. 2022, derived from the printed law for 6ND = C": _optimal_size(406.4, 0.34, 410.7, 0.28),
            "Besiroglu et al. 2024, derived from the law for 6ND = C": _optimal_size(482.01, 0.3478, 2085.43, 0.3658),
        },
        # wide enough for both schools: two modes at .5 and .7 stand behind it
        priors={"N_0": lognormal(9e8, 1.0), "a": normal(0.57, 0.1)},
        meanings={"N_0": "optimal number of parameters at 1e20 FLOP", "a": "exponent of compute"},
        counts={"flops": TRAINING + "; the response counts parameters as the law it is derived from, all of them"},
        notation=r"N_\mathrm{opt} = G (C/6)^a",
        ranges={"flops": (1e17, 1e26)},
    ),
    Law(
        "four_regimes",
        floor("E") + joined("alpha", scaled_power("D_c", "alpha", "examples"), scaled_power("P_c", "alpha", "width")),
        source="after Bahri et al. 2021, arXiv 2102.06701 (the four regimes); E + [D_c/D + P_c/P]^alpha, in which all "
        "four hold, is not confirmed to be their form",
        id="L5",
        regime="data and width on a common footing. One scarce, the other ample: resolution-limited, exponent alpha. "
        "Approaching the limit of ample data at fixed width, or of ample width at fixed data: variance-limited, "
        "exponent exactly 1",
        pitfalls="one exponent for both (the duality of random-feature models); the exponent 1 is that of the distance "
        f"to the finite limit, not to E. {UNPUBLISHED}",
        priors={"alpha": lognormal(0.12, 0.9)},  # c/d with d of 5 to 100 dimensions and c of 1 to 4
        meanings={
            "alpha": "resolution-limited exponent: about c/d for data on a manifold of d dimensions",
            "D_c": "examples at which their part alone would be 1",
            "P_c": "width at which its part alone would be 1",
        },
        counts={"examples": SET, "width": "width of the hidden layers"},
        ranges={"examples": (1e3, 1e12), "width": (8, 1e5)},
    ),
    Law(
        "hitchhiker",
        floor("E") + power("A", "alpha", "n_params") + power("B", "beta", "n_tokens"),
        source="Choshen, Zhang, Andreas 2024, arXiv 2410.11840: exp(E') + exp(A')/N^alpha + exp(B')/D^beta",
        id="L6",
        regime="many families of models, their checkpoints but for the first 10 B tokens; about five sizes a family",
        pitfalls="checkpoints under a decaying learning rate lie high; nats and base-2 perplexities must not be mixed; "
        "seeds alone differ by up to 4 %",
        published={
            "Muennighoff et al. 2023, from which the authors start": {
                "E": math.exp(0.6254804),
                "A": math.exp(6.255414),
                "alpha": 0.3526596,
                "B": math.exp(7.3049974),
                "beta": 0.3526596,
            }
        },
        # what transfers between families: exponents almost alike (spread about a tenth), levels each family's own
        pooling={"E": "partial", "A": "partial", "B": "partial", "alpha": "partial", "beta": "partial"},
        counts={"n_params": "parameters as each family reports them, mostly all of them", "n_tokens": SEEN},
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
        regime="loss in BITS PER CHARACTER, not nats per token; non-embedding parameters, 2e8 to 2.5e10",
        pitfalls="bits per character: not comparable with nats per token; the exponent of data falls with size "
        "(0.31 at 1 B, 0.15 at 25 B), so that how well data vary at small sizes decides forecasts at large ones; no "
        "constant floor; nine parameters",
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
            "E_0": "loss left at infinite data, at 1e9 parameters",
            "s_E": "how fast it falls there: -d log / d log N",
            "gamma": "how it bends with size (0: a power law)",
            "H_0": "the data term at 1e9 parameters and 1e11 tokens",
            "w": "its slope there: d log / d log N",
            "beta": "how the data term's amplitude bends with size",
            "k": "exponent of data at 1e9 parameters",
            "v": "how fast that exponent falls there: -d log k / d log N",
            "alpha": "how the exponent's fall bends with size",
        },
        counts={"n_params": NON_EMBEDDING, "n_tokens": SEEN_ONCE},
        notation=r"L = e^{a_3 N^\gamma + b_3} + e^{a_2 N^\beta + b_2} D^{-\exp(a_1 N^\alpha + b_1)}",
        ranges={"n_params": (1e8, 1e11), "n_tokens": (1e9, 1e13)},
    ),
    Law(
        "parscale",
        floor("E") + scaled_power("N_c", "alpha", "n_params * (k * log(n_streams) + 1)"),
        source="Chen et al. 2025 (ParScale), arXiv 2505.10475: E + [A 1e9 / (N (k ln P + 1))]^alpha",
        id="L9",
        regime="non-embedding parameters 5e8 to 4.4e9, one to eight parallel streams, a fixed amount of data",
        pitfalls="k ln P stays below 1 in the data: only its first order is seen; streams against data is untested",
        published={
            "Stack-V2-Python, N_c from the printed A": {"E": 0.6912, "N_c": 0.01131e9, "alpha": 0.1894, "k": 0.3935},
            "Pile, N_c from the printed A": {"E": 1.2888, "N_c": 0.1974e9, "alpha": 0.1963, "k": 0.3345},
        },
        priors={"k": lognormal(0.3, 0.7)},
        meanings={"k": "parameters that one e-fold of streams is worth, relative to the model's own"},
        counts={"n_params": NON_EMBEDDING + ", of one stream", "n_streams": "streams that share the parameters"},
        notation=r"L = E + \left[\frac{A \cdot 10^9}{N (k \ln P + 1)}\right]^\alpha",
        ranges={"n_params": (1e8, 1e11), "n_streams": (1, 64)},
    ),
    Law(
        "average_params",
        floor("E") + power("A", "alpha", "n_params_average") + power("B", "beta", "n_tokens"),
        source="Jin et al. 2025, The Journey Matters, arXiv 2501.12486: Hoffmann's law in the average parameter count",
        id="L18",
        regime="models pruned while training; n_params_average is the mean over tokens of the active parameters",
        pitfalls="blind to when parameters were removed: wrong for late, abrupt pruning; without pruning the average "
        f"is the parameter count. {UNPUBLISHED}",
        counts={"n_params_average": "mean over training tokens of the parameters not yet pruned", "n_tokens": SEEN},
        ranges={"n_params_average": (1e7, 1e11), "n_tokens": (1e8, 1e13)},
    ),
    Law(
        "encoder_decoder",
        floor("E") + power("A", "p", "n_params_encoder**s * n_params_decoder**(1 - s)"),
        source="Ghorbani et al. 2021, arXiv 2109.07740: alpha (N_e'/N_e)^p_e (N_d'/N_d)^p_d + L_inf (form from "
        "memory, not confirmed in the paper), written with p = p_e + p_d and s = p_e / p",
        id="L19",
        regime="translation models, encoder and decoder scaled apart; the best split has N_e/N_d = s / (1 - s)",
        pitfalls="a product, not a sum: total size is not enough; BLEU need not follow loss on source-original test "
        f"sets. {UNPUBLISHED}",
        priors={"p": lognormal(0.5, 0.4), "s": logitnormal(-0.3, 0.7)},
        meanings={"p": "joint exponent p_e + p_d", "s": "the encoder's share p_e / (p_e + p_d) of it"},
        counts={
            "n_params_encoder": f"parameters of the encoder; {ALIKE}",
            "n_params_decoder": f"parameters of the decoder; {ALIKE}",
        },
        notation=r"L = \alpha (\bar N_e / N_e)^{p_e} (\bar N_d / N_d)^{p_d} + L_\infty",
        ranges={"n_params_encoder": (1e6, 1e10), "n_params_decoder": (1e6, 1e10)},
    ),
)
