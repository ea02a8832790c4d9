"""What each system of repeated sampling and test-time compute rests on: one row a system, R1 to R11 of the catalogue.

Rows have the fields of `bayescale.laws.evidence.Evidence`; `names` are the public functions that offer the system.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bayescale.laws.evidence import Evidence


@dataclass(frozen=True)
class System:
    """One system of the catalogue: its title, the public names that offer it, and what it rests on."""

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
            tests=("tests/risk/test_exact.py::test_both_agree_with_rational_arithmetic",),
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
            calibration="the plug-in's 90 % interval holds the truth under its own model (`test_saber.py`); over 30 "
            "kinds of cells 56 %, the anchored one's 49 %",
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
                "tests/risk/test_dynamic_sampling.py::test_fresh_attempts_are_divided_as_theorem_1_says",
                "tests/risk/test_dynamic_sampling.py::test_fewest_successes_is_algorithm_1_while_nothing_succeeds",
            ),
            calibration="the posterior's: benchmarks/results/sbc_mixings",
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
            tests=("tests/risk/test_tail.py::test_a_line_through_exact_quantiles_is_given_back",),
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
            equation="Stroebl et al. 2024, arXiv 2411.17501; accuracy within K tries derived, checked by enumeration",
            form="own",
            tests=("tests/risk/test_verifiers.py::test_tries_one_after_the_other",),
            calibration="a function of rates: nothing to calibrate",
        ),
    ),
}
