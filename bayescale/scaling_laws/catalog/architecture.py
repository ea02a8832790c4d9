"""Laws of training loss in width, vocabulary, parallel streams, pruning and the sizes of encoder and decoder."""

from bayescale.scaling_laws.input_definitions import (
    DATASET_SIZE,
    EMBEDDINGS_UNSTATED,
    NON_EMBEDDING_PARAMETERS,
    TOKENS_SEEN,
)
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.link import SHIFT, Link, Scale
from bayescale.scaling_laws.prior import logitnormal, lognormal
from bayescale.scaling_laws.terms import floor, joined, power, scaled_power

#: Floors of four families on four texts, fitted by the authors with one exponent and one amplitude for all.
SUPERPOSITION_FLOORS = {
    "OPT": (2.2074, 2.2745, 1.7193, 2.1845),
    "Qwen2.5": (1.6079, 2.1009, 1.4890, 1.9348),
    "GPT-2": (2.3018, 2.3546, 1.9413, 2.2961),
    "Pythia": (2.1407, 2.2998, 1.5203, 2.2415),
}
TEXTS = ("WikiText", "C4", "Pile", "BookCorpus")

LAWS: tuple[Law, ...] = (
    Law(
        "four_regimes",
        floor("E") + joined("alpha", scaled_power("D_c", "alpha", "examples"), scaled_power("P_c", "alpha", "width")),
        source="after Bahri et al. 2021, arXiv 2102.06701 (the four regimes); E + [D_c/D + P_c/P]^alpha, in which all "
        "four hold, is not confirmed to be their form",
        id="L5",
        regime="Data and width with a common exponent. Where one is scarce and the other ample, the exponent is alpha "
        "(resolution-limited). Where data become ample at fixed width, or width at fixed data, the distance to the "
        "limit has an exponent of exactly 1 (variance-limited).",
        pitfalls="Both inputs have the same exponent, as in random-feature models. The exponent 1 is that of the "
        "distance to the finite limit, not to E.",
        priors={"alpha": lognormal(0.12, 0.9)},  # c/d with d of 5 to 100 dimensions and c of 1 to 4
        meanings={
            "alpha": "resolution-limited exponent: about c/d for data on a manifold of d dimensions",
            "D_c": "number of examples at which their term alone is 1",
            "P_c": "width at which its term alone is 1",
        },
        counts={"examples": DATASET_SIZE, "width": "width of the hidden layers"},
        ranges={"examples": (1e3, 1e12), "width": (8, 1e5)},
    ),
    Law(
        "parscale",
        floor("E") + scaled_power("N_c", "alpha", "n_params * (k * log(n_streams) + 1)"),
        source="Chen et al. 2025 (ParScale), arXiv 2505.10475: E + [A 1e9 / (N (k ln P + 1))]^alpha",
        id="L9",
        regime="Models of 5e8 to 4.4e9 parameters without embeddings, one to eight parallel streams, and a "
        "fixed amount of data.",
        pitfalls="In the data k ln P stays below 1, so that they determine its first order only. No data vary both "
        "streams and tokens.",
        published={
            "Stack-V2-Python, N_c from the printed A": {"E": 0.6912, "N_c": 0.01131e9, "alpha": 0.1894, "k": 0.3935},
            "Pile, N_c from the printed A": {"E": 1.2888, "N_c": 0.1974e9, "alpha": 0.1963, "k": 0.3345},
        },
        priors={"k": lognormal(0.3, 0.7)},
        meanings={"k": "relative increase of the effective parameters per e-fold of streams"},
        counts={
            "n_params": NON_EMBEDDING_PARAMETERS + ", of one stream",
            "n_streams": "parallel streams, which share the parameters",
        },
        notation=r"L = E + \left[\frac{A \cdot 10^9}{N (k \ln P + 1)}\right]^\alpha",
        ranges={"n_params": (1e8, 1e11), "n_streams": (1, 64)},
    ),
    Law(
        "average_params",
        floor("E") + power("A", "alpha", "n_params_average") + power("B", "beta", "n_tokens"),
        source="Jin et al. 2025, The Journey Matters, arXiv 2501.12486: Hoffmann's law in the average parameter count",
        id="L18",
        regime="Models that are pruned during training. n_params_average is the mean of the active parameters over "
        "training tokens.",
        pitfalls="The law does not know when parameters were removed, so that it is wrong for late, abrupt pruning. "
        "Without pruning, the average is the number of parameters.",
        counts={
            "n_params_average": "mean over training tokens of the parameters that are not yet pruned",
            "n_tokens": TOKENS_SEEN,
        },
        ranges={"n_params_average": (1e7, 1e11), "n_tokens": (1e8, 1e13)},
    ),
    Law(
        "encoder_decoder",
        floor("E") + power("A", "p", "n_params_encoder**s * n_params_decoder**(1 - s)"),
        source="Ghorbani et al. 2021, arXiv 2109.07740: alpha (N_e'/N_e)^p_e (N_d'/N_d)^p_d + L_inf (form from "
        "memory, not confirmed in the paper), written with p = p_e + p_d and s = p_e / p",
        id="L19",
        regime="Translation models whose encoder and decoder are scaled separately. The best split of parameters is "
        "N_e / N_d = s / (1 - s).",
        pitfalls="The term is a product, not a sum, so that the total size is not sufficient. BLEU need not follow "
        "the loss on test sets with original sources.",
        priors={"p": lognormal(0.5, 0.4), "s": logitnormal(-0.3, 0.7)},
        meanings={"p": "joint exponent p_e + p_d", "s": "share p_e / (p_e + p_d) of the encoder in it"},
        counts={
            "n_params_encoder": f"parameters of the encoder; {EMBEDDINGS_UNSTATED}",
            "n_params_decoder": f"parameters of the decoder; {EMBEDDINGS_UNSTATED}",
        },
        notation=r"L = \alpha (\bar N_e / N_e)^{p_e} (\bar N_d / N_d)^{p_d} + L_\infty",
        ranges={"n_params_encoder": (1e6, 1e10), "n_params_decoder": (1e6, 1e10)},
    ),
    Law(
        "superposition",
        floor("L_inf") + power("C_m", "alpha_m", "width"),
        source="Liu et al. 2025, arXiv 2505.10465: L = C_m/m^α_m + L_inf in model width m",
        id="L40",
        regime="Strong superposition, where theory predicts alpha_m near 1; depth and data are ample.",
        pitfalls="Under weak superposition, alpha_m = a - 1 for features of frequency i^-a: give alpha_m another "
        "prior there. The published fit shares alpha_m (0.91 ± 0.04) and C_m among families, with one floor per text "
        "and family. Width usually grows together with depth, which the law does not describe.",
        published={
            f"Liu et al. 2025, {family} on {text}": {"L_inf": least, "C_m": 476.0763, "alpha_m": 0.9098}
            for family, floors in SUPERPOSITION_FLOORS.items()
            for text, least in zip(TEXTS, floors, strict=True)
        },
        # with an exponent near 1 the floor is most of the smallest loss: 0.80 to 0.97 at the published coefficients
        priors={"alpha_m": lognormal(1.0, 0.1), "L_inf": logitnormal(2.0, 1.0)},
        counts={"width": "model width: dimension of the residual stream"},
        ranges={"width": (64.0, 65536.0)},
    ),
    Law(
        "vocabulary",
        floor("L_0")
        + power("A_1", "alpha_1", "n_params_nonvocab")
        + power("A_2", "alpha_2", "n_params_vocab")
        + power("B", "beta", "n_tokens"),
        source="Tao et al. 2024, arXiv 2407.13623: L_u = -E + A_1/N_nv^α_1 + A_2/N_v^α_2 + B/D^β",
        response="unigram_normalised_loss",
        link=Link("shifted"),
        scale=Scale("identity"),
        id="L60",
        regime="Models of 3.3e7 to 3e9 parameters outside the vocabulary and vocabularies of 4,096 to 96,256 tokens, "
        "on English text. The response is the loss minus that of a unigram model with the same tokenizer, which "
        "makes vocabularies comparable; it is negative.",
        pitfalls="E of the source is 10 - L_0: 10 nats are added to the response before the fit. The authors fit with "
        "alpha_1 = beta, and the few sizes of their data hardly determine alpha_1 alone. Their code converts "
        "characters into 2.7 to 3 times the tokens (the vocabulary enters its formula in thousands), so that the "
        "published B overstates the loss at the actual number of tokens by 0.3 to 0.6. The effect of the vocabulary "
        "is the smallest of the three terms.",
        published={
            "Tao et al. 2024, L_0 = 10 - E, in parameters and tokens": {
                "L_0": SHIFT - 5.5327846803337435,
                "A_1": 1.8313851559554126 * 1e6**0.44660634152009615,
                "alpha_1": 0.44660634152009615,
                "A_2": 0.19584238398665638 * 1e6**0.6707374679896795,
                "alpha_2": 0.6707374679896795,
                "B": 2.1241123120064955 * 1e9**0.44660634152009615,
                "beta": 0.44660634152009615,
            }
        },
        # of the response plus 10, most of which no model removes
        priors={
            "L_0": logitnormal(2.0, 0.8),
            "A_1": lognormal(0.02, 1.0),
            "A_2": lognormal(0.005, 1.0),
            "alpha_1": lognormal(0.4, 0.4),
            "alpha_2": lognormal(0.5, 0.5),
            "beta": lognormal(0.4, 0.4),
        },
        meanings={"L_0": "10 nats minus E, the largest improvement on the unigram model"},
        counts={
            "n_params_nonvocab": "parameters without those of the embedding and of the output layer",
            "n_params_vocab": "parameters of the embedding alone: vocabulary size times its dimension",
            "n_tokens": "tokens of the model's own tokenizer, seen in training",
        },
        notation=r"L_u = -E + \frac{A_1}{N_{nv}^{\alpha_1}} + \frac{A_2}{N_v^{\alpha_2}} + \frac{B}{D^\beta}",
        ranges={"n_params_nonvocab": (1e7, 1e12), "n_params_vocab": (1e6, 1e10), "n_tokens": (1e8, 1e13)},
    ),
)
