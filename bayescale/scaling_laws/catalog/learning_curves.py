"""Laws of learning curves in one input: floors, breaks and reversals."""

from bayescale.scaling_laws.input_definitions import DATASET_SIZE, TRAINING_COMPUTE
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.link import Scale
from bayescale.scaling_laws.prior import logitnormal, lognormal, normal
from bayescale.scaling_laws.terms import floor, power, term

EXAMPLES = {"examples": (1e4, 1e12)}
SHARE = Scale("logit")
ALABDULMOHSIN = "Alabdulmohsin, Neyshabur and Zhai 2022, arXiv 2209.06640"
DECAY = lognormal(0.3, 0.6)  # of m1 to m4: published curves fall more slowly than losses in model size, and vary more

#: Priors that replace those of a law where the response is an error instead of a loss: the error of guessing.
ERROR_PRIORS = {"m4": {"e_0": lognormal(0.8, 0.3)}}

LAWS: tuple[Law, ...] = (
    Law(
        "broken_power",
        # b * x**-c0 * (1 + (x / d1)**(1 / f1))**(-c1 * f1) as one power term of exponent c0, so that it has
        # data-centred coordinates. The logarithm of its quantity is explicit, as a sharp break overflows.
        floor("a") + power("b", "c0", "examples * exp(c1 * f1 / c0 * logaddexp(0, log(examples / d1) / f1))"),
        source="Caballero et al. 2022, arXiv 2210.14891 (one break): a + b·x^−c0·(1 + (x/d1)^(1/f1))^(−c1·f1)",
        id="L24",
        regime="Curves whose slope on log-log axes changes once, smoothly, within the data. For each further break, "
        "multiply the quantity of the power term by exp(c2 * f2 / c0 * logaddexp(0, log(x / d2) / f2)) and give "
        "priors of c2, d2 and f2.",
        pitfalls="Data before a break say nothing about it: then c1 and d1 rest on their wide priors, and "
        "extrapolation succeeds only where the data pass the break. For an input outside 1e2 to 1e10, give a prior of "
        "d1 in its unit.",
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
            # wide enough for the authors' example: c1 of 5.7 at 613 examples with a width of 0.06
            "c1": normal(0.0, 3.0),
            "d1": lognormal(1e6, 5.0),
            "f1": lognormal(0.2, 1.0),
        },
        pooling={"d1": "partial"},
        meanings={
            "a": "floor: the response at infinite data",
            "b": "size of the power term before the break",
            "c0": "exponent before the break",
            "c1": "increase of the exponent at the break; 0 is no break, and below -c0 the curve rises",
            "d1": "number of examples at the break",
            "f1": "width of the break; near 0 it is sharp",
        },
        counts={"examples": DATASET_SIZE + "; or any other input, with a prior of d1 in its unit"},
        notation=r"y = a + b x^{-c_0} \left(1 + (x/d_1)^{1/f_1}\right)^{-c_1 f_1}",
        ranges=EXAMPLES,
    ),
    Law(
        "m1",
        power("beta", "c", "examples"),
        source=f"{ALABDULMOHSIN}: y = βx^−c",
        id="L25",
        regime="The middle of a learning curve, far from chance and from any floor.",
        pitfalls="The law has no floor, so that it is too optimistic at large enough scale.",
        priors={"c": DECAY},
        counts={"examples": "examples seen in training"},
        ranges=EXAMPLES,
    ),
    Law(
        "m2",
        floor("e_inf") + power("beta", "c", "examples"),
        source=f"{ALABDULMOHSIN}: y = ε∞ + βx^−c",
        id="L25",
        regime="A learning curve that approaches its floor.",
        pitfalls="Floor and exponent trade off unless the data span more than one decade.",
        priors={"c": DECAY},
        counts={"examples": "examples seen in training"},
        ranges=EXAMPLES,
    ),
    Law(
        "m3",
        power("beta", "c", "examples / (1 + gamma * examples)"),
        source=f"{ALABDULMOHSIN}: y = β(1/x + γ)^c",
        id="L25",
        regime="A learning curve that stops falling after about 1/gamma examples.",
        pitfalls="Its floor, beta * gamma^c, is not independent of its slope. For another input, give a prior of "
        "gamma in its unit.",
        priors={"c": DECAY, "gamma": lognormal(1e-9, 2.5)},
        pooling={"gamma": "partial"},
        meanings={"gamma": "inverse of the number of examples after which further ones no longer help; 0 gives m1"},
        counts={"examples": "examples seen in training"},
        notation=r"y = \beta (1/x + \gamma)^c",
        ranges=EXAMPLES,
    ),
    Law(
        "m4",
        # s / (1 - s)**alpha = beta * (x / 1e8)**-c for the share s = (y - e_inf) / (e_0 - e_inf). The printed beta has
        # the unit of y**(1 - alpha); with it, e_0, fraction, beta and alpha are so correlated that chains mix badly.
        term("e_0 * (fraction + (1 - fraction) * saturating_share(log(beta) - c * log(examples / 1e8), alpha))"),
        source=f"{ALABDULMOHSIN}: (y − ε∞)/(ε0 − y)^α = βx^−c",
        id="L25",
        regime="A whole learning curve, from chance without data to its floor.",
        pitfalls="The law has five parameters: the data or the priors must determine both chance and floor. The prior "
        "of e_0 is for losses in nats; for another `response` it is for errors of guessing of 0.5 to 1. beta is for x "
        "in units of 1e8 examples and y in units of e_0 - e_inf; the printed beta is beta * 1e8^c * (e_0 - e_inf)^(1 "
        "- alpha).",
        priors={
            "e_0": lognormal(6.0, 0.7),
            "fraction": logitnormal(-1.5, 1.2),
            "beta": lognormal(0.5, 1.5),
            "c": DECAY,
            "alpha": lognormal(1.0, 0.5),
        },
        pooling={"e_0": "partial", "fraction": "partial", "beta": "partial"},
        meanings={
            "e_0": "response without data, which is that of guessing",
            "fraction": "floor at infinite data, as a fraction of e_0 (e_inf = e_0 * fraction)",
            "beta": "s / (1 - s)^alpha at 1e8 examples, where s is the remaining share of the fall from e_0 to e_inf",
            "c": "exponent with which the response falls in the middle of the curve",
            "alpha": "how abruptly the curve leaves e_0: below 1 it leaves late and sharply",
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
        regime="The smallest error reached at each amount of compute over many runs, with compute in FLOP (the "
        "authors use 1e9 FLOP).",
        pitfalls="Minima of noisy runs are too small (winner's curse), and more so where there are many runs. Runs on "
        "repeated data are worse than the law.",
        priors={"b": lognormal(1e18, 2.0)},
        pooling={"b": "partial"},
        meanings={"b": "compute (FLOP) below which the error hardly changes", "d": "error at infinite compute"},
        counts={"flops": "compute of pre-training; a repeated sample counts each time"},
        notation=r"\mathrm{err}(C) = a (C + b)^c + d",
        ranges={"flops": (1e17, 1e23)},
    ),
    Law(
        "predictive_uncertainty",
        power("U_1", "gamma", "examples"),
        source="Rosso et al. 2025, arXiv 2506.09648: uncertainty in proportion to n^−γ",
        response="uncertainty",
        id="L32",
        regime="Predictive uncertainty by ensembles, dropout, Laplace approximation or sampling, against training "
        "examples.",
        pitfalls="Exponents depend on method and architecture; identifiable models have 1. Estimates of aleatoric "
        "uncertainty fall as well, which they should not. The total uncertainty of noisy data has a floor: use m2.",
        priors={"gamma": lognormal(0.4, 0.6)},
        counts={"examples": DATASET_SIZE},
        ranges={"examples": (1e2, 1e9)},
    ),
    Law(
        "u_shape",
        term("sigmoid(a + b * log10(flops / 1e22) + c * log10(flops / 1e22)**2)"),
        source="McKenzie et al. 2023, arXiv 2306.09479 (inverse scaling and its reversals); quadratic form chosen here",
        response="accuracy",
        scale=SHARE,
        id="L42",
        regime="Tasks whose accuracy falls, turns or rises with compute, within the range of the data.",
        pitfalls="A quadratic never returns to a trend: do not extrapolate beyond the turn. Always compare with a "
        "flat model and with one without c.",
        priors={"a": normal(0.0, 1.2), "b": normal(0.0, 0.7), "c": normal(0.0, 0.15)},
        pooling={"a": "partial", "b": "partial"},
        meanings={
            "a": "log-odds of success at 1e22 FLOP",
            "b": "slope of the log-odds per decade of compute at 1e22 FLOP, of either sign",
            "c": "curvature of the log-odds: above 0 the curve is a U, below 0 an inverted U",
        },
        counts={"flops": TRAINING_COMPUTE},
        ranges={"flops": (1e19, 1e26)},
    ),
)
