"""Laws of knowledge, pruning, density, imitation and whatever fits nowhere else."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bayescale.core.arguments import checked
from bayescale.errors import InputError
from bayescale.scaling_laws.expression import Scale, floor, power, scaled_power, term
from bayescale.scaling_laws.input_definitions import ALIKE, SET, UNSAID
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import logitnormal, lognormal, normal

UNPUBLISHED = "We found no published coefficients: form and priors only."
XIAO = "Xiao et al. 2024, arXiv 2412.04315"
#: Floors of four families on four texts, fitted by the authors with one exponent and one amplitude for all.
SUPERPOSITION_FLOORS = {
    "OPT": (2.2074, 2.2745, 1.7193, 2.1845),
    "Qwen2.5": (1.6079, 2.1009, 1.4890, 1.9348),
    "GPT-2": (2.3018, 2.3546, 1.9413, 2.2961),
    "Pythia": (2.1407, 2.2998, 1.5203, 2.2415),
}
TEXTS = ("WikiText", "C4", "Pile", "BookCorpus")

LAWS = (
    Law(
        "densing",
        term("exp(A * (days - 300) + B)"),
        source=f"{XIAO} v2, equation 5: log of the greatest capability density linear in time",
        response="density",
        id="L26",
        regime="best open base models of their time; density is effective_size over actual parameters",
        pitfalls="a regression on running maxima selects upward noise; contaminated benchmarks raise density; "
        "inverting a score at its plateau makes density explode; another version has A near .007 (doubling in 99 "
        "days), and A was .0048 before ChatGPT; we found no value of B",
        published={f"{XIAO} v2, slope alone (doubling in 95 days)": {"A": 0.0073}},
        priors={"A": normal(0.006, 0.003), "B": normal(0.0, 1.0)},
        pooling={"B": "partial"},
        meanings={
            "A": "growth of log density per day",
            "B": "log density 300 days after the release of Llama-1 (February 2023)",
        },
        counts={"days": "since the release of Llama-1 (February 2023), to the release of the model"},
        notation=r"\ln \rho_\mathrm{max} = A t + B",
        ranges={"days": (0.0, 1500.0)},
    ),
    Law(
        "effective_size",
        # slope and midpoint of the logistic in loss are not written out: of slope·(midpoint − E) and slope·a only the
        # products show, u and v
        term("d + (1 - d) * sigmoid(u - v * (n_params / 1e8)**-alpha)"),
        source=f"{XIAO}: S = c/(1 + exp(−γ(L − l))) + d of the loss of reference models, L falling as a power of N",
        response="score",
        scale=Scale("logit"),
        id="L26",
        regime="reference models of one recipe and a fixed amount of data; the size at which they reach another "
        "model's score is that model's effective size",
        pitfalls="c is set to 1 − d, as it cannot be told apart from u; inverting it explodes near the plateau. "
        f"{UNPUBLISHED}",
        priors={
            "d": logitnormal(-1.4, 0.8),
            "u": normal(1.5, 1.0),
            "v": lognormal(2.0, 0.6),
            "alpha": lognormal(0.3, 0.4),
        },
        pooling={"d": "partial", "u": "partial"},
        meanings={
            "d": "score of guessing",
            "u": "log-odds, above d, of an endless model",
            "v": "log-odds by which a model of 1e8 parameters stays below that",
            "alpha": "how fast the loss of the reference models falls with size",
        },
        counts={"n_params": f"parameters of the reference models; {ALIKE}"},
        notation=r"S = \frac{c}{1 + e^{-\gamma (L - l)}} + d,\quad L = a N^{-\alpha} + E",
        ranges={"n_params": (5e6, 1e11)},
    ),
    Law(
        "knowledge_capacity",
        # soft minimum ((c·N)^-k + B^-k)^(-1/k), by logarithms so that large k does not underflow
        term("exp(-logaddexp(-k * log(c * n_params), -k * log(data_bits)) / k)"),
        source="Allen-Zhu and Li 2024, arXiv 2404.05405: bits learned = min(B_total, c·N); soft minimum our own",
        response="knowledge_bits",
        id="L28",
        regime="synthetic biographies, every fact seen about 1000 times; data_bits is the knowledge in the data",
        pitfalls="c is for about 1000 exposures and no fewer than 8 bits; nothing says that facts in natural text "
        "count alike; k has no published value",
        published={"Allen-Zhu and Li 2024, capacity alone, 1000 exposures": {"c": 2.0}},
        priors={"c": lognormal(1.7, 0.4), "k": lognormal(4.0, 0.6)},
        pooling={"c": "partial"},
        meanings={
            "c": "bits of knowledge a parameter holds",
            "k": "sharpness of the turn from one limit to the other; endless is the plain minimum",
        },
        counts={"n_params": UNSAID, "data_bits": "information in all facts of the data, each counted once"},
        notation=r"\min(B_\mathrm{total}, c N)",
        ranges={"n_params": (1e6, 1e11), "data_bits": (1e6, 1e12)},
    ),
    Law(
        "data_pruning",
        # a·exp(-g·(x/1e6)^kappa) as a power term of exponent g, so that it has data-centred coordinates; written at 1e6
        # examples, as P0 = 1e6·g^(-1/kappa) would run away as kappa falls; min keeps the quantity finite
        floor("e_inf") + power("a", "g", "exp(min((examples / 1e6)**kappa, 700))"),
        source="after Sorscher et al. 2022, arXiv 2206.14486: along the best pruned fraction error falls faster than a "
        "power, a·exp(−(P/P0)^κ); stretched exponential and floor our own",
        response="error",
        id="L29",
        regime="error over examples kept when the data are pruned to the best fraction at every size",
        pitfalls="a fixed fraction gives a power law again (m2): compare both; the best metric of difficulty depends "
        f"on how much data there is; P0 = 1e6·g^(−1/kappa). {UNPUBLISHED}",
        priors={
            "a": lognormal(1.5, 1.0),
            "g": lognormal(1.0, 0.8),
            "kappa": lognormal(0.3, 0.5),
        },
        pooling={"a": "partial", "g": "shared", "e_inf": "partial"},
        meanings={
            "a": "error above the floor with no data",
            "g": "log of the factor by which the first 1e6 examples lower it",
            "kappa": "1 is exponential, towards 0 like a power",
            "e_inf": "error that no data remove",
        },
        counts={"examples": "examples kept after pruning"},
        ranges={"examples": (1e3, 1e9)},
    ),
    Law(
        "time_series",
        scaled_power("x_c", "alpha", "n_params"),
        source="Yao et al. 2024, arXiv 2410.12360: L = (x_c/x)^α in parameters, compute or data",
        response="nll",
        id="L30",
        regime="time-series foundation models of one architecture, one input varied; in and out of distribution apart",
        pitfalls="negative log-likelihood of a density can be 0 or less, and depends on the unit of the series: add a "
        f"constant first or use power_floor; architectures differ in exponent out of distribution. {UNPUBLISHED}",
        priors={"alpha": lognormal(0.06, 0.5)},
        counts={"n_params": UNSAID},
        ranges={"n_params": (1e6, 1e10)},
    ),
    Law(
        "predictive_uncertainty",
        power("U_1", "gamma", "examples"),
        source="Rosso et al. 2025, arXiv 2506.09648: uncertainty in proportion to n^−γ",
        response="uncertainty",
        id="L32",
        regime="predictive uncertainty by ensembles, dropout, Laplace or sampling, over training examples",
        pitfalls="exponents depend on method and architecture; estimates of aleatoric uncertainty fall too, which they "
        f"should not; total uncertainty of noisy data should keep a floor (m2); identifiable models "
        f"have 1. {UNPUBLISHED}",
        priors={"gamma": lognormal(0.4, 0.6)},
        counts={"examples": SET},
        ranges={"examples": (1e2, 1e9)},
    ),
    Law(
        "speculative_decoding",
        term("a + b * log10(n_tokens / 1e9)"),
        source="Yan et al. 2025, arXiv 2505.07858: acceptance length affine in log10 of pre-training tokens, or of the "
        "draft model's capacity",
        response="acceptance_length",
        scale=Scale("identity"),
        id="L36",
        regime='draft lengths not yet exhausted; over="n_params" for draft capacity',
        pitfalls="unbounded, though no more than the draft length and one can be accepted: fit below that. "
        f"{UNPUBLISHED}",
        priors={"a": normal(2.5, 1.0), "b": normal(0.3, 0.2)},
        pooling={"a": "partial"},
        meanings={"a": "tokens accepted at 1e9", "b": "tokens more per decade"},
        counts={"n_tokens": "tokens that the draft model was pre-trained on"},
        notation=r"\tau = a + b \log_{10} D",
        ranges={"n_tokens": (1e8, 1e13)},
    ),
    Law(
        "imitation",
        power("beta", "alpha", "environments"),
        source="Lin, Hu et al. 2024, arXiv 2410.18647: 1 − normalised score = β·X^−α in environments, objects or pairs",
        response="score_gap",
        id="L37",
        regime="robot policies from demonstrations, over distinct environments, objects or pairs of both",
        pitfalls="exceeds 1 for very few environments; demonstrations of one pair saturate, so more of them are no "
        "more X; the published fits are read off a figure of two tasks",
        published={
            "Pour Water, over objects": {"beta": 0.825, "alpha": 0.703},
            "Pour Water, over environments": {"beta": 1.180, "alpha": 0.844},
            "Pour Water, over pairs of environment and object": {"beta": 1.068, "alpha": 0.579},
            "Mouse Arrangement, over objects": {"beta": 0.826, "alpha": 0.697},
            "Mouse Arrangement, over environments": {"beta": 0.827, "alpha": 0.466},
            "Mouse Arrangement, over pairs of environment and object": {"beta": 1.263, "alpha": 0.683},
        },
        priors={"alpha": lognormal(0.6, 0.4)},
        counts={"environments": "different environments, objects or pairs in the demonstrations"},
        ranges={"environments": (1.0, 1e3)},
    ),
    Law(
        "sample_power",
        power("a", "b", "samples"),
        source="Kwok et al. 2025, arXiv 2506.17811: error of the best of k sampled actions = a·k^−b",
        response="action_error",
        id="L38",
        regime="robot actions, best of k by an oracle, sampled or perturbed around the policy",
        pitfalls="a real verifier chooses worse than the oracle; perturbations of a fixed radius have a floor: then "
        f"use m2 over samples; called an exponentiated power law, fitted as this plain one. {UNPUBLISHED}",
        priors={"b": lognormal(0.15, 0.5)},
        counts={"samples": "actions sampled a step"},
        ranges={"samples": (1.0, 1e4)},
    ),
    Law(
        "preference",
        floor("e_inf") + power("beta", "c", "examples"),
        source="Wang et al. 2025, arXiv 2505.10527: test loss of preference models a power law (form m2)",
        response="preference_loss",
        id="L39",
        regime="adversarial benchmarks, and objective ones for large models; examples are preference pairs",
        pitfalls="subjective benchmarks showed no trend: compare with a flat model; over model size use "
        f'over="n_params". {UNPUBLISHED}',
        priors={"c": lognormal(0.3, 0.6)},
        counts={"examples": "preference pairs in the training set"},
        ranges={"examples": (1e3, 1e9)},
    ),
    Law(
        "superposition",
        floor("L_inf") + power("C_m", "alpha_m", "width"),
        source="Liu et al. 2025, arXiv 2505.10465: L = C_m/m^α_m + L_inf in model width m",
        id="L40",
        regime="strong superposition, where theory has alpha_m near 1; depth and data ample",
        pitfalls="weak superposition has alpha_m = a − 1 for features of frequency i^−a: give alpha_m another prior "
        "there; the published fit shares alpha_m (.91 ± .04) and C_m among families, each text and family having a "
        "floor of its own; width usually grows together with depth, which this leaves out",
        published={
            f"Liu et al. 2025, {family} on {text}": {"L_inf": least, "C_m": 476.0763, "alpha_m": 0.9098}
            for family, floors in SUPERPOSITION_FLOORS.items()
            for text, least in zip(TEXTS, floors, strict=True)
        },
        # an exponent near 1 leaves little above the floor: .80 to .97 of the least loss at the published coefficients
        priors={"alpha_m": lognormal(1.0, 0.1), "L_inf": logitnormal(2.0, 1.0)},
        counts={"width": "model width: dimension of the residual stream"},
        ranges={"width": (64.0, 65536.0)},
    ),
    Law(
        "projection",
        # bounded by its floor: interpolation linear in log size, drawn on, passes every bound
        floor("E") + power("A", "alpha", "n_tokens") + term("k * ot_distance"),
        source="after Kang et al. 2023, arXiv 2307.02460: affine in the optimal-transport distance from the training "
        "data to the validation data; falling with size to a floor instead of projected along log size, which "
        "bayescale.projektor does",
        id="L41",
        regime="data mixtures of one set of sources, distances computed alike for all",
        pitfalls="k is in the unit of the distance: divide distances by their median first; distances of 0 are "
        "refused; in the paper k may change with the mixture; a constant distance cannot be told from the floor. "
        f"{UNPUBLISHED}",
        priors={"k": lognormal(0.2, 1.0)},
        meanings={"k": "loss that a unit of distance adds"},
        counts={
            "n_tokens": "tokens selected from all sources: " + SET,
            "ot_distance": "from the selected data to the validation data, divided by the median distance",
        },
        notation=r"L = a\, OT + b",
        ranges={"n_tokens": (1e6, 1e13), "ot_distance": (0.05, 5.0)},
    ),
)


@checked
def arise(accuracy: ArrayLike, tokens: ArrayLike) -> Any:
    """How well more tokens of reasoning turn into accuracy, from budget to budget: a functional of draws, no law.

    The sum over budgets j of Δ_j·(t_{j−1}/t_j)^sign(Δ_j), Δ_j being the change of accuracy and t_j the tokens spent: a
    gain counts for less where it took more tokens, a loss for more. Tokens may fall from one budget to the next, as a
    model that is allowed more sometimes writes less.

    Parameters
    ----------
    accuracy
        Shares right, between 0 and 1, shape (..., budget) of two or more budgets, for example (draw, problem, budget).
    tokens
        Tokens spent, above 0, shape (..., budget); broadcasts with `accuracy`.

    Returns
    -------
    array of shape (...): a score per draw and problem. Its mean over problems is the score of a model, the spread of
    that over draws its uncertainty.

    Raises
    ------
    InputError
        For shapes that do not fit, accuracies outside 0 to 1, and tokens that are not finite and above 0.

    References
    ----------
    ARISE, Yin et al. 2025, arXiv 2510.06014; the sum is that of the authors' code.
    """
    right, spent = np.asarray(accuracy, dtype=float), np.asarray(tokens, dtype=float)
    if right.ndim == 0 or spent.ndim == 0 or right.shape[-1] != spent.shape[-1] or right.shape[-1] < 2:
        raise InputError(f"accuracy {right.shape} and tokens {spent.shape} must end in the same budgets, two or more")
    if not ((right >= 0) & (right <= 1)).all():
        raise InputError("accuracy must be between 0 and 1")
    if not (np.isfinite(spent) & (spent > 0)).all():
        raise InputError("tokens must be finite and more than 0")
    change = np.diff(right)
    return (change * (spent[..., :-1] / spent[..., 1:]) ** np.sign(change)).sum(axis=-1)
