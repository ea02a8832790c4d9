"""Predictions of papers on models made from other models and on sparse weights, typed here from their sources.

An expected value is a statement of the paper, or the printed formula at printed coefficients.
"""

type Values = dict[str, float]
type Prediction = tuple[str, str, Values, Values, float, float]

EXACT = 1e-9
#: Zhang et al., table 4: E, beta, A_m, alpha_m, A_p, alpha_p, A_t, alpha_t.
FINE_TUNING = {
    "WMT14 En-De, all parameters": (0.75, 0.15, 1.2e5, 0.52, 630.0, 0.21, None, None),
    "WMT14 En-De, prompt": (0.62, 0.051, 3900.0, 0.4, 270.0, 0.21, 1.0, 0.0027),
    "WMT14 En-De, LoRA": (0.62, 0.081, 2100.0, 0.36, 140.0, 0.18, 1.4, -0.0017),
    "WMT19 En-Zh, all parameters": (1.0, 0.14, 3300.0, 0.34, 240.0, 0.17, None, None),
    "WMT19 En-Zh, prompt": (0.77, 0.015, 850.0, 0.33, 200.0, 0.2, 1.0, 0.0019),
    "WMT19 En-Zh, LoRA": (0.73, 0.025, 660.0, 0.31, 130.0, 0.18, 1.2, 0.0044),
    "MLSum, all parameters": (0.98, 0.087, 330.0, 0.24, 42.0, 0.11, None, None),
    "MLSum, prompt": (0.00051, 0.025, 23.0, 0.1, 16.0, 0.069, 2.6, 0.0026),
    "MLSum, LoRA": (0.2, 0.03, 26.0, 0.11, 17.0, 0.073, 2.4, 0.00022),
}
#: Parameters of 100 prompt tokens (10 % of them print as 0.017 % of the 1B model) and of LoRA rank 4 (0.19 %).
PROMPT_100, LORA_4 = 204_800, 2_359_296
TEXT = "text to Python, characters"
CODE = "half text, half code to Python, characters"
T5 = "T5 on C4, A and g from the printed a_S and c_S"
VIT = "ViT on JFT, examples as data, A and g from the printed a_S and c_S"
BUSBRIDGE = "Busbridge et al. 2025, from the printed A', B', c_0, c_1, d_1, f_1"
#: Kaplan's coefficients, which stand in for those of Python that the source does not print.
KAPLAN = {"N_c": 6.4e13, "alpha_N": 0.076, "D_c": 1.8e13, "alpha_D": 0.103}
#: The authors' losses of T5 on C4 (jaxpruner, projects/bigsparse/t5-data.csv, Apache-2.0), rounded: one row for each
#: number of weights that are not zero and each number of steps, one column for each sparsity.
SPARSITIES, STEPS, NON_ZERO = (0.0, 0.5, 0.75, 0.875), (2.5e5, 5e5, 1e6), (1 / 128, 1 / 32, 1 / 8, 1 / 2)
T5_LOSSES = (
    *((3.12564, 2.84170, 2.74684, 2.69375), (3.07983, 2.78036, 2.70355, 2.64906), (3.03343, 2.73833, 2.66798, 2.62703)),
    *((2.55453, 2.39192, 2.32096, 2.28546), (2.49990, 2.32459, 2.26910, 2.23426), (2.45077, 2.28497, 2.22563, 2.19884)),
    *((2.17599, 2.04773, 1.98791, 1.97255), (2.10305, 1.98413, 1.92265, 1.90331), (2.05402, 1.92399, 1.86596, 1.85098)),
    *((1.88278, 1.81776, 1.76832, 1.76103), (1.79990, 1.72298, 1.68533, 1.67451), (1.74006, 1.65395, 1.61100, 1.60297)),
)
T5_PARAMS = 24 * 12 * 768**2  # without embeddings: 24 layers of width 768
T5_TOKENS = 128 * 512  # a step


def distilled(teacher: float, n: float, d: float) -> float:
    """Busbridge et al., equations 1 and 8, with the coefficients of table 6."""
    alone = 1.220 + (3355 / n**0.408 + 18186 / d**0.431) ** 0.452
    follows = (1 + (teacher / (alone * 1.315)) ** (1 / 0.090)) ** (-522.6 * 0.090)
    return float(teacher + teacher**-2.549 * follows * (2243 / n**0.321 + 24181 / d**0.637) ** 0.764)


