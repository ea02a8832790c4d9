"""Laws of inference: speculative decoding, the best of several samples, and demonstrations in the prompt."""

from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.link import Scale
from bayescale.scaling_laws.prior import lognormal, normal
from bayescale.scaling_laws.terms import floor, power, term

ANIL = "Anil et al. 2024, Many-shot jailbreaking (NeurIPS), as fitted by Arora et al. 2024, arXiv 2410.16531"
SHOTS = "demonstrations of the behaviour before the question, in one prompt"
ANSWERS = (
    "Prompts of one task and format for one model, from a few demonstrations to the end of the context window. The "
    "response is -log of the probability of the target answer, averaged over questions: nats per answer, or per token "
    "of answers of equal length. Families are models, stages of training or kinds of question."
)

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
    Law(
        "many_shot",
        floor("K") + power("C", "alpha", "shots"),
        source=f"{ANIL}: -E[log P] = C n^-alpha + K in the number n of demonstrations",
        response="answer_nll",
        id="L70",
        regime=ANSWERS,
        pitfalls="The law is infinite without demonstrations: with fewer than about 5 use many_shot_bounded. Leave out "
        "rows whose prompts the context window truncates. An average of -log P says little on the success rate of "
        "attacks, which needs repeated samples. The source reports that fine-tuning on refusals moves the curve up and "
        "hardly changes its exponent: `compare_families` compares both over families.",
        priors={"alpha": lognormal(0.5, 0.6)},
        meanings={
            "K": "-log probability of the answer after unlimited demonstrations",
            "C": "what one demonstration leaves above K",
            "alpha": "exponent with which demonstrations remove it",
        },
        counts={"shots": SHOTS},
        notation=r"-\mathbb{E}[\log P] = C\, n^{-\alpha} + K",
        ranges={"shots": (1.0, 1e4)},
    ),
    Law(
        "many_shot_bounded",
        floor("K") + power("C", "alpha", "1 + shots / n_c"),
        source=f"{ANIL}, appendix: -E[log P] = C (1 + n / n_c)^-alpha + K, bounded without demonstrations",
        response="answer_nll",
        id="L70",
        regime=f"{ANSWERS} Prompts with few demonstrations belong to it too.",
        pitfalls="Where every prompt has many more demonstrations than n_c, data determine C n_c^alpha alone: use "
        "many_shot. Where none has, alpha and n_c trade off. The number of demonstrations has a logarithmic axis, so "
        "that a row without any is refused: it measures C + K, and the law's limit there can be compared with it.",
        priors={"alpha": lognormal(0.6, 0.5), "n_c": lognormal(6.0, 1.0)},
        pooling={"n_c": "partial"},
        meanings={
            "K": "-log probability of the answer after unlimited demonstrations",
            "C": "what unlimited demonstrations remove",
            "alpha": "exponent with which many demonstrations remove it",
            "n_c": "demonstrations from which on the power law holds",
        },
        counts={"shots": SHOTS},
        notation=r"-\mathbb{E}[\log P] = C \left(1 + \frac{n}{n_c}\right)^{-\alpha} + K",
        ranges={"shots": (1.0, 1e4)},
    ),
)
