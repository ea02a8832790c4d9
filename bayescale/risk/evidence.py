"""Sources, equations and tests of each system of repeated sampling and test-time compute, R1 to R11 of the catalog."""

from collections.abc import Mapping
from dataclasses import dataclass

from bayescale.scaling_laws.evidence.record import Evidence


@dataclass(frozen=True)
class System:
    """One system of the catalogue.

    Attributes
    ----------
    title : str
        Its title.
    names : tuple of str
        Public functions that implement it.
    evidence : Evidence
        Sources, equations and tests.
    """

    title: str
    names: tuple[str, ...]
    evidence: Evidence


#: By id of the catalogue.
SYSTEMS: Mapping[str, System] = {
    "R1": System(
        "pass@k, unbiased",
        ("pass_at_k",),
        Evidence(
            read=("code", "text"),
            equation="Chen et al. 2021, arXiv 2107.03374, equation 1; openai/human-eval, `estimate_pass_at_k`",
            form="printed",
            tests=("tests/risk/estimators/test_exact.py::test_both_agree_with_rational_arithmetic",),
            calibration="exact: an unbiased estimator has no posterior",
        ),
    ),
    "R2": System(
        "SABER: plug-in, anchored, budget; exact Beta-Binomial; naive",
        ("plugin", "anchored", "saber_budget", "beta_binomial", "beta_asr", "plugin_asr", "fit_beta_binomial", "naive"),
        Evidence(
            read=("text", "code"),
            equation="Feng et al. 2026, arXiv 2601.22636, equations 6, 9 to 12, 14 to 16, 56, 83 to 87",
            form="printed",
            where={"": "tables 1 and 5 (α, β, ASR@1000 of 12 pipelines); figure 10; bounds of section 3.2 and B.1.5"},
            tests=(
                "tests/risk/estimators/test_saber.py::test_power_law_at_the_papers_parameters_gives_the_papers_asr",
                "tests/risk/estimators/test_saber.py::test_errors_of_the_power_law_are_those_the_paper_states",
                "tests/risk/estimators/test_saber.py::test_spread_of_alpha_at_a_fixed_total_is_least_near_ten_attempts",
            ),
            calibration="the plug-in's 90 % interval holds the truth under its own model (`test_saber.py`); its "
            "coverage over 30 kinds of cells is 56 %, that of the anchored estimator 49 %",
            real_data="MATH, GSM8K, jailbreaks, HumanEval: benchmarks/results/risk_forecast",
        ),
    ),
    "R3": System(
        "coverage law as Brown et al. fit it; scaled Beta and Kumaraswamy mixing laws of Schaeffer et al.",
        ("coverage_line_brown", "MIXINGS"),
        Evidence(
            read=("text",),
            equation="Brown et al. 2024, arXiv 2407.21787 v3, equation 3, appendix C.1; code of the fit unpublished",
            form="printed",
            tests=(
                "tests/risk/estimators/test_coverage_line.py::test_brown_is_curve_fit_through_forty_log_spaced_points",
            ),
            calibration="no interval",
            real_data="MATH: 5.9 points from 30 attempts, 4.2 from 100",
        ),
    ),
    "R4": System(
        "dynamic sampling: fewest successes; least variance",
        ("DynamicSampler",),
        Evidence(
            read=("note",),
            equation="Kazdan et al. 2025, arXiv 2510.05197, section 4.2: algorithm 1, theorem 1",
            form="printed",
            tests=(
                "tests/risk/decisions/test_dynamic_sampling.py::test_fresh_attempts_follow_theorem_1",
                "tests/risk/decisions/test_dynamic_sampling.py::test_fewest_successes_is_algorithm_1_while_nothing_succeeds",
            ),
            calibration="that of the posterior: benchmarks/results/sbc_mixings",
            real_data="MATH, five Pythia models: benchmarks/results/dynamic_sampling",
        ),
    ),
    "R5": System(
        "coverage law as Hughes et al. fit it",
        ("coverage_line_hughes",),
        Evidence(
            read=("code", "note"),
            equation="Hughes et al. 2024, arXiv 2412.03556; the authors' `power_law_simple.py`, `linear_log_spacing`",
            form="printed",
            tests=("tests/risk/estimators/test_coverage_line.py::test_hughes_is_a_line_through_shuffled_orders",),
            calibration="no interval",
            real_data="jailbreaks capped at 60 and 120 attempts: 3.4 points (the paper, from 1,000 attempts: 4.4)",
        ),
    ),
    "R6": System(
        "the worst of many queries: extreme quantiles",
        ("fit_tail", "Tail"),
        Evidence(
            read=("note",),
            equation="Jones et al. 2025, arXiv 2502.16797, section 3.3, equations 3 and 4; 5 has b with the other sign",
            form="printed",
            tests=("tests/risk/tails/test_tail.py::test_line_through_exact_quantiles_is_recovered",),
            calibration="90 % intervals hold 89 % (± 2) of its own simulations and 55 to 59 of 60 sets of "
            "Beta-distributed rates, but 18 of 40 of logit-t rates",
            real_data="none at hand",
        ),
    ),
    "R7": System(
        "imperfect verifiers",
        ("verified", "best_tries"),
        Evidence(
            read=("note",),
            equation="Stroebl et al. 2024, arXiv 2411.17501; accuracy within K tries is derived here and "
            "checked by enumeration",
            form="own",
            tests=("tests/risk/selection/test_verifiers.py::test_accuracy_equals_a_sum_over_tries",),
            calibration="a function of rates: nothing to calibrate",
        ),
    ),
    "R8": System(
        "saturation of test-time scaling, one rate or many",
        ("saturation_point", "mean_saturation_point", "Saturation"),
        Evidence(
            read=("note", "abstract"),
            equation="Wang et al. 2025, arXiv 2505.20522: F(N) = F_max (1 - (1 - p)^N); the definition of N* "
            "was not available, so the point is derived here from the gain of one more sample",
            form="own",
            tests=(
                "tests/risk/decisions/test_saturation.py::test_closed_form_is_the_first_sample_that_gains_too_little",
                "tests/risk/decisions/test_saturation.py::test_beta_rates_agree_with_their_closed_form",
            ),
            calibration="that of the posterior: benchmarks/results/sbc_mixings",
        ),
    ),
    "R9": System(
        "votes: limit of majority voting, a lead of k, Best-of-Majority, divergence of best-of-n",
        (
            "majority_vote",
            "mode_is_right",
            "voting_limit",
            "first_to_lead_by",
            "least_lead",
            "best_of_majority",
            "best_of_majority_accuracy",
            "best_of_n_divergence",
        ),
        Evidence(
            read=("abstract", "note"),
            equation="Di et al. 2025, arXiv 2510.03199, algorithm 3 (theorems not read); Meyerson et al. 2025, arXiv "
            "2511.09030, as implementations print it; Beirami et al. 2024, arXiv 2401.01879",
            form="printed",
            where={"": "1 / (1 + ((1 - p) / p)^k) = .999999 at p = .99, k = 3"},
            tests=(
                "tests/risk/selection/test_lead_vote.py::test_lead_vote_is_the_gamblers_ruin",
                "tests/risk/selection/test_lead_vote.py::test_lead_vote_at_published_and_extreme_values",
                "tests/risk/selection/test_majority.py::test_mode_of_two_answers_is_a_beta_tail",
                "tests/risk/selection/test_best_of_majority.py::test_accuracy_of_best_of_majority_is_the_mean_over_all_draws",
                "tests/risk/estimators/test_exact.py::test_divergence_of_best_of_n",
            ),
            calibration="exact; the limit is a conjugate posterior",
        ),
    ),
    "R9b": System(
        "best-of-n from rewards, with an imperfect proxy",
        ("best_of_n", "normal_best_of_n", "noisy_best_of_n", "reward_curve", "RewardCurve"),
        Evidence(
            read=("text",),
            equation="Gao, Schulman & Hilton 2023, arXiv 2210.10760, R(d) = d (α - β d); the beginning of the text was "
            "read, its coefficients were not",
            form="printed",
            where={"": "largest of n standard normals: closed forms for n up to 5"},
            tests=(
                "tests/risk/selection/test_noisy_best_of_n.py::test_largest_normal_has_closed_forms_for_few_samples",
                "tests/risk/selection/test_noisy_best_of_n.py::test_noisy_best_of_n_agrees_with_simulation",
                "tests/risk/selection/test_reward_curve.py::test_curve_of_gaos_form_is_recovered",
            ),
            calibration="no posterior: bootstrap over problems",
        ),
    ),
    "R10": System(
        "mixtures of temperatures: pass@K, best division",
        ("Risk", "Mixture", "BestMixture"),
        Evidence(
            read=("abstract", "note"),
            equation="Wu, Mirhoseini & Tambe 2025, arXiv 2510.02611: 1 - Π (1 - p_T)^K_T; the model of p_T is ours",
            form="own",
            tests=(
                "tests/risk/decisions/test_mixtures.py::test_pass_at_k_of_a_mixture_is_a_product",
                "tests/risk/decisions/test_mixtures.py::test_division_is_the_best_of_all_divisions",
                "tests/risk/decisions/test_mixtures.py::test_mixture_interval_contains_the_true_pass_at_k",
            ),
            calibration="ranks of the correlation are uniform in 60 simulations with known mixing laws; with fitted "
            "mixing laws and correlations from their prior, ranks have mean .47 (± .04) in 40 sets; 90 % intervals "
            "hold pass@K of these problems 36 times and of new ones 36 times; medians are .4 points (± .5) too high: "
            "benchmarks/results/mixtures",
        ),
    ),
    "R11": System(
        "compute-optimal test-time policy by posterior difficulty",
        ("Risk", "PolicyChoice", "inference_multiplier"),
        Evidence(
            read=("text",),
            equation="Snell et al. 2024, arXiv 2408.03314, equation 1, section 3.2, FLOPs of section 7",
            form="own",
            where={"": "section 7: M + 3 (M - 1) / R at M = 14, R = .16, .79, 22"},
            tests=(
                "tests/risk/decisions/test_held_out.py::test_policies_by_posterior_gain_on_held_out_attempts",
                "tests/risk/decisions/test_held_out.py::test_hardest_fifth_returns_to_the_mean",
                "tests/risk/decisions/test_policies.py::test_inference_multiplier_is_the_published_factor",
            ),
            calibration="gains are measured on held-out attempts; calibration of the posterior: "
            "benchmarks/results/sbc_mixings",
        ),
    ),
}
