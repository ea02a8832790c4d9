"""Predictions of papers, their code and their data, typed here: nothing is read from the entry that is tested.

An expected value is a printed prediction, or the printed formula at printed coefficients.
"""

import math
from pathlib import Path

from tests.scaling_laws.catalog import published_fine_tuning
from tests.scaling_laws.catalog.helpers import D, N

type Values = dict[str, float]
type Prediction = tuple[str, str, Values, Values, float, float]

SHARED = Path(__file__).parents[4] / "shared" / "data"
EXACT = 1e-9
PAIR = {"n_params": N, "n_tokens": D}

#: Printed coefficients of laws with several sets, typed from their sources.
QAT = {
    "W4A4, delta_0 from the printed k": (0.1582, 0.2186, 0.0745, 0.7779),
    "W4A16, delta_0 from the printed k": (0.2522, 0.3589, 0.1610, 0.3533),
    "W16A4, delta_0 from the printed k": (0.1004, 0.1816, 0.0331, 0.9812),
    "W4A4, FC2 inputs 8 bits, delta_0 from the printed k": (0.3519, 0.2637, 0.0964, 0.3407),
    "W16A4, FC2 inputs 8 bits, delta_0 from the printed k": (0.1273, 0.2347, 0.0827, 0.4491),
}
QAT_BASE = 1.9279 + 237.7042 / N**0.3022 + 596.2490 / D**0.3022
CLARK = {
    "S-BASE": (-0.082, -0.108, 0.009, 1.104, 1.847, 314.5),
    "RL-R": (-0.083, -0.126, 0.012, 1.111, 1.880, 470.0),
    "HASH": (-0.087, -0.136, 0.012, 1.157, 4.175, 478.0),
}
ERRORS = {
    "C4, 46 tasks (computed k = k_3·exp(3·gamma))": (0.759, 1.289, 0.972),
    "RedPajama, 46 tasks (computed k = k_3·exp(3·gamma))": (0.761, 1.323, 0.891),
    "RefinedWeb, 46 tasks (computed k = k_3·exp(3·gamma))": (0.768, 1.128, 0.822),
    "C4, 17 tasks (printed k = k_3·exp(3·gamma))": (0.850, 2.079, 0.756),
    "RedPajama, 17 tasks (printed k = k_3·exp(3·gamma))": (0.857, 2.206, 0.715),
    "RefinedWeb, 17 tasks (printed k = k_3·exp(3·gamma))": (0.865, 2.215, 0.707),
}
ANNEALING = {
    "25M": (3.220, 0.446, 0.440, 0.581),
    "100M": (2.770, 0.611, 0.463, 0.444),
    "400M": (2.507, 0.667, 0.545, 0.414),
}
MULTI_POWER = {
    "25M": (3.040, 0.525, 0.508, 363.8, 2.066, 0.583, 0.641),
    "100M": (2.651, 0.601, 0.453, 437.9, 2.132, 0.598, 0.655),
    "400M": (2.375, 0.654, 0.429, 523.4, 2.025, 0.594, 0.635),
}
SIGMOIDS = {
    "8B dense, 14k context": (0.610, 1.92, 2542.0),
    "8B dense, 32k context": (0.645, 1.89, 11272.0),
    "Scout mixture of experts": (0.710, 1.65, 4242.0),
    "8B dense, fitted on 1.5e3 to 5e4 GPU hours": (0.645, 1.70, None),
    "8B dense, fitted on 5e3 to 5e4 GPU hours": (0.645, 1.67, None),
    "8B dense, fitted on 0 to 1e5 GPU hours": (0.655, 1.56, None),
}
IMITATION = {
    "Pour Water, over objects": (0.825, 0.703),
    "Pour Water, over environments": (1.180, 0.844),
    "Pour Water, over pairs of environment and object": (1.068, 0.579),
    "Mouse Arrangement, over objects": (0.826, 0.697),
    "Mouse Arrangement, over environments": (0.827, 0.466),
    "Mouse Arrangement, over pairs of environment and object": (1.263, 0.683),
}
SUPERPOSITION = {  # floors in the order of the authors' notebook: families by texts
    "OPT": (2.2074, 2.2745, 1.7193, 2.1845),
    "Qwen2.5": (1.6079, 2.1009, 1.4890, 1.9348),
    "GPT-2": (2.3018, 2.3546, 1.9413, 2.2961),
    "Pythia": (2.1407, 2.2998, 1.5203, 2.2415),
}
#: Four-digit addition, examples and test loss, from the script of the authors of broken_power.
ADDITION = (
    *((160, 2.13809046), (192, 2.11813418), (256, 2.08955508), (320, 2.06988398), (384, 2.05404987)),
    *((448, 2.03837089), (480, 2.02814281), (512, 2.00496872), (544, 1.95576149), (576, 1.86313841)),
    *((608, 1.70891537), (640, 1.50637664), (672, 1.29754721), (736, 0.96559684), (800, 0.75856477)),
    *((864, 0.64768338), (928, 0.55695445)),
)


