"""Laws of models made from other models: fine-tuning, transfer, forgetting, reinforcement learning, preferences."""

from collections.abc import Mapping

from bayescale.scaling_laws.expression import Expression
from bayescale.scaling_laws.input_definitions import (
    ALL_PARAMETERS,
    EMBEDDINGS_UNSTATED,
    NON_EMBEDDING_PARAMETERS,
    PARAMETERS,
    PRETRAINING_TOKENS,
)
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.link import Scale
from bayescale.scaling_laws.prior import Prior, logitnormal, lognormal, normal
from bayescale.scaling_laws.terms import floor, joined, power, scaled_power, term

SHARE = Scale("logit")
TUNING = (1e5, 1e11)  # tokens of fine-tuning for which laws are meant

#: Parameters of a prompt token and of a LoRA rank: 2048 wide, 16 layers of four square matrices and two of width 8192.
PROMPT, LORA = 2048.0, 16.0 * (4 * 4096 + 2 * 10240)
#: Zhang et al., table 4, by task and method: E, beta, then A and alpha over model size, over pre-training tokens, and
#: over prompt tokens or LoRA ranks, with the parameters of one.
ZHANG: Mapping[str, tuple[float, ...]] = {
    "WMT14 En-De, all parameters": (0.75, 0.15, 1.2e5, 0.52, 6.3e2, 0.21),
    "WMT14 En-De, prompt": (0.62, 0.051, 3.9e3, 0.4, 2.7e2, 0.21, 1.0, 0.0027, PROMPT),
    "WMT14 En-De, LoRA": (0.62, 0.081, 2.1e3, 0.36, 1.4e2, 0.18, 1.4, -0.0017, LORA),
    "WMT19 En-Zh, all parameters": (1.0, 0.14, 3.3e3, 0.34, 2.4e2, 0.17),
    "WMT19 En-Zh, prompt": (0.77, 0.015, 8.5e2, 0.33, 2.0e2, 0.2, 1.0, 0.0019, PROMPT),
    "WMT19 En-Zh, LoRA": (0.73, 0.025, 6.6e2, 0.31, 1.3e2, 0.18, 1.2, 0.0044, LORA),
    "MLSum, all parameters": (0.98, 0.087, 3.3e2, 0.24, 42.0, 0.11),
    "MLSum, prompt": (0.00051, 0.025, 23.0, 0.1, 16.0, 0.069, 2.6, 0.0026, PROMPT),
    "MLSum, LoRA": (0.2, 0.03, 26.0, 0.11, 17.0, 0.073, 2.4, 0.00022, LORA),
}


def _zhang(a: int) -> dict[str, dict[str, float]]:
    """Published sets whose A is at this place in `ZHANG`, with beta as its ratio to alpha."""
    return {n: {"E": z[0], "A": z[a], "alpha": z[a + 1], "ratio": z[1] / z[a + 1]} for n, z in ZHANG.items()}


def _zhang_tuned() -> dict[str, dict[str, float]]:
    """Published sets over the parameters that are tuned, with alpha, which can be negative, as its ratio to beta."""
    tuned = {n: z for n, z in ZHANG.items() if len(z) > 6}
    return {n: {"E": z[0], "A": z[6] * z[8] ** z[7], "beta": z[1], "ratio": z[7] / z[1]} for n, z in tuned.items()}


def _fine_tuning(
    name: str,
    expression: Expression,
    published: Mapping[str, Mapping[str, float]],
    priors: Mapping[str, Prior],
    meanings: Mapping[str, str],
    factor: tuple[str, str, tuple[float, float]],
) -> Law:
    """Loss after fine-tuning over its data and one factor: the column, definition and range of the latter."""
    column, definition, span = factor
    return Law(
        name,
        floor("E") + expression,
        source="Zhang et al. 2024, arXiv 2402.17193, equation 1: A / (X^alpha D_f^beta) + E",
        id="L47",
        regime="Test loss on one task after fine-tuning with one method, where the model is much larger than the data: "
        "1e9 to 1.6e10 parameters, 8e3 to 2.5e7 examples of translation or summarization. Give methods as families.",
        pitfalls="Published sets count data in examples, and held-out errors grew at 1.6e10 parameters. Below about "
        "1e5 examples of full fine-tuning nothing was measured. The law cannot say that a model overfits.",
        published=published,
        priors={"E": logitnormal(0.4, 1.6), **priors},  # floors of 0.13 to 0.97 of the least loss are published
        pooling={"ratio": "partial"},
        meanings=meanings,
        counts={
            column: definition,
            "n_finetune_tokens": "data of fine-tuning, each part once: tokens, or examples as in the published sets",
        },
        notation=r"L(X, D_f) = \frac{A}{X^\alpha D_f^\beta} + E",
        ranges={column: span, "n_finetune_tokens": TUNING},
    )


