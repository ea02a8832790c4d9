"""Laws of stored knowledge, of capability density and of knowledge distillation."""

from bayescale.scaling_laws.input_definitions import EMBEDDINGS_UNSTATED, NON_EMBEDDING_PARAMETERS, PARAMETERS
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.link import Scale
from bayescale.scaling_laws.prior import logitnormal, lognormal, normal
from bayescale.scaling_laws.terms import term

XIAO = "Xiao et al. 2024, arXiv 2412.04315"

#: Loss of the student trained without a teacher, and what a student adds to the loss of a teacher that it can follow.
SUPERVISED = "(E + R * (w * (n_params / 1e9)**(-alpha / q) + (1 - w) * (n_tokens / 2e10)**(-beta / q))**q)"
GAP = (
    "d_0 * ((1 - s) * (n_params / 1e9)**(-mu / gamma) + s * (n_tokens / 1e10)**(-nu / gamma))**gamma"
    " * (teacher_loss / 2)**-c_0"
)
#: Share of it that is left: one half at a ratio h of the losses, and none where the teacher is no better than h.
FOLLOWED = f"exp(-m * log1p((2**(1 / m) - 1) * (teacher_loss / (h * {SUPERVISED}))**(1 / f)))"


def _busbridge() -> dict[str, float]:
    """Parameters of the distillation law from the printed coefficients (table 6)."""
    supervised, student = (3355 / 1e9**0.408, 18186 / 2e10**0.431), (2243 / 1e9**0.321, 24181 / 1e10**0.637)
    gamma, m = 0.764, 522.6 * 0.090
    return {
        **{"E": 1.220, "R": sum(supervised) ** 0.452, "w": supervised[0] / sum(supervised), "q": 0.452},
        **{"alpha": 0.408 * 0.452, "beta": 0.431 * 0.452, "mu": 0.321 * gamma, "nu": 0.637 * gamma, "gamma": gamma},
        **{"d_0": sum(student) ** gamma / 2**2.549, "s": student[1] / sum(student), "c_0": 2.549},
        **{"h": 1.315 * (2 ** (1 / m) - 1) ** 0.090, "f": 0.090, "m": m},
    }


