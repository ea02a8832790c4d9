"""Laws of what compression costs: low-precision numbers in training, after it, and both, and weights set to zero."""

import math

from bayescale.scaling_laws.input_definitions import NON_EMBEDDING_PARAMETERS, PARAMETERS, TOKENS_SEEN_ONCE
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import logitnormal, lognormal, normal
from bayescale.scaling_laws.terms import floor, power, term


def _qat(k: float, gamma_n: float, gamma_d: float, gamma_g: float) -> dict[str, float]:
    """The printed k·D^γ_D·(log2 G)^γ_G / N^γ_N at 5e8 parameters, 5e10 tokens and groups of 128."""
    return {
        "E": 1.9279,
        "A": 237.7042,
        "alpha": 0.3022,
        "B": 596.2490,
        "beta": 0.3022,
        "delta_0": k * 5e10**gamma_d * 7**gamma_g / 5e8**gamma_n,
        "gamma_N": gamma_n,
        "gamma_D": gamma_d,
        "gamma_G": gamma_g,
    }


#: Parts of a model that are in few bits during training: column of bits, and suffix of the parameters.
PARTS = {"bits": "w", "bits_activations": "a", "bits_cache": "kv"}
#: Share of effective parameters. Below n * gamma bits the source's formula is negative; here it is at least 0.001.
SATURATION = " * ".join(f"max(1 - exp(n_{x} - {bits} / gamma_{x}), 0.001)" for bits, x in PARTS.items())
#: Factor that is 0 where training had as few bits as are left after it.
ROBUSTNESS = " * ".join(f"(1 - exp(-C_x * max({bits} - bits_post, 0)))" for bits in PARTS)
FLOAT_ALPHA, FLOAT_BETA, FLOAT_DELTA, FLOAT_NU = 0.2368, 0.5162, 3.1926, 2.9543

#: Dense parameters that are as good as the weights that are not zero; alpha is that of the power term.
DENSE_SIZE = "n_params * (1 - g + g * (1 - pruned_share)**b)**(-1 / alpha)"


def _sparse(a: float, b: float, c: float, alpha: float, data: float, beta: float, e: float) -> dict[str, float]:
    """Parameters from the printed a_S, b_S, c_S, b_N, a_D, b_D and c."""
    return {"E": e, "A": a + c, "alpha": alpha, "B": data**beta, "beta": beta, "g": a / (a + c), "b": b}