#: Data from scratch that are worth the fine-tuning data and the pre-training: D_F + D_T.
EFFECTIVE = "n_finetune_tokens + k_0 * (n_finetune_tokens / 1e7)**alpha * (n_params / 1e8)**beta"
HERNANDEZ = {  # k_0 from the printed k
    "text to Python, characters": {"k_0": 1.9e4 * 1e7**0.18 * 1e8**0.38, "alpha": 0.18, "beta": 0.38},
    "half text, half code to Python, characters": {"k_0": 2.1e5 * 1e7**0.096 * 1e8**0.38, "alpha": 0.096, "beta": 0.38},
}
TRANSFER_PRIORS = {"k_0": lognormal(3e8, 1.3), "alpha": lognormal(0.15, 0.5), "beta": lognormal(0.38, 0.3)}
TRANSFER_MEANINGS = {
    "k_0": "data that pre-training is worth at 1e8 parameters and 1e7 tokens of fine-tuning",
    "alpha": "exponent of fine-tuning data in that worth: smaller for closer distributions",
    "beta": "exponent of size in that worth",
}
TRANSFER_COUNTS = {
    "n_params": NON_EMBEDDING_PARAMETERS,
    "n_finetune_tokens": "size of the fine-tuning data, whatever the number of passes; published sets count characters",
}
TRANSFER_RANGES = {"n_params": (1e6, 1e11), "n_finetune_tokens": TUNING}