LAWS: tuple[Law, ...] = (
    Law(
        "densing",
        term("exp(A * (days - 300) + B)"),
        source=f"{XIAO} v2, equation 5: the log of the largest capability density is linear in time",
        response="density",
        id="L26",
        regime="The best open base models of their time. The density is effective_size over the actual number of "
        "parameters.",
        pitfalls="A regression on running maxima selects upward noise. Contaminated benchmarks raise the density. "
        "Near the plateau of a score, the inverted density is unbounded. Another version of the paper has A near "
        "0.007 (doubling in 99 days), and A was 0.0048 before ChatGPT. No published value of B was found.",
        published={f"{XIAO} v2, slope alone (doubling in 95 days)": {"A": 0.0073}},
        priors={"A": normal(0.006, 0.003), "B": normal(0.0, 1.0)},
        pooling={"B": "partial"},
        meanings={
            "A": "growth of log density per day",
            "B": "log density 300 days after the release of Llama-1 (February 2023)",
        },
        counts={"days": "days from the release of Llama-1 (February 2023) to the release of the model"},
        notation=r"\ln \rho_\mathrm{max} = A t + B",
        ranges={"days": (0.0, 1500.0)},
    ),
    Law(
        "effective_size",
        # data determine only the products u = slope * (midpoint - E) and v = slope * a of the logistic in loss
        term("d + (1 - d) * sigmoid(u - v * (n_params / 1e8)**-alpha)"),
        source=f"{XIAO}: S = c/(1 + exp(−γ(L − l))) + d of the loss L of reference models, which falls as a power of N",
        response="score",
        scale=Scale("logit"),
        id="L26",
        regime="Reference models of one recipe and a fixed amount of data. The size at which they reach the score of "
        "another model is its effective size.",
        pitfalls="The coefficient c is set to 1 - d, as it cannot be separated from u. Near the plateau, the inverted "
        "size is unbounded.",
        priors={
            "d": logitnormal(-1.4, 0.8),
            "u": normal(1.5, 1.0),
            "v": lognormal(2.0, 0.6),
            "alpha": lognormal(0.3, 0.4),
        },
        pooling={"d": "partial", "u": "partial"},
        meanings={
            "d": "score of guessing",
            "u": "log-odds, above d, at infinite size",
            "v": "reduction of these log-odds at 1e8 parameters",
            "alpha": "exponent with which the loss of the reference models falls with size",
        },
        counts={"n_params": f"parameters of the reference models; {EMBEDDINGS_UNSTATED}"},
        notation=r"S = \frac{c}{1 + e^{-\gamma (L - l)}} + d,\quad L = a N^{-\alpha} + E",
        ranges={"n_params": (5e6, 1e11)},
    ),
    Law(
        "knowledge_capacity",
        # soft minimum ((c * N)**-k + B**-k)**(-1 / k), by logarithms so that it does not underflow for large k
        term("exp(-logaddexp(-k * log(c * n_params), -k * log(data_bits)) / k)"),
        source="Allen-Zhu and Li 2024, arXiv 2404.05405: bits learned = min(B_total, c·N); soft minimum chosen here",
        response="knowledge_bits",
        id="L28",
        regime="Synthetic biographies in which every fact is seen about 1000 times. data_bits is the knowledge in the "
        "data.",
        pitfalls="c is for about 1000 exposures and at least 8 bits per weight. Facts in natural text may count "
        "differently. k has no published value.",
        published={"Allen-Zhu and Li 2024, capacity alone, 1000 exposures": {"c": 2.0}},
        priors={"c": lognormal(1.7, 0.4), "k": lognormal(4.0, 0.6)},
        pooling={"c": "partial"},
        meanings={
            "c": "bits of knowledge per parameter",
            "k": "sharpness of the transition between the limits; at infinity the law is the plain minimum",
        },
        counts={"n_params": PARAMETERS, "data_bits": "information in all facts of the data, each fact once"},
        notation=r"\min(B_\mathrm{total}, c N)",
        ranges={"n_params": (1e6, 1e11), "data_bits": (1e6, 1e12)},
    ),
    Law(
        "distillation",
        term(f"teacher_loss + {GAP} * {FOLLOWED}"),
        source="Busbridge et al. 2025, arXiv 2502.08606, equation 8, with the law of equation 1 for the loss of a "
        "student without a teacher",
        id="L46",
        regime="Students trained on the whole distribution of a teacher (forward KL, temperature 1) with the same "
        "pre-training data: 1.4e8 to 1.3e10 parameters, up to 5.1e11 tokens. Of the teacher, only its loss matters.",
        pitfalls="The loss is that on data, not to the teacher. E, R, w, q, alpha and beta describe students without a "
        "teacher; their priors are narrow around the published fit: give those of a fit to your runs without a "
        "teacher. Students of one teacher determine little. A teacher far better than its student does harm.",
        published={"Busbridge et al. 2025, from the printed A', B', c_0, c_1, d_1, f_1": _busbridge()},
        priors={
            **{"E": lognormal(1.22, 0.1), "R": lognormal(1.15, 0.1), "w": logitnormal(0.1, 0.3)},
            **{"q": lognormal(0.45, 0.15), "alpha": lognormal(0.185, 0.1), "beta": lognormal(0.195, 0.1)},
            **{"d_0": lognormal(0.4, 0.5), "s": logitnormal(-4.0, 1.2), "gamma": lognormal(0.75, 0.25)},
            **{"mu": lognormal(0.25, 0.4), "nu": lognormal(0.45, 0.4), "c_0": normal(2.5, 1.0)},
            **{"h": lognormal(0.9, 0.1), "f": lognormal(0.1, 0.4), "m": lognormal(20.0, 1.0)},
        },
        meanings={
            "E": "irreducible loss of students without a teacher",
            "R": "reducible loss of such a student at 1e9 parameters and 2e10 tokens",
            "w": "share of the size in it",
            "q": "how size and data join in it",
            "alpha": "exponent with which it falls with size alone",
            "beta": "exponent with which it falls with data alone",
            "d_0": "loss a student at 1e9 parameters and 1e10 tokens adds to a teacher of loss 2 that it can follow",
            "s": "share of the data in it",
            "gamma": "how size and data join in it",
            "mu": "exponent with which it falls with size alone",
            "nu": "exponent with which it falls with data alone",
            "c_0": "exponent with which it falls with the teacher's loss",
            "h": "loss of the teacher over that of the student without one, at which half of it is left",
            "f": "width of that transition in the logarithm of the ratio",
            "m": "sharpness of the end of the transition; large values hardly differ",
        },
        counts={
            "teacher_loss": "loss of the teacher on the same held-out data",
            "n_params": f"of the student: {NON_EMBEDDING_PARAMETERS}",
            "n_tokens": "tokens of distillation, without repetition",
        },
        notation=r"L_S = L_T + \frac{1}{L_T^{c_0}} \left(1 + \left(\frac{L_T}{\tilde L_S d_1}\right)^{1/f_1}"
        r"\right)^{-c_1 f_1} \left(\frac{A'}{N_S^{\alpha'}} + \frac{B'}{D_S^{\beta'}}\right)^{\gamma'},\quad "
        r"\tilde L_S = E + \left(\frac{A}{N_S^\alpha} + \frac{B}{D_S^\beta}\right)^\gamma",
        ranges={"teacher_loss": (1.7, 3.0), "n_params": (1e8, 2e10), "n_tokens": (1e9, 1e12)},
    ),
)