LAWS: tuple[Law, ...] = (
    Law(
        "qat",
        floor("E")
        + power("A", "alpha", "n_params")
        + power("B", "beta", "n_tokens")
        + term("delta_0 * (n_tokens / 5e10)**gamma_D * (log2(group_size) / 7)**gamma_G * (n_params / 5e8)**-gamma_N"),
        source="Chen et al. 2025, arXiv 2505.14302, on top of Hoffmann's law: k D^gamma_D (log2 G)^gamma_G / N^gamma_N",
        id="L14",
        regime="One setting of weight and activation bits per fit; 7e7 to 1e9 parameters and 1e10 to 2e11 tokens.",
        pitfalls="Where one scale serves a channel, group_size is the length of a row. At a group size of 1 the "
        "penalty is zero. The penalty grows with data without bound.",
        published={
            "W4A4, delta_0 from the printed k": _qat(0.1582, 0.2186, 0.0745, 0.7779),
            "W4A16, delta_0 from the printed k": _qat(0.2522, 0.3589, 0.1610, 0.3533),
            "W16A4, delta_0 from the printed k": _qat(0.1004, 0.1816, 0.0331, 0.9812),
            "W4A4, FC2 inputs 8 bits, delta_0 from the printed k": _qat(0.3519, 0.2637, 0.0964, 0.3407),
            "W16A4, FC2 inputs 8 bits, delta_0 from the printed k": _qat(0.1273, 0.2347, 0.0827, 0.4491),
        },
        priors={
            "delta_0": lognormal(0.04, 0.8),
            "gamma_N": lognormal(0.25, 0.3),
            "gamma_D": lognormal(0.08, 0.6),
            "gamma_G": lognormal(0.6, 0.5),
        },
        meanings={
            "delta_0": "loss added by quantization at 5e8 parameters, 5e10 tokens and groups of 128",
            "gamma_N": "exponent with which the penalty falls with size",
            "gamma_D": "exponent with which the penalty grows with data",
            "gamma_G": "exponent with which the penalty grows with log2 of the group size",
        },
        counts={
            "n_params": PARAMETERS,
            "n_tokens": TOKENS_SEEN_ONCE,
            "group_size": "weights or activations that share a scale; the length of a row where a channel shares one",
        },
        notation=r"L = E + \frac{A}{N^\alpha} + \frac{B}{D^\beta} + \frac{k D^{\gamma_D} (\log_2 "
        r"G)^{\gamma_G}}{N^{\gamma_N}}",
        ranges={"n_params": (5e7, 1e10), "n_tokens": (1e9, 1e12), "group_size": (2, 1e4)},
    ),
    Law(
        "ptq",
        term("d_0 * (n_tokens / 1e11)**beta * (n_params / 1e9)**-alpha * (bits / 4)**-gamma"),
        source="Ouyang et al. 2024, arXiv 2411.17691: k D^beta / (N^alpha P^gamma)",
        response="loss_increase",
        id="L15",
        regime="Loss added by quantizing trained models to 2 to 4 bits (GPTQ), parameters without embeddings.",
        pitfalls="The added loss grows with data without bound. The law is wrong above 4 to 5 bits. The authors' "
        "table of tokens to an increase of 0.2 does not follow from this joint law; its exponents seem to differ by "
        "bit width.",
        published={
            "Ouyang et al. 2024, d_0 from the printed k = 0.017": {
                "d_0": 0.017 * 1e11**0.5251 / 1e9**0.2261 / 4**5.4967,
                "beta": 0.5251,
                "alpha": 0.2261,
                "gamma": 5.4967,
            }
        },
        priors={
            "d_0": lognormal(0.05, 1.0),
            "beta": lognormal(0.53, 0.3),
            "alpha": lognormal(0.25, 0.4),
            "gamma": lognormal(5.0, 0.3),
        },
        meanings={
            "d_0": "loss added at 1e9 parameters, 1e11 tokens and 4 bits",
            "beta": "exponent with which it grows with data",
            "alpha": "exponent with which it falls with size",
            "gamma": "exponent with which it falls with bits",
        },
        counts={
            "n_params": NON_EMBEDDING_PARAMETERS,
            "n_tokens": TOKENS_SEEN_ONCE,
            "bits": "bits per weight after quantization",
        },
        notation=r"\Delta_q L = \frac{k D^\beta}{N^\alpha P^\gamma}",
        ranges={"n_params": (1e8, 1e12), "n_tokens": (1e9, 1e14), "bits": (2, 5)},
    ),
    Law(
        "float_training",
        floor("E")
        + power("A", "alpha", "n_params")
        + power("B", "beta", "n_tokens")
        + term(
            "p_0 * (n_tokens / 1e11)**beta * (n_params / 1e9)**-alpha * log2(block_size) / 7"
            " * ((exponent_bits + 0.5) / 4.5)**-delta * ((mantissa_bits + 0.5) / 3.5)**-nu"
        ),
        source="Sun et al. 2025, floating-point quantised training, arXiv 2501.02423: "
        "(D^beta/N^alpha) log2 B / (gamma (e + 0.5)^delta (m + 0.5)^nu) added to Hoffmann's law",
        id="L16",
        regime="Training in floating-point formats of few bits; 4e7 to 7e10 parameters.",
        pitfalls="The penalty has the exponents of size and data of the base law, so that an error there affects the "
        "penalty. Where one scale serves a channel, log2(block_size) is about 13.2.",
        published={
            "Sun et al. 2025, p_0 from the printed gamma": {
                "E": 1.9061,
                "A": 69.2343,
                "alpha": FLOAT_ALPHA,
                "B": 68973.0621,
                "beta": FLOAT_BETA,
                "p_0": 1e11**FLOAT_BETA / 1e9**FLOAT_ALPHA * 7 / (11334.5197 * 4.5**FLOAT_DELTA * 3.5**FLOAT_NU),
                "delta": FLOAT_DELTA,
                "nu": FLOAT_NU,
            }
        },
        priors={"p_0": lognormal(5e-4, 1.5), "delta": lognormal(3.0, 0.2), "nu": lognormal(3.0, 0.2)},
        meanings={
            "p_0": "loss added in E4M3 at 1e9 parameters, 1e11 tokens and blocks of 128",
            "delta": "exponent with which the penalty falls with exponent bits",
            "nu": "exponent with which the penalty falls with mantissa bits",
        },
        counts={
            "n_params": PARAMETERS,
            "n_tokens": TOKENS_SEEN_ONCE,
            "block_size": "numbers that share a scale",
            "exponent_bits": "exponent bits of the format of all matrix products",
            "mantissa_bits": "mantissa bits of the same format, without the sign",
        },
        notation=r"L = \frac{n}{N^\alpha} + \frac{d}{D^\beta} + \epsilon + \frac{D^\beta}{N^\alpha} \frac{\log_2 "
        r"B}{\gamma (E + 0.5)^\delta (M + 0.5)^\nu}",
        ranges={
            "n_params": (1e7, 1e11),
            "n_tokens": (1e9, 1e13),
            "block_size": (2, 1e4),
            "exponent_bits": (1, 8),
            "mantissa_bits": (0, 10),
        },
    ),
    Law(
        "precision",
        floor("E")
        + power("A", "alpha", f"n_params * {SATURATION}")
        + power("B", "beta", "n_tokens")
        + term(
            f"delta_0 * (n_tokens / 2e10)**gamma_D * (n_params * {SATURATION} / 1e9)**-gamma_N"
            f" * exp(-(bits_post - 4) / gamma_post) * {ROBUSTNESS}"
        ),
        source="Kumar et al. 2024, arXiv 2411.04330, equations 9 and 11 with the offsets n_x of appendix K: "
        "A N_eff^-alpha + B D^-beta + E + delta_PTQ",
        id="L17",
        regime="bits, bits_activations and bits_cache are those in training, bits_post those after it; 16 stands for "
        "no quantization. The loss added after training vanishes where training had no more bits than are left. Up to "
        "1.7e9 parameters and 2.6e10 tokens.",
        pitfalls="Runs in full precision do not determine the gammas and n_x. Activations or caches of 3 bits often "
        "diverged, and the authors left them out. The source has one C_x per part and prints none; here one serves "
        "all parts. A last constant of its table, b = 1.1277, has no stated place and is left out.",
        published={
            "Kumar et al. 2024, delta_0 from the printed C_T = 0.0598": {
                "E": 2.7648,
                "A": 4299.0,
                "alpha": 0.4965,
                "B": 1.806e4,
                "beta": 0.4965,
                "gamma_w": 2.6745,
                "n_w": 0.3037,
                "gamma_a": 2.2102,
                "n_a": 1.4072,
                "gamma_kv": 0.9578,
                "n_kv": 2.4185,
                "delta_0": 0.0598 * 2e10**0.5068 / 1e9**0.3439 * math.exp(-4 / 0.5907),
                "gamma_D": 0.5068,
                "gamma_N": 0.3439,
                "gamma_post": 0.5907,
            }
        },
        priors={
            "gamma_w": lognormal(2.0, 0.4),
            "gamma_a": lognormal(2.0, 0.4),
            "gamma_kv": lognormal(1.5, 0.5),
            "n_w": normal(0.7, 0.7),
            "n_a": normal(0.7, 0.7),
            "n_kv": normal(0.7, 0.9),
            "C_x": lognormal(1.0, 0.7),
            "delta_0": lognormal(0.01, 1.5),
            "gamma_D": lognormal(0.5, 0.3),
            "gamma_N": lognormal(0.35, 0.3),
            "gamma_post": lognormal(0.7, 0.5),
        },
        meanings={
            "gamma_w": "bits per weight that reduce the share of lost parameters by a factor of e",
            "gamma_a": "bits per activation that reduce the share of lost parameters by a factor of e",
            "gamma_kv": "bits per cache entry that reduce the share of lost parameters by a factor of e",
            "n_w": "offset of weights: at n_w * gamma_w bits per weight no parameter counts",
            "n_a": "offset of activations: at n_a * gamma_a bits per activation no parameter counts",
            "n_kv": "offset of the cache: at n_kv * gamma_kv bits per entry no parameter counts",
            "C_x": "how fast the loss added after training appears as training has more bits than are left",
            "delta_0": "loss added by 4 bits after training, at 1e9 parameters and 2e10 tokens in full precision",
            "gamma_D": "exponent with which it grows with data",
            "gamma_N": "exponent with which it falls with size",
            "gamma_post": "bits after training that reduce it by a factor of e",
        },
        counts={
            "n_params": PARAMETERS,
            "n_tokens": TOKENS_SEEN_ONCE,
            "bits": "bits of weights in training",
            "bits_activations": "bits of activations in training",
            "bits_cache": "bits of the key-value cache in training",
            "bits_post": "bits of weights after quantization that follows training",
        },
        notation=r"L = A N_\mathrm{eff}^{-\alpha} + B D^{-\beta} + E + C_T "
        r"\frac{D^{\gamma_D}}{N_\mathrm{eff}^{\gamma_N}} e^{-P_\mathrm{post}/\gamma_\mathrm{post}} "
        r"\prod_x \left[1 - e^{-C_x (P_x - P_\mathrm{post})}\right],\quad N_\mathrm{eff} = N \prod_x "
        r"\left(1 - e^{n_x - P_x/\gamma_x}\right)",
        ranges={
            "n_params": (1e7, 1e10),
            "n_tokens": (1e9, 1e12),
            "bits": (3, 16),
            "bits_activations": (4, 16),
            "bits_cache": (4, 16),
            "bits_post": (3, 16),
        },
    ),
    Law(
        "weight_sparsity",
        floor("E") + power("A", "alpha", DENSE_SIZE) + power("B", "beta", "n_tokens"),
        source="Frantar et al. 2023, arXiv 2309.08520: (a_S (1 − S)^b_S + c_S) (1/N)^b_N + (a_D/D)^b_D + c, with "
        "A = a_S + c_S and g = a_S / A",
        id="L50",
        regime="Weights removed gradually by magnitude while the model trains, at the share that is reached; "
        "0 is dense. Up to 8.5e7 parameters that are not zero (T5 on C4, ViT on JFT).",
        pitfalls="n_params counts the weights that are not zero: multiply that of the dense model by 1 - pruned_share. "
        "Where the size varies less than the sparsity, g and b trade off against alpha. The published T5 set misses "
        "the authors' 48 losses by 0.8 % on average. Models pruned after training need less data than the law says.",
        published={
            "T5 on C4, A and g from the printed a_S and c_S": _sparse(16.8, 0.722, 45.0, 0.245, 6.9e8, 0.203, 0.651),
            "ViT on JFT, examples as data, A and g from the printed a_S and c_S": _sparse(
                *(294.0, 0.821, 468.0, 0.392, 2.37e8, 0.89, 4.517)
            ),
        },
        priors={"beta": lognormal(0.33, 0.5), "g": logitnormal(-0.8, 0.7), "b": lognormal(0.8, 0.4)},
        meanings={
            "g": "share of the size term that sparsity removes in its limit, at as many weights that are not zero",
            "b": "exponent with which that share is removed as fewer weights remain",
        },
        counts={
            "n_params": "parameters that are not zero, without embeddings",
            "n_tokens": TOKENS_SEEN_ONCE,
            "pruned_share": "share of the weights that are zero",
        },
        notation=r"L = (a_S (1 - S)^{b_S} + c_S) \left(\frac{1}{N}\right)^{b_N} + "
        r"\left(\frac{a_D}{D}\right)^{b_D} + c",
        ranges={"n_params": (1e6, 1e10), "n_tokens": (1e9, 1e13), "pruned_share": (0, 0.95)},
    ),
)
