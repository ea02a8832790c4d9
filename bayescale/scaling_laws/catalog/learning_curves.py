"""Shapes of learning curves: bends, floors, breaks, reversals."""

from bayescale.scaling_laws.expression import Scale, floor, power, term
from bayescale.scaling_laws.input_definitions import SET, TOTAL, TRAINING
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import logitnormal, lognormal, normal

EXAMPLES = {"examples": (1e4, 1e12)}
SHARE = Scale("logit")
ALABDULMOHSIN = "Alabdulmohsin, Neyshabur and Zhai 2022, arXiv 2209.06640"
DECAY = lognormal(0.3, 0.6)  # of M1 to M4: published curves fall more slowly, and less alike, than loss in model size
UNPUBLISHED = "We found no published coefficients: form and priors only."

#: Priors that replace a law's own where its response is named as something other than a loss: an error of guessing.
ERROR_PRIORS = {"m4": {"e_0": lognormal(0.8, 0.3)}}

LAWS = (
    Law(
        "rl_power",
        # a formula and not a power term: the level at reference compute depends on size, not on the family alone
        term("10**(-(a * n_params / (n_params + N_1) + K_max * n_params / (n_params + N_0) * log10(flops / 1e20)))"),
        source="Tan et al. 2025, arXiv 2509.25300: log10 error = −k(N)·log10 X + E(N), k(N) = K_max/(1 + N_0/N)",
        response="error",
        id="L20",
        regime="reinforcement learning after pre-training, error = 1 − Pass@1 on held-out mathematics; local in "
        "compute; give cumulative compute of the reinforcement learning alone",
        pitfalls="no ceiling, so that the error tends to 0 and can exceed 1 below the reference: compare rl_sigmoid; "
        "Pass@1 of few prompts has binomial noise; E(N) is written as −a·N/(N + N_1) with compute in units of 1e20 "
        f"FLOPs, so a, and with it N_1, depends on that unit. {UNPUBLISHED}",
        priors={
            "a": lognormal(0.4, 0.7),
            "N_1": lognormal(5e9, 1.2),
            "K_max": lognormal(0.15, 0.7),
            "N_0": lognormal(6.3e9, 1.15),
        },
        pooling={"a": "partial"},
        meanings={
            "a": "decades of error below 1 that an endless model has at 1e20 FLOPs",
            "N_1": "parameters at which half of a is reached",
            "K_max": "decades of error a decade of compute removes, for an endless model",
            "N_0": "parameters at which half of K_max is reached",
        },
        counts={"n_params": TOTAL, "flops": "compute of reinforcement learning so far, without pre-training"},
        notation=r"\log_{10} L = -k(N) \log_{10} X + E(N),\quad k(N) = \frac{K_\mathrm{max}}{1 + N_0/N}",
        ranges={"n_params": (5e8, 1e11), "flops": (1e18, 1e23)},
    ),
    Law(
        "rl_sigmoid",
        # the reward before any reinforcement learning is measured, not fitted
        term("initial_pass_rate + (A - initial_pass_rate) * sigmoid(B * log(gpu_hours / C_mid))"),
        source="Khatri et al. 2025, arXiv 2510.13786: R − R_0 = (A − R_0)/(1 + (C_mid/C)^B), R_0 measured",
        response="pass_rate",
        scale=SHARE,
        id="L21",
        regime="reinforcement learning of one recipe, pass rate on held-out prompts, after the first 1500 GPU hours or "
        "so; other measures of compute need a prior of C_mid in their unit",
        pitfalls="A and C_mid cannot be told apart before the knee: trust A only where the largest compute exceeds "
        "C_mid; points of one run are not independent; A below initial_pass_rate describes a run that gets worse; A "
        "varies by .02 from run to run",
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
        pooling={"A": "partial"},
        meanings={
            "A": "pass rate at endless compute",
            "B": "steepness of the rise in log compute",
            "C_mid": "compute (GPU hours) at which half of the rise is reached",
        },
        counts={
            "initial_pass_rate": "measured on the same prompts before any reinforcement learning",
            "gpu_hours": "of reinforcement learning so far",
        },
        notation=r"R_C - R_0 = \frac{A - R_0}{1 + (C_\mathrm{mid}/C)^B}",
        ranges={"initial_pass_rate": (0.01, 0.9), "gpu_hours": (1.5e3, 1e5)},
    ),
    Law(
        "broken_power",
        # b·x^-c0·(1 + (x/d1)^(1/f1))^(-c1·f1) as one power term of exponent c0, so that it has data-centred
        # coordinates; the logarithm of its quantity is written out, as that of a sharp break (f1 of .06) overflows
        floor("a") + power("b", "c0", "examples * exp(c1 * f1 / c0 * logaddexp(0, log(examples / d1) / f1))"),
        source="Caballero et al. 2022, arXiv 2210.14891 (one break): a + b·x^−c0·(1 + (x/d1)^(1/f1))^(−c1·f1)",
        id="L24",
        regime="curves whose slope on log-log axes changes once, smoothly, within the data; for more breaks multiply "
        "the quantity of the power term by exp(c2 * f2 / c0 * logaddexp(0, log(x / d2) / f2)) and so on, with priors "
        "of c2, d2, f2",
        pitfalls="a break beyond the data cannot be known: there c1 and d1 rest on their priors, which are wide; "
        "extrapolation succeeds only when the data pass the break; an input that is not near 1e2 to 1e10 needs a prior "
        "of d1 in its unit",
        published={
            "Caballero et al. 2022, four-digit addition in the authors' code": {
                "a": 0.4139,
                "b": 2.2773,
                "c0": 0.0551,
                "c1": 5.663,
                "d1": 612.58,
                "f1": 0.0592,
            }
        },
        priors={
            "c0": lognormal(0.2, 0.7),
            # wide enough for the authors' example: a bend of 5.7 at 613 examples, sharp within 6 %
            "c1": normal(0.0, 3.0),
            "d1": lognormal(1e6, 5.0),
            "f1": lognormal(0.2, 1.0),
        },
        pooling={"d1": "partial"},
        meanings={
            "a": "floor: what is left at endless data",
            "b": "size of the power term before the break",
            "c0": "exponent before the break",
            "c1": "what the exponent gains at the break; 0 is no break, below −c0 the curve rises",
            "d1": "examples at the break",
            "f1": "width of the break: towards 0 it is sharp",
        },
        counts={"examples": SET + "; or any other input, with a prior of d1 in its unit"},
        notation=r"y = a + b x^{-c_0} \left(1 + (x/d_1)^{1/f_1}\right)^{-c_1 f_1}",
        ranges=EXAMPLES,
    ),
    Law(
        "m1",
        power("beta", "c", "examples"),
        source=f"{ALABDULMOHSIN}: y = βx^−c",
        id="L25",
        regime="the middle of a learning curve, far from chance and from any floor",
        pitfalls=f"no floor: too optimistic far enough out. {UNPUBLISHED}",
        priors={"c": DECAY},
        counts={"examples": "examples seen in training"},
        ranges=EXAMPLES,
    ),
    Law(
        "m2",
        floor("e_inf") + power("beta", "c", "examples"),
        source=f"{ALABDULMOHSIN}: y = ε∞ + βx^−c",
        id="L25",
        regime="a learning curve that approaches its floor",
        pitfalls=f"floor and exponent trade off unless the data span more than a decade. {UNPUBLISHED}",
        priors={"c": DECAY},
        counts={"examples": "examples seen in training"},
        ranges=EXAMPLES,
    ),
    Law(
        "m3",
        power("beta", "c", "examples / (1 + gamma * examples)"),
        source=f"{ALABDULMOHSIN}: y = β(1/x + γ)^c",
        id="L25",
        regime="a learning curve that stops falling after some 1/gamma examples",
        pitfalls="its floor βγ^c hangs together with its slope; with another input gamma needs a prior in its unit. "
        f"{UNPUBLISHED}",
        priors={"c": DECAY, "gamma": lognormal(1e-9, 2.5)},
        pooling={"gamma": "partial"},
        meanings={"gamma": "one over the examples after which more no longer help; 0 gives m1"},
        counts={"examples": "examples seen in training"},
        notation=r"y = \beta (1/x + \gamma)^c",
        ranges=EXAMPLES,
    ),
    Law(
        "m4",
        # s/(1 − s)^alpha = beta·(x/1e8)^-c for the share s = (y − e_inf)/(e_0 − e_inf): with the printed beta, in the
        # unit of y^(1 − alpha), e_0, fraction, beta and alpha trade off along a curve that chains hardly follow
        term("e_0 * (fraction + (1 - fraction) * saturating_share(log(beta) - c * log(examples / 1e8), alpha))"),
        source=f"{ALABDULMOHSIN}: (y − ε∞)/(ε0 − y)^α = βx^−c",
        id="L25",
        regime="a whole learning curve, from chance at no data to its floor",
        pitfalls="five parameters: chance and floor must both be within reach of the data or of their priors; the "
        "prior of e_0 is for losses in nats, with another `response` for errors of guessing of .5 to 1; beta is that "
        "of x in units of 1e8 examples and of y in units of e_0 − e_inf (printed beta = beta·1e8^c·(e_0 − e_inf)^(1 − "
        f"alpha)). {UNPUBLISHED}",
        priors={
            "e_0": lognormal(6.0, 0.7),
            "fraction": logitnormal(-1.5, 1.2),
            "beta": lognormal(0.5, 1.5),
            "c": DECAY,
            "alpha": lognormal(1.0, 0.5),
        },
        pooling={"e_0": "partial", "fraction": "partial", "beta": "partial"},
        meanings={
            "e_0": "response at no data: that of guessing",
            "fraction": "floor at endless data as a fraction of e_0 (e_inf = e_0·fraction)",
            "beta": "s/(1 − s)^alpha at 1e8 examples, s being the share left of the fall from e_0 to e_inf",
            "c": "how fast the response falls with examples in the middle of the curve",
            "alpha": "how abruptly the curve leaves e_0: below 1 late and sharply",
        },
        counts={"examples": "examples seen in training"},
        notation=r"\frac{y - \epsilon_\infty}{(\epsilon_0 - y)^\alpha} = \beta x^{-c}",
        ranges=EXAMPLES,
    ),
    Law(
        "frontier",
        floor("d") + power("a", "c", "flops + b"),
        source="Nezhurina et al. 2025, arXiv 2506.04598: err = a(C + b)^−c + d",
        response="error",
        id="L31",
        regime="least error reached per compute over many runs; compute in FLOPs (the authors use 1e9 FLOPs)",
        pitfalls="minima of noisy runs are too good (winner's curse), more so where there are many runs; "
        f"repeated data fall short of it. {UNPUBLISHED}",
        priors={"b": lognormal(1e18, 2.0)},
        pooling={"b": "partial"},
        meanings={"b": "compute (FLOPs) below which the error hardly changes", "d": "error at endless compute"},
        counts={"flops": "compute of pre-training, samples repeated counted each time"},
        notation=r"\mathrm{err}(C) = a (C + b)^c + d",
        ranges={"flops": (1e17, 1e23)},
    ),
    Law(
        "u_shape",
        term("sigmoid(a + b * log10(flops / 1e22) + c * log10(flops / 1e22)**2)"),
        source="McKenzie et al. 2023, arXiv 2306.09479 (inverse scaling and its reversals); quadratic form our own",
        response="accuracy",
        scale=SHARE,
        id="L42",
        regime="tasks whose accuracy falls, turns or rises with compute, within the range of the data",
        pitfalls="a quadratic returns to its trend nowhere: do not extrapolate past the turn; always compare with a "
        f"flat model and with one without c. {UNPUBLISHED}",
        priors={"a": normal(0.0, 1.2), "b": normal(0.0, 0.7), "c": normal(0.0, 0.15)},
        pooling={"a": "partial", "b": "partial"},
        meanings={
            "a": "log-odds of success at 1e22 FLOPs",
            "b": "slope of the log-odds per decade of compute at 1e22 FLOPs; either sign",
            "c": "how the slope itself changes: above 0 a U, below 0 an inverted U",
        },
        counts={"flops": TRAINING},
        ranges={"flops": (1e19, 1e26)},
    ),
)