LAWS: tuple[Law, ...] = (
    Law(
        "rl_power",
        # a formula instead of a power term, as the level at the reference compute depends on size
        term("10**(-(a * n_params / (n_params + N_1) + K_max * n_params / (n_params + N_0) * log10(flops / 1e20)))"),
        source="Tan et al. 2025, arXiv 2509.25300: log10 error = −k(N)·log10 X + E(N), k(N) = K_max/(1 + N_0/N)",
        response="error",
        id="L20",
        regime="Reinforcement learning after pre-training, with error = 1 - Pass@1 on held-out mathematics, within a "
        "narrow range of compute. Give the cumulative compute of the reinforcement learning alone.",
        pitfalls="The law has no ceiling: the error tends to 0, and can exceed 1 below the reference. Compare with "
        "rl_sigmoid. Pass@1 of few prompts has binomial noise. E(N) is written as -a * N / (N + N_1) with compute in "
        "units of 1e20 FLOP, so that a and N_1 depend on that unit.",
        priors={
            "a": lognormal(0.4, 0.7),
            "N_1": lognormal(5e9, 1.2),
            "K_max": lognormal(0.15, 0.7),
            "N_0": lognormal(6.3e9, 1.15),
        },
        pooling={"a": "partial"},
        meanings={
            "a": "decades of error below 1 at infinite size and 1e20 FLOP",
            "N_1": "number of parameters at which half of a is reached",
            "K_max": "decades of error that a decade of compute removes at infinite size",
            "N_0": "number of parameters at which half of K_max is reached",
        },
        counts={
            "n_params": ALL_PARAMETERS,
            "flops": "cumulative compute of reinforcement learning, without pre-training",
        },
        notation=r"\log_{10} L = -k(N) \log_{10} X + E(N),\quad k(N) = \frac{K_\mathrm{max}}{1 + N_0/N}",
        ranges={"n_params": (5e8, 1e11), "flops": (1e18, 1e23)},
    ),
    Law(
        "rl_sigmoid",
        # the pass rate before reinforcement learning is an input, not a parameter
        term("initial_pass_rate + (A - initial_pass_rate) * sigmoid(B * log(gpu_hours / C_mid))"),
        source="Khatri et al. 2025, arXiv 2510.13786: R − R_0 = (A − R_0)/(1 + (C_mid/C)^B), R_0 measured",
        response="pass_rate",
        scale=SHARE,
        id="L21",
        regime="Reinforcement learning, with the pass rate on held-out prompts, after about 1500 GPU hours. Families "
        "are recipes, which `compare_families` compares along gpu_hours. Other measures of compute need a prior of "
        "C_mid in their unit.",
        pitfalls="Before the knee, A and C_mid cannot be separated: trust A only where the largest compute exceeds "
        "C_mid. Points of one run are not independent. A below initial_pass_rate describes a run that becomes worse. "
        "A varies by 0.02 between runs.",
        published={
            "8B dense, 14k context": {"A": 0.610, "B": 1.92, "C_mid": 2542.0},
            "8B dense, 32k context": {"A": 0.645, "B": 1.89, "C_mid": 11272.0},
            "Scout mixture of experts": {"A": 0.710, "B": 1.65, "C_mid": 4242.0},
            "8B dense, fitted on 1.5e3 to 5e4 GPU hours": {"A": 0.645, "B": 1.70},
            "8B dense, fitted on 5e3 to 5e4 GPU hours": {"A": 0.645, "B": 1.67},
            "8B dense, fitted on 0 to 1e5 GPU hours": {"A": 0.655, "B": 1.56},
        },
        priors={
            "A": logitnormal(0.4, 0.8),
            "B": lognormal(1.7, 0.4),
            "C_mid": lognormal(5e3, 1.2),
        },
        pooling={"A": "partial", "B": "partial", "C_mid": "partial"},  # recipes differ in each of them
        meanings={
            "A": "pass rate at infinite compute",
            "B": "steepness of the rise in log compute",
            "C_mid": "compute (GPU hours) at which half of the rise is reached",
        },
        counts={
            "initial_pass_rate": "pass rate measured on the same prompts before any reinforcement learning",
            "gpu_hours": "cumulative GPU hours of reinforcement learning",
        },
        notation=r"R_C - R_0 = \frac{A - R_0}{1 + (C_\mathrm{mid}/C)^B}",
        ranges={"initial_pass_rate": (0.01, 0.9), "gpu_hours": (1.5e3, 1e5)},
    ),
    Law(
        "preference",
        floor("e_inf") + power("beta", "c", "examples"),
        source="Wang et al. 2025, arXiv 2505.10527: the test loss of preference models is a power law (form m2)",
        response="preference_loss",
        id="L39",
        regime="Adversarial benchmarks, and objective benchmarks for large models. Examples are preference pairs.",
        pitfalls="Subjective benchmarks showed no trend: compare with a flat model. For a law in model size use "
        'over="n_params".',
        priors={"c": lognormal(0.3, 0.6)},
        counts={"examples": "preference pairs in the training set"},
        ranges={"examples": (1e3, 1e9)},
    ),
    _fine_tuning(
        "finetuning",
        power("A", "alpha", "n_params * n_finetune_tokens**ratio"),
        published=_zhang(2),
        priors={"alpha": lognormal(0.28, 0.6), "ratio": lognormal(0.25, 0.9)},
        meanings={"alpha": "exponent of size", "ratio": "exponent of fine-tuning data over that of size"},
        factor=("n_params", f"parameters of the model; {EMBEDDINGS_UNSTATED}", (1e8, 1e12)),
    ),
    _fine_tuning(
        "finetuning_pretraining",
        power("A", "alpha", "n_tokens * n_finetune_tokens**ratio"),
        published=_zhang(4),
        priors={"alpha": lognormal(0.15, 0.6), "ratio": lognormal(0.4, 0.9)},
        meanings={
            "alpha": "exponent of pre-training data",
            "ratio": "exponent of fine-tuning data over that of pre-training data",
        },
        factor=("n_tokens", f"{PRETRAINING_TOKENS}; one model size", (1e9, 1e13)),
    ),
    _fine_tuning(
        "finetuning_adapters",
        power("A", "beta", "n_finetune_tokens * n_params_tuned**ratio"),
        published=_zhang_tuned(),
        priors={"beta": lognormal(0.05, 0.7), "ratio": normal(0.1, 0.15)},
        meanings={
            "beta": "exponent of fine-tuning data",
            "ratio": "exponent of tuned parameters over that of fine-tuning data; below 0 where more of them do harm",
        },
        factor=("n_params_tuned", "parameters that fine-tuning trains; one model", (1e4, 1e9)),
    ),
    Law(
        "transfer",
        term("k_0 * (n_finetune_tokens / 1e7)**alpha * (n_params / 1e8)**beta"),
        source="Hernandez et al. 2021, arXiv 2102.01293, equation 1.1: D_T = k D_F^alpha N^beta",
        response="transferred_tokens",
        id="L48",
        regime="The data from scratch that pre-training is worth: those that a new model of the same size needs to "
        "reach the loss of the fine-tuned one, less the fine-tuning data. At most a tenth of the data that a new model "
        "of this size can use.",
        pitfalls="With more data, pre-training is worth less than the law says, and can harm small models. The "
        "response is read from curves of models from scratch and has their errors: where losses are at hand, fit "
        "transfer_loss.",
        published=HERNANDEZ,
        priors=TRANSFER_PRIORS,
        pooling={"k_0": "partial", "alpha": "partial"},
        meanings=TRANSFER_MEANINGS,
        counts=TRANSFER_COUNTS,
        notation=r"D_T = k D_F^\alpha N^\beta",
        ranges=TRANSFER_RANGES,
    ),
    Law(
        "transfer_loss",
        joined("alpha_D", scaled_power("N_c", "alpha_N", "n_params"), scaled_power("D_c", "alpha_D", EFFECTIVE)),
        source="Hernandez et al. 2021, arXiv 2102.01293, equation 6.1: Kaplan's law of a model from scratch, with the "
        "fine-tuning data and those transferred, D_F + D_T, in place of the data",
        id="L48",
        regime="Loss on the new distribution after fine-tuning to the best early stop, in the regime of transfer.",
        pitfalls="The law has no floor. Fine-tuned models alone hardly determine k_0, as D_c makes up for it, until "
        "fine-tuning data approach what is transferred: then take its prior from models from scratch. Published sets "
        "have no N_c, D_c, alpha_N and alpha_D for Python.",
        published=HERNANDEZ,
        priors={"alpha_N": lognormal(0.08, 0.4), "alpha_D": lognormal(0.1, 0.4), **TRANSFER_PRIORS},
        pooling={"k_0": "partial"},
        meanings=TRANSFER_MEANINGS,
        counts=TRANSFER_COUNTS,
        notation=r"L = \left[\left(\frac{N_c}{N}\right)^{\alpha_N/\alpha_D} + "
        r"\frac{D_c}{D_F + k D_F^\alpha N^\beta}\right]^{\alpha_D}",
        ranges=TRANSFER_RANGES,
    ),
    Law(
        "forgetting",
        term(
            "initial_loss + offset + d_0 * (n_finetune_tokens / 1e7)**beta"
            " * ((1 + B * injected_share) * n_params / 1e8)**-alpha"
        ),
        source="Bethune et al. 2025, arXiv 2502.06042: L_pt^0 + A D_ft^beta / ((1 + B p) N)^alpha + E",
        id="L49",
        regime="Loss on the pre-training data after fine-tuning, a share of whose data is from pre-training: 4e7 to "
        "1.3e9 parameters, 3e5 to 3e7 tokens, a share of 0 to 0.05. Give domains of fine-tuning as families.",
        pitfalls="Where injected_share does not vary, the posterior of B is its prior. The law has no time: give the "
        "loss at the best early stop on the fine-tuning data.",
        published={"Wikipedia, B alone": {"B": 829.0}, "DM Mathematics, B alone": {"B": 1e4}},
        priors={
            **{"offset": normal(0.0, 0.03), "d_0": lognormal(0.2, 1.0), "beta": lognormal(0.4, 0.5)},
            **{"B": lognormal(2e3, 1.0), "alpha": lognormal(0.6, 0.5)},
        },
        pooling={"d_0": "partial", "B": "partial"},
        meanings={
            "offset": "change of loss that is left where nothing is forgotten",
            "d_0": "loss added at 1e8 parameters and 1e7 tokens, without injected data",
            "beta": "exponent with which it grows with data",
            "B": "parameters that an injected share of 1 is worth, over those of the model",
            "alpha": "exponent with which it falls with size",
        },
        counts={
            "initial_loss": "loss on the pre-training data before fine-tuning, nats per token",
            "n_params": PARAMETERS,
            "n_finetune_tokens": "different tokens of the fine-tuning data, without the injected ones",
            "injected_share": "probability that a training example is from the pre-training data",
        },
        notation=r"L_\mathrm{pt} = L_\mathrm{pt}^0 + \frac{A D_\mathrm{ft}^\beta}{((1 + B p) N)^\alpha} + E",
        ranges={
            **{"initial_loss": (1.5, 4.0), "n_params": (1e7, 1e11)},
            **{"n_finetune_tokens": (1e5, 1e9), "injected_share": (0, 0.1)},
        },
    ),
)