def routed(n: float, experts: float, a: float, b: float, c: float, d: float, start: float, most: float) -> float:
    """Clark et al. as printed: log10 L of the saturating number of experts."""
    effective = 1 / (1 / (experts - 1 + 1 / (1 / start - 1 / most)) + 1 / most)
    return 10 ** (a * math.log10(n) + b * math.log10(effective) + c * math.log10(n) * math.log10(effective) + d)


def joint_experts(n: float, d: float, experts: float) -> float:
    """Ludziejewski et al., equations 4 and 6 at the coefficients of table 3."""
    effective = 1 / (1 / (experts - 1 + 1 / (1 / 2.0732 - 1 / 290.4521)) + 1 / 290.4521)
    size = 35.91 * effective**-0.2285 * n ** (-0.1889 + 0.0098 * math.log(effective))
    return size + 35.98 * effective**0.5529 * d ** (-0.1775 - 0.0259 * math.log(effective)) + 1.3637


def one_drop(floor: float, a: float, alpha: float, b: float, c: float, beta: float, gamma: float) -> float:
    """The multi-power law after a fall from 3e-4 to 9e-5: S1 + S_W = 3, summed rate after the fall .6."""
    return floor + a * 3.0**-alpha - b * 2.1e-4 * (1 - (1 + c * 9e-5**-gamma * 0.6) ** -beta)


