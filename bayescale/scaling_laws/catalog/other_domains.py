"""Laws of models outside text: time series, robot policies, mixed modalities and dense retrieval."""

from bayescale.scaling_laws.input_definitions import NON_EMBEDDING_PARAMETERS, PARAMETERS
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import logitnormal, lognormal
from bayescale.scaling_laws.terms import floor, joined, power, scaled_power, term

LAWS: tuple[Law, ...] = (
    Law(
        "time_series",
        scaled_power("x_c", "alpha", "n_params"),
        source="Yao et al. 2024, arXiv 2410.12360: L = (x_c/x)^α in parameters, compute or data",
        response="nll",
        id="L30",
        regime="Time-series foundation models of one architecture, with one input varied; in-distribution and "
        "out-of-distribution data apart.",
        pitfalls="The negative log-likelihood of a density can be 0 or less and depends on the unit of the series: "
        "add a constant first, or use power_floor. Architectures differ in their exponent out of distribution.",
        priors={"alpha": lognormal(0.06, 0.5)},
        counts={"n_params": PARAMETERS},
        ranges={"n_params": (1e6, 1e10)},
    ),
    Law(
        "imitation",
        power("beta", "alpha", "environments"),
        source="Lin, Hu et al. 2024, arXiv 2410.18647: 1 − normalised score = β·X^−α in environments, objects or pairs",
        response="score_gap",
        id="L37",
        regime="Robot policies from demonstrations, against the number of distinct environments, objects or pairs of "
        "both.",
        pitfalls="The law exceeds 1 for very few environments. Demonstrations of one pair saturate, so that more of "
        "them do not increase the input. The published fits are read from a figure of two tasks.",
        published={
            "Pour Water, over objects": {"beta": 0.825, "alpha": 0.703},
            "Pour Water, over environments": {"beta": 1.180, "alpha": 0.844},
            "Pour Water, over pairs of environment and object": {"beta": 1.068, "alpha": 0.579},
            "Mouse Arrangement, over objects": {"beta": 0.826, "alpha": 0.697},
            "Mouse Arrangement, over environments": {"beta": 0.827, "alpha": 0.466},
            "Mouse Arrangement, over pairs of environment and object": {"beta": 1.263, "alpha": 0.683},
        },
        priors={"alpha": lognormal(0.6, 0.4)},
        counts={"environments": "distinct environments, objects or pairs in the demonstrations"},
        ranges={"environments": (1.0, 1e3)},
    ),
    Law(
        "mixed_modal",
        # the synergy -C as a floor S = 1 - C above 0, so that level and slopes at the data are the coordinates
        floor("S") + power("A", "alpha", "n_params") + power("B", "beta", "n_tokens") + term("unimodal_loss - 1"),
        source="Aghajanyan et al. 2023, arXiv 2301.03728: [L(N, D_i) + L(N, D_j)]/2 − C_ij + A_ij/N^α_ij + "
        "B_ij/(|D_i| + |D_j|)^β_ij",
        id="L63",
        regime="One model trained on two modalities as tokens, with one family per pair, against the mean loss of two "
        "unimodal models of the same size and of the same tokens per modality. The authors train 8e6 to 3e10 "
        "parameters on 5e9 to 1e11 tokens.",
        pitfalls="The unimodal losses are inputs: measure them, or forecast them from a law of each modality. Where "
        "A/N^alpha + B/D^beta exceeds C = 1 - S the modalities compete, below they help each other; C is extrapolated "
        "as long as they compete in all runs. No published coefficients of the interaction were found.",
        priors={
            "S": lognormal(0.9, 0.15),
            "A": lognormal(0.01, 1.0),
            "B": lognormal(0.01, 1.0),
            "alpha": lognormal(0.25, 0.4),
            "beta": lognormal(0.25, 0.4),
        },
        meanings={
            "S": "1 nat minus C, the largest reduction of the loss by training on both modalities",
            "A": "competition for parameters; the prior is of its slope at the centre, relative to the smallest loss",
            "B": "competition for data; the prior is of its slope at the centre, relative to the smallest loss",
        },
        counts={
            "n_params": PARAMETERS,
            "n_tokens": "tokens of both modalities together",
            "unimodal_loss": "mean loss of two models of the same size, each trained on the tokens of one modality",
        },
        notation=r"L = \frac{L_i + L_j}{2} - C_{ij} + \frac{A_{ij}}{N^{\alpha_{ij}}} + "
        r"\frac{B_{ij}}{(|D_i| + |D_j|)^{\beta_{ij}}}",
        ranges={"n_params": (8e6, 3e10), "n_tokens": (5e9, 1e12), "unimodal_loss": (2.0, 6.0)},
    ),
    Law(
        "dense_retrieval",
        floor("delta") + joined("beta", scaled_power("A", "alpha", "n_params"), scaled_power("B", "beta", "examples")),
        source="Fang et al. 2024, arXiv 2403.18684: L = [(A/N)^(α/β) + B/D]^β + δ",
        response="contrastive_entropy",
        id="L64",
        regime="Dual encoders of 5e5 to 8.2e7 parameters without embeddings, fine-tuned on annotated pairs of query "
        "and passage. The response is the negative log-probability of the annotated passage among it and 256 others.",
        pitfalls="The response depends on the number of other passages. Annotations of another quality have other "
        "coefficients. The published values were read in a summary, not in the paper.",
        published={
            "Fang et al. 2024, MS MARCO, both inputs (second-hand)": {
                "A": 3.6e4,
                "alpha": 0.56,
                "B": 7.1e3,
                "beta": 1.31,
                "delta": 0.03,
            },
        },
        priors={
            "alpha": lognormal(0.5, 0.35),
            "beta": lognormal(0.9, 0.4),
            "A": lognormal(0.4, 1.0),
            "B": lognormal(0.2, 1.0),
            "delta": logitnormal(0.0, 1.0),
        },
        meanings={
            "A": "size at which its term alone is 1; the prior is of its slope at the centre of the data",
            "B": "number of annotations at which their term alone is 1; the prior is of its slope there",
            "beta": "exponent of data, and how the terms join: at 1 they add",
            "delta": "contrastive entropy that no model and no annotations remove",
        },
        counts={"n_params": NON_EMBEDDING_PARAMETERS, "examples": "annotated pairs of query and passage"},
        notation=r"L(N, D) = \left[\left(\frac{A}{N}\right)^{\alpha / \beta} + \frac{B}{D}\right]^\beta + \delta",
        ranges={"n_params": (5e5, 1e9), "examples": (1e4, 1e7)},
    ),
)