def transferred(k: float, alpha: float, data: float, n: float) -> float:
    """Hernandez et al., equation 1.1."""
    return k * data**alpha * n**0.38


def _kaplan(n: float, data: float) -> float:
    return float(((6.4e13 / n) ** (0.076 / 0.103) + 1.8e13 / data) ** 0.103)


PREDICTIONS: list[Prediction] = [
    (
        *("distillation", BUSBRIDGE, {"teacher_loss": 2.1, "n_params": 5.46e8, "n_tokens": 3.2e10}, {}),
        *(distilled(2.1, 5.46e8, 3.2e10), EXACT),
    ),
    # section 6.2: text pre-training of a model like GPT-3 is worth 3.7e8 characters, with code 4.1e9
    ("transfer", TEXT, {"n_params": 1.75e11, "n_finetune_tokens": 1.0}, {}, 3.7e8, 0.05),
    ("transfer", CODE, {"n_params": 1.75e11, "n_finetune_tokens": 1.0}, {}, 4.1e9, 0.05),
    (
        *("transfer_loss", TEXT, {"n_params": 4e7, "n_finetune_tokens": 3e5}, KAPLAN),
        *(_kaplan(4e7, 3e5 + transferred(1.9e4, 0.18, 3e5, 4e7)), EXACT),
    ),
    (
        *("transfer_loss", CODE, {"n_params": 4e7, "n_finetune_tokens": 3e5}, KAPLAN),
        *(_kaplan(4e7, 3e5 + transferred(2.1e5, 0.096, 3e5, 4e7)), EXACT),
    ),
    (
        "weight_sparsity",
        T5,
        {"n_params": 1e8, "n_tokens": 6.5e10, "pruned_share": 0.75},
        {},
        (16.8 * 0.25**0.722 + 45.0) / 1e8**0.245 + (6.9e8 / 6.5e10) ** 0.203 + 0.651,
        EXACT,
    ),
    (
        "weight_sparsity",
        VIT,
        {"n_params": 4e7, "n_tokens": 1e9, "pruned_share": 0.5},
        {},
        # the output of the authors' notebook, in millions of parameters and billions of examples
        (1.30485411 * 0.5**0.82101251 + 2.07506343) / 40**0.39222675 + 0.27818217 + 4.51669257,
        5e-4,
    ),
]
PREDICTIONS += [
    (
        *("forgetting", f"{name}, B alone"),
        {"initial_loss": 2.8, "n_params": 3.34e8, "n_finetune_tokens": 3e6, "injected_share": 0.01},
        {"offset": 0.0, "d_0": 0.2, "beta": 0.4, "alpha": 0.6},
        *(2.8 + 0.2 * (3e6 / 1e7) ** 0.4 / ((1 + b * 0.01) * 3.34) ** 0.6, EXACT),
    )
    for name, b in (("Wikipedia", 829.0), ("DM Mathematics", 1e4))
]
for _name, (_e, _beta, _am, _alpha_m, _ap, _alpha_p, _at, _alpha_t) in FINE_TUNING.items():
    PREDICTIONS += [
        (
            *("finetuning", _name, {"n_params": 4e9, "n_finetune_tokens": 1e5}, {}),
            *(_am / 4e9**_alpha_m / 1e5**_beta + _e, EXACT),
        ),
        (
            *("finetuning_pretraining", _name, {"n_tokens": 1.26e11, "n_finetune_tokens": 1e5}, {}),
            *(_ap / 1.26e11**_alpha_p / 1e5**_beta + _e, EXACT),
        ),
    ]
    if _at is not None and _alpha_t is not None:
        _tuned, _units = (PROMPT_100, 100.0) if "prompt" in _name else (LORA_4, 4.0)
        PREDICTIONS.append(
            (
                *("finetuning_adapters", _name, {"n_params_tuned": _tuned, "n_finetune_tokens": 1e5}, {}),
                *(_at / _units**_alpha_t / 1e5**_beta + _e, EXACT),
            )
        )
