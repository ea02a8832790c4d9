"""Laws of reinforcement learning and of preference models."""

from bayescale.scaling_laws.input_definitions import ALL_PARAMETERS
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.link import Scale
from bayescale.scaling_laws.prior import logitnormal, lognormal
from bayescale.scaling_laws.terms import floor, power, term

SHARE = Scale("logit")

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
)
