"""Laws of task metrics, from compute or from loss."""

from math import exp

from bayescale.scaling_laws.input_definitions import (
    ALL_PARAMETERS,
    PARAMETERS,
    PRETRAINING_TOKENS,
    TOKENS_SEEN,
    TRAINING_COMPUTE,
)
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.link import Link, Scale
from bayescale.scaling_laws.prior import logitnormal, lognormal, normal
from bayescale.scaling_laws.terms import floor, power, term

SHARE = Scale("logit")
PLAIN = Scale("identity")
COMPUTE = (1e19, 1e26)
CHANCE = logitnormal(-1.1, 0.6)  # about one in four


def _error(eps: float, k: float, gamma: float) -> dict[str, float]:
    """Printed coefficients of Err = eps − k·exp(−gamma·L), k moved to a loss of 3."""
    return {"eps": eps, "k_3": k * exp(-3 * gamma), "gamma": gamma}


LAWS: tuple[Law, ...] = (
    Law(
        "downstream_error",
        # relative to a loss of 3: at a loss of 0, far outside any data, k and gamma are strongly correlated
        term("eps - k_3 * exp(-gamma * (loss - 3))"),
        source="Gadre et al. 2024, arXiv 2403.08540: Err = ε − k·exp(−γL)",
        response="error",
        scale=PLAIN,
        id="L11",
        regime="Mean top-1 error over tasks above chance, against the loss on C4 validation text, for standard and "
        "overtrained models.",
        pitfalls="eps, k_3 and gamma are strongly correlated, as losses span about one nat. The tasks were chosen "
        "because they are above chance. Far below the losses of the data, the law gives errors below 0. A single task "
        "is less regular than the mean.",
        published={
            "C4, 46 tasks (computed k = k_3·exp(3·gamma))": _error(0.759, 1.289, 0.972),
            "RedPajama, 46 tasks (computed k = k_3·exp(3·gamma))": _error(0.761, 1.323, 0.891),
            "RefinedWeb, 46 tasks (computed k = k_3·exp(3·gamma))": _error(0.768, 1.128, 0.822),
            "C4, 17 tasks (printed k = k_3·exp(3·gamma))": _error(0.850, 2.079, 0.756),
            "RedPajama, 17 tasks (printed k = k_3·exp(3·gamma))": _error(0.857, 2.206, 0.715),
            "RefinedWeb, 17 tasks (printed k = k_3·exp(3·gamma))": _error(0.865, 2.215, 0.707),
        },
        priors={"eps": logitnormal(1.3, 0.4), "k_3": lognormal(0.13, 0.6), "gamma": lognormal(0.85, 0.25)},
        pooling={"eps": "partial", "k_3": "partial"},
        meanings={
            "eps": "error at high loss, which is that of guessing",
            "k_3": "distance of the error below eps at a loss of 3 nats per token",
            "gamma": "exponential rate of that distance per nat of loss",
        },
        counts={"loss": "nats per token on C4 validation text"},
        notation=r"\mathrm{Err}(L) = \epsilon - k e^{-\gamma L}",
        ranges={"loss": (2.0, 5.0)},
    ),
    Law(
        "bleu_log",
        # (log(A * D**alpha))**beta needs A * D**alpha > 1. Relative to the value at 1e9 tokens it is above 1 there; max
        # keeps the base positive for much smaller data.
        term("level * max(1 + slope * log(n_tokens / 1e9), 0.001)**beta"),
        source="Isik et al. 2024, arXiv 2402.04177: BLEU = (log(A·D^α))^β, D pre-training tokens",
        response="bleu",
        scale=PLAIN,
        id="L22",
        regime="Translation after fine-tuning, where the pre-training data are aligned with the task.",
        pitfalls="The law holds only for aligned pre-training. Otherwise BLEU goes up and down while downstream_loss "
        "still falls. The law is unbounded, although BLEU ends at 100. Printed coefficients: A = exp(level^(1/beta)) "
        "/ 1e9^alpha and alpha = slope * level^(1/beta).",
        priors={"level": lognormal(25.0, 0.6), "slope": lognormal(0.05, 0.7), "beta": lognormal(1.0, 0.5)},
        pooling={"level": "partial", "slope": "partial"},
        meanings={
            "level": "BLEU (0 to 100) after 1e9 tokens of pre-training",
            "slope": "relative growth of the logarithm per e-fold of tokens, at 1e9 tokens",
            "beta": "power of the logarithm",
        },
        counts={"n_tokens": PRETRAINING_TOKENS},
        notation=r"\mathrm{BLEU} = \left(\log(A D_p^\alpha)\right)^\beta",
        ranges={"n_tokens": (1e8, 1e13)},
    ),
    Law(
        "downstream_loss",
        floor("E") + power("A", "alpha", "n_tokens"),
        source="Isik et al. 2024, arXiv 2402.04177: L = E + A/D^α, D pre-training tokens",
        id="L22",
        regime="Cross-entropy on the task after fine-tuning, against tokens of pre-training.",
        pitfalls="Where pre-training is not aligned with the task, the loss can fall further while the task metric no "
        "longer improves.",
        counts={"n_tokens": PRETRAINING_TOKENS},
        ranges={"n_tokens": (1e8, 1e13)},
    ),
    Law(
        "passuntil",
        power("c", "alpha", "n_params"),
        source="Hu et al. 2023, arXiv 2310.03262: pass rate = exp(−c·N^−α)",
        response="pass_rate",
        link=Link("survival"),
        scale=SHARE,
        id="L23",
        regime="Pass rates too small for a few samples to show, of one instance or of similar instances, without "
        "guessing.",
        pitfalls="The task must not be solvable by guessing. One success in K samples estimates 1/K with a strong "
        "upward bias: use (r - 1) / (K - 1) with at least two successes r. Whole data sets mix instances, and their "
        "fits are unstable. Where log(-log pass rate) bends down in log N, the pass rate grows faster than this law.",
        priors={"alpha": lognormal(0.3, 0.6)},
        meanings={
            "c": "-log pass rate of a model of one parameter",
            "alpha": "exponent with which -log pass rate falls with size",
        },
        counts={"n_params": PARAMETERS},
        ranges={"n_params": (1e7, 1e11)},
    ),
    Law(
        "difficulty_clusters",
        term("g + (1 - g) * exp(-a * (flops / 1e21)**-b - c)"),
        source="Xu et al. 2025, arXiv 2502.17262: g + (1 − g)·exp(−aC^−b − c) for each cluster of similar difficulty",
        response="accuracy",
        scale=SHARE,
        id="L33",
        regime="Items clustered by difficulty, with one cluster per family.",
        pitfalls="The authors drop clusters with a bad fit, which makes the others look too regular. The full set "
        "needs a mapping from these items that is not part of the law. a is in units of 1e21 FLOP of compute.",
        priors={"g": CHANCE, "a": lognormal(1.5, 1.0), "b": lognormal(0.3, 0.5), "c": lognormal(0.1, 1.0)},
        pooling={"g": "partial", "a": "partial", "b": "partial", "c": "partial"},
        meanings={
            "g": "accuracy of guessing: one over the number of choices; give a narrow prior where it is known",
            "a": "-log accuracy that compute can still remove at 1e21 FLOP",
            "b": "exponent with which compute removes it",
            "c": "-log accuracy that no compute removes",
        },
        counts={"flops": TRAINING_COMPUTE},
        notation=r"y(C) = g + (1 - g)\, e^{-a C^{-b} - c}",
        ranges={"flops": COMPUTE},
    ),
    Law(
        "choice_accuracy",
        term("sigmoid(margin + slope * (2 - loss))"),
        source="after Schaeffer et al. 2024, arXiv 2406.04391 (correct choice against the incorrect ones)",
        response="accuracy",
        scale=SHARE,
        id="L34",
        regime="Multiple choice, scored by the probability of the correct choice among the choices. The loss is -log "
        "probability of the text of the correct choice, averaged over items.",
        pitfalls="The softmax over choices is exp(-loss) / (exp(-loss) + w), where w is the mass of the incorrect "
        "choices. With log w linear in the loss, slope is 1 minus the slope of log w, and only the difference can be "
        "seen: measure w where possible. Each step from log-probability to accuracy hides the effect of compute, and "
        "the share of items that are right by argmax need not equal this probability. The linear form was chosen here.",
        priors={"margin": normal(0.0, 1.0), "slope": normal(1.0, 0.7)},
        pooling={"margin": "partial"},
        meanings={
            "margin": "log-odds of the correct choice at a loss of 2",
            "slope": "log-odds gained per nat of loss removed; below 0 where incorrect choices gain more",
        },
        counts={"loss": "-log probability of the whole correct answer, averaged over items"},
        ranges={"loss": (0.3, 5.0)},
    ),
    Law(
        "horizon",
        # kappa is 1 in the published law, which has no free parameter
        term("(log(success_threshold) / log(step_accuracy))**(1 / kappa)"),
        source="Sinha et al. 2025, arXiv 2509.09677: H = ln s / ln p at success threshold s; kappa added here",
        response="horizon",
        id="L35",
        regime="Number of steps of a task at which the share success_threshold of the attempts (one half by default) "
        "gets all steps right. The step accuracy is that of the first step.",
        pitfalls="The published law has kappa = 1: the step accuracy is constant and errors are independent. Models "
        "that see their own errors become worse with every step (kappa above 1). Near a step accuracy of 1, the "
        "horizon depends on its last digit; at 1 it is infinite.",
        published={"Sinha et al. 2025, constant step accuracy": {"kappa": 1.0}},
        priors={"kappa": lognormal(1.0, 0.3)},
        pooling={"kappa": "partial"},
        meanings={
            "kappa": "drift: h steps all succeed with probability p^(h^kappa); at 1 there is no drift, above 1 later "
            "steps fail more often (self-conditioning), below 1 less often"
        },
        counts={
            "success_threshold": "share of attempts that get all steps right",
            "step_accuracy": "probability that the first step is right",
        },
        notation=r"H_s = \frac{\ln s}{\ln p}",
        ranges={"success_threshold": (0.2, 0.9), "step_accuracy": (0.5, 0.9999)},
        defaults={"success_threshold": 0.5},
    ),
    Law(
        "observational",
        term("sigmoid(nu + theta * log(flops / 1e22))"),
        source="Ruan, Maddison and Hashimoto 2024, arXiv 2405.10938: log-odds linear in log compute, by family",
        response="accuracy",
        scale=SHARE,
        id="L44",
        regime="Public models of several families on one benchmark.",
        pitfalls="The paper uses principal components of many benchmarks; this law has one benchmark. It tends to 0 "
        "and 1. Where models guess, use sloth, which has a floor of chance: accuracies minus chance are noisy on the "
        "log-odds scale, and negative ones cannot be fitted. Several benchmarks, blank scores and unknown compute: "
        "fit_capability.",
        priors={"nu": normal(0.0, 1.0), "theta": lognormal(0.25, 0.6)},
        pooling={"nu": "partial", "theta": "partial"},
        meanings={
            "nu": "log-odds of success at 1e22 FLOP",
            "theta": "log-odds gained per e-fold of compute: how efficiently a family turns compute into skill",
        },
        counts={"flops": TRAINING_COMPUTE},
        ranges={"flops": COMPUTE},
    ),
    Law(
        "sloth",
        term(
            "gamma + (1 - gamma) * sigmoid(efficiency + b_N * log(n_params / 1e9) + b_D * log(n_tokens / 1e12)"
            " + b_ND * log(n_params / 1e9) * log(n_tokens / 1e12))"
        ),
        source="Maia Polo et al. 2024, arXiv 2412.06540, one benchmark of one skill: γ + (1 − γ)·σ(skill)",
        response="accuracy",
        scale=SHARE,
        id="L44",
        regime="Public models of several families that differ in efficiency, and not in the effects of size and data.",
        pitfalls="In the paper, several benchmarks share skills, as in fit_capability; here the loading on the skill "
        "is part of the slopes. Only data in which size and tokens vary independently determine b_ND.",
        priors={
            "gamma": CHANCE,
            "efficiency": normal(0.0, 1.0),
            "b_N": lognormal(0.4, 0.5),
            "b_D": lognormal(0.3, 0.6),
            "b_ND": normal(0.0, 0.05),
        },
        pooling={"efficiency": "partial"},
        meanings={
            "gamma": "accuracy of guessing; give a narrow prior where it is known",
            "efficiency": "skill of a family at 1e9 parameters and 1e12 tokens",
            "b_N": "skill per e-fold of parameters",
            "b_D": "skill per e-fold of tokens",
            "b_ND": "interaction: change of one of these slopes per e-fold of the other input",
        },
        counts={"n_params": ALL_PARAMETERS, "n_tokens": TOKENS_SEEN},
        notation=r"\mu = \gamma + (1 - \gamma)\, \sigma(\alpha + \beta_1 \log s + \beta_2 \log t + \beta_3 \log s "
        r"\log t)",
        ranges={"n_params": (1e8, 1e12), "n_tokens": (1e10, 2e13)},
    ),
    Law(
        "ladder",
        term("b + (1 - b) * a * sigmoid(k * (L_0 - loss))"),
        source="Bhagia et al. 2024, arXiv 2412.04403, second step: accuracy = a/(1 + exp(−k(L − L0))) + b",
        response="accuracy",
        scale=SHARE,
        id="L44",
        regime="Accuracy on one task against the loss on its correct answers. That loss follows chinchilla (first "
        "step).",
        pitfalls="Fitted alone, the law ignores that the loss is itself a forecast: Fit.then passes every draw of the "
        "first step on. Tasks of one fit differ in all parameters: state pooling. The printed a is (1 - b) * a and "
        "the printed k is -k here, which keeps the accuracy between b and 1 and makes it rise as the loss falls.",
        priors={
            "b": CHANCE,
            "a": logitnormal(1.0, 1.0),
            "k": lognormal(3.0, 0.7),
            "L_0": lognormal(1.0, 0.5),
        },
        pooling={"L_0": "partial"},
        meanings={
            "b": "accuracy at high loss, which is that of guessing",
            "a": "share of the distance from b to 1 that is reached at low loss",
            "k": "steepness of the rise per nat of task loss",
            "L_0": "task loss at which half of the rise is reached",
        },
        counts={"loss": "loss on the correct answers of the task, in one unit for all rows"},
        notation=r"\mathrm{acc} = \frac{a}{1 + e^{-k (L - L_0)}} + b",
        ranges={"loss": (0.1, 5.0)},
    ),
)
