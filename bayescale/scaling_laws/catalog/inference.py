"""Laws of inference: speculative decoding and the best of several samples."""

from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.link import Scale
from bayescale.scaling_laws.prior import lognormal, normal
from bayescale.scaling_laws.terms import power, term

LAWS: tuple[Law, ...] = (
    Law(
        "speculative_decoding",
        term("a + b * log10(n_tokens / 1e9)"),
        source="Yan et al. 2025, arXiv 2505.07858: the acceptance length is affine in log10 of pre-training tokens, or "
        "of the draft model's capacity",
        response="acceptance_length",
        scale=Scale("identity"),
        id="L36",
        regime="Draft lengths that are not yet exhausted. For a law in the size of the draft model use "
        'over="n_params".',
        pitfalls="The law is unbounded, although at most the draft length plus one token can be accepted: fit data "
        "below that.",
        priors={"a": normal(2.5, 1.0), "b": normal(0.3, 0.2)},
        pooling={"a": "partial"},
        meanings={"a": "accepted tokens at 1e9 tokens of pre-training", "b": "further accepted tokens per decade"},
        counts={"n_tokens": "tokens that the draft model was pre-trained on"},
        notation=r"\tau = a + b \log_{10} D",
        ranges={"n_tokens": (1e8, 1e13)},
    ),
    Law(
        "sample_power",
        power("a", "b", "samples"),
        source="Kwok et al. 2025, arXiv 2506.17811: error of the best of k sampled actions = a·k^−b",
        response="action_error",
        id="L38",
        regime="Robot actions, where an oracle chooses the best of k actions that are sampled from the policy or "
        "perturbed around it.",
        pitfalls="A real verifier chooses worse than the oracle. Perturbations of a fixed radius have a floor: use m2 "
        "over samples. The source calls the law an exponentiated power law and fits this plain one.",
        priors={"b": lognormal(0.15, 0.5)},
        counts={"samples": "actions sampled per step"},
        ranges={"samples": (1.0, 1e4)},
    ),
)
