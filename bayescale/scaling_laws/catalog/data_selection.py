"""Laws of loss or error when training data are pruned, mixed or exchanged."""

from bayescale.scaling_laws.input_definitions import DATASET_SIZE, PARAMETERS, TOKENS_SEEN
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import logitnormal, lognormal
from bayescale.scaling_laws.terms import floor, power, term

DOMAIN_SHARE = "share of the training tokens that comes from the domain whose loss is measured"

LAWS: tuple[Law, ...] = (
    Law(
        "data_pruning",
        # a * exp(-g * (x / 1e6)**kappa) as a power term of exponent g, so that it has data-centred coordinates. It is
        # relative to 1e6 examples, as P0 = 1e6 * g**(-1 / kappa) diverges for small kappa. min avoids overflow.
        floor("e_inf") + power("a", "g", "exp(min((examples / 1e6)**kappa, 700))"),
        source="after Sorscher et al. 2022, arXiv 2206.14486: along the best pruned fraction error falls faster than a "
        "power, a·exp(−(P/P0)^κ); stretched exponential and floor chosen here",
        response="error",
        id="L29",
        regime="Error against the number of examples kept, where the best fraction is kept at every size of the data "
        "set.",
        pitfalls="A fixed fraction gives a power law again: compare with m2. The best measure of difficulty depends "
        "on the amount of data. P0 of the source is 1e6 * g^(-1/kappa).",
        priors={
            "a": lognormal(1.5, 1.0),
            "g": lognormal(1.0, 0.8),
            "kappa": lognormal(0.3, 0.5),
        },
        pooling={"a": "partial", "g": "shared", "e_inf": "partial"},
        meanings={
            "a": "error above the floor without data",
            "g": "logarithm of the factor by which the first 1e6 examples reduce it",
            "kappa": "1 is exponential; towards 0 the law becomes a power law",
            "e_inf": "error at infinite data",
        },
        counts={"examples": "examples kept after pruning"},
        ranges={"examples": (1e3, 1e9)},
    ),
    Law(
        "projection",
        # the floor bounds the loss; the source's interpolation, linear in log size, is unbounded
        floor("E") + power("A", "alpha", "n_tokens") + term("k * ot_distance"),
        source="after Kang et al. 2023, arXiv 2307.02460: affine in the optimal-transport distance from the training "
        "data to the validation data; it falls with size to a floor, where the source (and "
        "bayescale.projektor) projects along log size",
        id="L41",
        regime="Mixtures of one set of data sources, with distances computed in the same way for all.",
        pitfalls="k is in the unit of the distance: divide distances by their median first. Distances of 0 are "
        "refused. In the paper, k may change with the mixture. A constant distance cannot be separated from the floor.",
        priors={"k": lognormal(0.2, 1.0)},
        meanings={"k": "loss added per unit of distance"},
        counts={
            "n_tokens": "tokens selected from all sources: " + DATASET_SIZE,
            "ot_distance": "optimal-transport distance from the selected data to the validation data, divided by its "
            "median",
        },
        notation=r"L = a\, OT + b",
        ranges={"n_tokens": (1e6, 1e13), "ot_distance": (0.05, 5.0)},
    ),
    Law(
        "loss_to_loss",
        # (source_loss - E_0) / h_3 with E_0 = 3 - h_3: the slope at the data is proportional to h_3, so that its
        # logarithm samples well where that of E_0 does not. max keeps the base positive where a draw of E_0 is large
        floor("E_1") + power("K_3", "kappa", "1 / max(1 + (source_loss - 3) / h_3, 0.001)"),
        source="Brandfonbrener et al. 2024, arXiv 2411.12925: L_1 = K (L_0 − E_0)^κ + E_1",
        id="L61",
        regime="Two losses of the same model, or of two models of the same compute that were trained on two data sets "
        "(train-to-train, train-to-test and test-to-test), close to compute-optimal and with one tokenizer. The "
        "authors fit 528 models of 2e7 to 1.7e9 parameters and 2e17 to 5e19 FLOP and forecast 20 times the compute.",
        pitfalls="Losses that span less than one nat hardly determine E_0 and kappa together: give h_3 = 3 - E_0 a "
        "narrow prior from a law of the source loss. K of the source is K_3 / h_3^kappa. Pairs of "
        "models must have the same compute. To chain it after a law of the loss, fit "
        "bayescale.law('loss_to_loss', over='loss', response='test_loss').",
        priors={
            "h_3": lognormal(1.4, 0.25),
            "K_3": lognormal(0.4, 0.6),
            "kappa": lognormal(1.0, 0.2),
        },
        meanings={
            "h_3": "3 nats minus the irreducible loss E_0 on the source data set",
            "E_1": "irreducible loss on the other data set",
            "K_3": "reducible loss at a source loss of 3; the prior is of its slope at the centre of the data",
            "kappa": "ratio of the exponents with which the two losses fall with compute",
        },
        counts={"source_loss": "nats per token on the data set that is predicted from"},
        notation=r"L_1 = K (L_0 - E_0)^\kappa + E_1",
        ranges={"source_loss": (2.2, 6.0)},
    ),
    Law(
        "bimix",
        # the share of the domain has one exponent in both terms: (B / s**beta + C) / r**alpha
        power("C", "alpha", "domain_share") + power("B", "beta", "n_tokens * domain_share**(alpha / beta)"),
        source="after Ge et al. 2024 (BiMix), arXiv 2405.14908: L_i = (B_i/s^β_i + C_i) A_i/r_i^α_i, with A_i = 1, as "
        "it cannot be separated from B_i and C_i; the formula was not confirmed from the paper",
        id="L62",
        regime="Loss of one domain, or of several with one family each, against its share of the training data and the "
        "amount of all data, at one size of model. Other domains count only through the share.",
        pitfalls="The loss grows without bound as the share goes to 0, and shares of 0 are refused. Compare with "
        "mixture_effective, which takes the shares of all domains, and with d_cpt, which takes the size of models.",
        priors={"C": logitnormal(1.0, 1.0), "alpha": lognormal(0.06, 0.8), "beta": lognormal(0.3, 0.5)},
        pooling={"B": "free", "C": "free"},
        meanings={
            "C": "loss of a model trained on the domain alone with infinite data; the prior is of its share of the "
            "loss at the centre of the data",
            "B": "size of the part that data remove; the prior is of the loss at the centre, over the smallest loss",
            "alpha": "exponent with which the loss falls with the share of the domain",
            "beta": "exponent with which that part falls with data",
        },
        counts={"domain_share": DOMAIN_SHARE, "n_tokens": TOKENS_SEEN + ", of all domains"},
        notation=r"L_i = \frac{A_i}{r_i^{\alpha_i}} \left(\frac{B_i}{s^{\beta_i}} + C_i\right)",
        ranges={"domain_share": (0.01, 1.0), "n_tokens": (1e8, 1e13)},
    ),
    Law(
        "d_cpt",
        # B * r**eta / D**beta as a power term in D / r**(eta / beta)
        floor("E")
        + power("A", "alpha", "n_params")
        + power("B", "beta", "n_tokens / domain_share**(eta / beta)")
        + power("C", "gamma", "domain_share + epsilon"),
        source="Que et al. 2024 (D-CPT law), arXiv 2406.01375: E + A/N^α + B r^η/D^β + C/(r + ε)^γ",
        id="L62",
        regime="Loss of the domain (or of the general text, with its own share) after continued pre-training on a "
        "mixture of two corpora, against size, tokens of that stage and the share of the domain.",
        pitfalls="Nine parameters: vary the share on several sizes and lengths. eta and epsilon are weakly determined "
        "unless shares below 0.1 occur. The tokens are those of continued pre-training only. No published coefficients "
        "were found.",
        priors={"eta": lognormal(0.3, 0.8), "epsilon": lognormal(0.1, 1.0)},
        meanings={
            "eta": "exponent of the share in the term of data",
            "epsilon": "share that the pre-trained model already has of the domain, in effect",
            "C": "size of the term of the share; the prior is of its slope at the centre of the data",
            "gamma": "exponent with which the term of the share falls",
        },
        counts={
            "n_params": PARAMETERS,
            "n_tokens": "tokens of continued pre-training, of all corpora",
            "domain_share": DOMAIN_SHARE,
        },
        notation=r"L = E + \frac{A}{N^\alpha} + \frac{B\, r^\eta}{D^\beta} + \frac{C}{(r + \epsilon)^\gamma}",
        ranges={"n_params": (1e8, 1e11), "n_tokens": (1e8, 1e12), "domain_share": (0.02, 1.0)},
    ),
)
