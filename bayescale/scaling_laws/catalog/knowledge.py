"""Laws of stored knowledge and of capability density."""

from bayescale.scaling_laws.input_definitions import EMBEDDINGS_UNSTATED, PARAMETERS
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.link import Scale
from bayescale.scaling_laws.prior import logitnormal, lognormal, normal
from bayescale.scaling_laws.terms import term

XIAO = "Xiao et al. 2024, arXiv 2412.04315"

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
)