PREDICTIONS: list[Prediction] = [
    # law, set, inputs, parameters that the set leaves open, expected, relative tolerance
    ("chinchilla", "Hoffmann et al. 2022", {"n_params": 70e9, "n_tokens": 1.4e12}, {}, 1.93665, 3e-6),
    ("chinchilla", "Besiroglu et al. 2024", {"n_params": 70e9, "n_tokens": 1.4e12}, {}, 1.97388, 3e-6),
    ("kaplan", "Kaplan et al. 2020", {"n_params": 1.5e9, "n_tokens": 22e9}, {}, 2.31255, 3e-6),
    (
        *("kaplan_steps", "Kaplan et al. 2020", {"n_params": N, "steps": 1e5}, {}),
        *((6.5e13 / N) ** 0.077 + (2.1e3 / 1e5) ** 0.76, EXACT),
    ),
    ("kaplan_params", "Kaplan et al. 2020", {"n_params": N}, {}, (8.8e13 / N) ** 0.076, EXACT),
    ("kaplan_tokens", "Kaplan et al. 2020", {"n_tokens": D}, {}, (5.4e13 / D) ** 0.095, EXACT),
    (
        *("critical_batch", "Kaplan et al. 2020, B_3 from the printed B* = 2.1e8", {"loss": 3.0}, {}),
        *(2.1e8 / 3 ** (1 / 0.21), EXACT),
    ),
    (
        *("learning_curve", "Hestness et al. 2017, word language model, no floor", {"examples": 1e8}, {}),
        *(11.9 * 1e8**-0.066, EXACT),
    ),
    (
        *("power", "Kaplan et al. 2020, L(C_min); 3.1e8 petaflop-days as printed", {"flops": 8.64e19}, {}),
        *(3.1e8**0.05, EXACT),  # one petaflop-day
    ),
    # tokens per parameter at the compute of Gopher: 92.647 and 18.391
    (
        *("optimal_size", "Hoffmann et al. 2022, derived from the printed law for 6ND = C", {"flops": 5.76e23}, {}),
        *(math.sqrt(5.76e23 / 6 / 92.647), 5e-6),
    ),
    (
        *("optimal_size", "Besiroglu et al. 2024, derived from the law for 6ND = C", {"flops": 5.76e23}, {}),
        *(math.sqrt(5.76e23 / 6 / 18.391), 2e-5),
    ),
    (
        *("hitchhiker", "Muennighoff et al. 2023, from which the authors start", PAIR, {}),
        *(math.exp(0.6254804) + math.exp(6.255414) / N**0.3526596 + math.exp(7.3049974) / D**0.3526596, EXACT),
    ),
    (
        *("farseer", "Li et al. 2025 (Farseer), converted to 1e9 parameters and 1e11 tokens"),
        *({"n_params": 6.4e9, "n_tokens": 1e11}, {}, 0.44644, 1.2e-5),
    ),
    (
        *("parscale", "Stack-V2-Python, N_c from the printed A", {"n_params": 1.6e9, "n_streams": 8}, {}),
        *(1.04073, 6e-6),  # as the authors' script computes it
    ),
    (
        *("parscale", "Pile, N_c from the printed A", {"n_params": 1.6e9, "n_streams": 4}, {}),
        *(1.2888 + (0.1974e9 / (1.6e9 * (0.3345 * math.log(4) + 1))) ** 0.1963, EXACT),
    ),
    (
        *("moe_leverage", "Tian et al. 2025, table 2, around granularity 8 and 1e20 FLOP"),
        *({"active_ratio": 0.031, "granularity": 12, "flops": 1e22}, {}, 7.2449, 1e-5),
    ),
    (
        *("moe_granularity", "Krajewski et al. 2024, g over a", {**PAIR, "granularity": 16}, {}),
        *(0.47 + (2.1 / 16**0.58 + 18.1) / N**0.115 + 30.8 / D**0.147, EXACT),
    ),
    (
        *("moe_sparsity", "Abnar et al. 2025, d_0 from the printed d = 17.26", {**PAIR, "sparsity": 0.9}, {}),
        16612.5 / N**0.5962 + 5455.67 / D**0.3954 + 0.4598 / 0.1**-0.1666 + 17.26 / (0.1**0.1603 * N**0.1595) + 0.94,
        EXACT,
    ),
    ("overtraining", "RedPajama", {"n_params": 1.4e9, "n_tokens": 640 * 1.4e9}, {}, 2.52464, 3e-6),
    ("overtraining", "C4", PAIR, {}, 1.508 + 113.7 / N**0.2425 + 152.5 / D**0.2425, EXACT),
    ("overtraining", "RefinedWeb", PAIR, {}, 1.734 + 125.1 / N**0.2544 + 196.0 / D**0.2544, EXACT),
    (
        *("data_constrained", "Muennighoff et al. 2023, N_0 from the printed a, b, alpha, beta"),
        *({"n_params": 6.34e9, "n_tokens": 242e9, "n_unique_tokens": 25e9}, {}, 2.225644, 3e-7),  # their README
    ),
    (
        *("ptq", "Ouyang et al. 2024, d_0 from the printed k = 0.017"),
        *({"n_params": N, "n_tokens": 1.44e12, "bits": 4}, {}, 0.18645, 3e-5),
    ),
    (
        *("float_training", "Sun et al. 2025, p_0 from the printed gamma"),
        {"n_params": 679e6, "n_tokens": 1e11, "block_size": 2**13.1567, "exponent_bits": 2, "mantissa_bits": 1},
        *({}, 2.61177 + 0.07259, 4e-6),
    ),
    (
        *("precision", "Kumar et al. 2024, delta_0 from the printed C_T = 0.0598"),
        {"n_params": 2.2e8, "n_tokens": 2.6e10}
        | dict.fromkeys(("bits", "bits_activations", "bits_cache"), 4.0)
        | {"bits_post": 4.0},
        *({"C_x": 1.0}, 3.5918, 2e-5),  # whatever C_x is: nothing is lost after training at the bits of training
    ),
    (
        *("broken_power", "Caballero et al. 2022, four-digit addition in the authors' code", {"examples": 800}, {}),
        *(0.75856477, 0.03),  # as measured
    ),
    (
        *(
            "densing",
            "Xiao et al. 2024, arXiv 2412.04315 v2, slope alone (doubling in 95 days)",
            {"days": 395},
            {"B": 0.0},
        ),
        *(2.0, 1e-3),
    ),
    ("horizon", "Sinha et al. 2025, constant step accuracy", {"step_accuracy": 0.99}, {}, 69.0, 1e-3),
    (
        *("knowledge_capacity", "Allen-Zhu and Li 2024, capacity alone, 1000 exposures"),
        *({"n_params": 1e6, "data_bits": 1e10}, {"k": 4.0}, 2e6, 1e-6),
    ),
    ("optimal_lr", "Li et al. 2025, lr_0 from the printed 1.79", PAIR, {}, 1.6325e-3, 4e-5),
    (
        *("optimal_lr", "Li et al. 2025, medians of 1000 bootstrap fits, lr_0 from 1.782", PAIR, {}),
        *(1.782 * N**-0.7122 * D**0.3070, EXACT),
    ),
    ("optimal_batch", "Li et al. 2025, B_0 from the printed .58", {"n_tokens": D}, {}, 1.1077e6, 6e-5),
    (
        *("optimal_batch", "Li et al. 2025, medians of 1000 bootstrap fits, B_0 from .573", {"n_tokens": D}, {}),
        *(0.573 * D**0.5713, EXACT),
    ),
]
PREDICTIONS += [
    (
        *("moe_joint", "Ludziejewski et al. 2025, around a dense model of 1e9 parameters and 1e10 tokens"),
        *({"n_params_active": N, "n_tokens": D, "n_experts": experts}, {}, joint_experts(N, D, experts), EXACT),
    )
    for experts in (1.0, 8.0, 32.0)
]
PREDICTIONS += [
    ("qat", name, {**PAIR, "group_size": 32}, {}, QAT_BASE + k * D**d * 5**g / N**n, EXACT)
    for name, (k, n, d, g) in QAT.items()
]
PREDICTIONS += [
    ("moe_clark", f"{name}, around 1e8 parameters", {"n_params": 3e8, "n_experts": 64}, {}, routed(3e8, 64, *p), EXACT)
    for name, p in CLARK.items()
]
PREDICTIONS += [
    ("downstream_error", name, {"loss": 2.6}, {}, eps - k * math.exp(-gamma * 2.6), EXACT)
    for name, (eps, k, gamma) in ERRORS.items()
]
PREDICTIONS += [
    (
        *("lr_annealing", f"refit to the curves of the multi-power law, {size}, cosine schedule only, decay .999"),
        *({"lr_area": 4.0, "lr_annealing": 0.2}, {}, e + a * 4.0**-alpha - c * 0.2, EXACT),
    )
    for size, (e, a, c, alpha) in ANNEALING.items()
]
PREDICTIONS += [
    (
        *("multi_power", f"Luo et al. 2025, {size}, the repository's; h = B / 1e4 and c = C 1e4^gamma"),
        {"lr_area": 3.0, "lr_drop": 2.1e-4, "lr_after": 9e-5, "lr_area_since_drop": 0.6},
        *({}, one_drop(*values), EXACT),
    )
    for size, values in MULTI_POWER.items()
]
PREDICTIONS += [
    (
        *("rl_sigmoid", name, {"initial_pass_rate": 0.2, "gpu_hours": 2e4}, {} if middle else {"C_mid": 5e3}),
        *(0.2 + (a - 0.2) / (1 + ((middle or 5e3) / 2e4) ** b), EXACT),
    )
    for name, (a, b, middle) in SIGMOIDS.items()
]
PREDICTIONS += [
    ("imitation", name, {"environments": 16}, {}, beta * 16**-alpha, EXACT) for name, (beta, alpha) in IMITATION.items()
]
PREDICTIONS += [
    (
        *("superposition", f"Liu et al. 2025, {family} on {text}", {"width": 1024}, {}),
        *(476.0763 / 1024**0.9098 + least, EXACT),
    )
    for family, floors in SUPERPOSITION.items()
    for text, least in zip(("WikiText", "C4", "Pile", "BookCorpus"), floors, strict=True)
]
PREDICTIONS += published_fine_tuning.PREDICTIONS
PREDICTIONS += [
    (
        # the authors' formula in millions of parameters and billions of tokens; printed numbers of their code
        *("vocabulary", "Tao et al. 2024, L_0 = 10 - E, in parameters and tokens"),
        *({"n_params_nonvocab": 3e8, "n_params_vocab": 3.2e7, "n_tokens": 6e9}, {}),
        -5.53278468 + 1.83138516 / 300**0.44660634 + 0.19584238 / 32**0.67073747 + 2.12411231 / 6**0.44660634,
        1e-7,
    ),
    (
        *("dense_retrieval", "Fang et al. 2024, MS MARCO, both inputs (second-hand)"),
        *({"n_params": 1e7, "examples": 5e5}, {}),
        *(((3.6e4 / 1e7) ** (0.56 / 1.31) + 7.1e3 / 5e5) ** 1.31 + 0.03, EXACT),
    ),
]


def printed_multi_power(size: str) -> dict[str, float]:
    """Coefficients of the multi-power law, typed from the README of its authors' repository."""
    return dict(zip(("L_0", "A", "alpha", "B", "C", "beta", "gamma"), MULTI_POWER[size], strict=True))
