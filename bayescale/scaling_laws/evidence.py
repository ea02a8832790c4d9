"""What each law and system rests on: the source read, the equation, where its numbers stand, the tests that hold it.

One row an entry: of the laws here, of the systems of repeated sampling in `bayescale.risk.evidence`. The table in
docs/catalogue.md is made from these rows and from the results of `benchmarks`; `tests/scaling_laws/test_evidence.py`
holds that no row is missing or incomplete.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

type Read = Literal["text", "code", "figure", "note", "abstract"]
type Form = Literal["printed", "rewritten", "own"]

READS: Mapping[str, str] = {
    "text": "the paper's text",
    "code": "the authors' code or data",
    "figure": "a figure of the authors",
    "note": "a third party's summary that quotes the paper",
    "abstract": "abstract or project page alone",
}
FORMS: Mapping[str, str] = {
    "printed": "the source's formula with the source's parameters",
    "rewritten": "the source's formula with other parameters, so that it samples well",
    "own": "a form of ours, after the source",
}


@dataclass(frozen=True)
class Evidence:
    """What one entry rests on.

    Parameters
    ----------
    read
        What of the source was read, the strongest first.
    equation
        Equation, table or file that has the formula, with the version read where versions differ.
    form
        Whether the formula is the source's or ours; see `FORMS`.
    where
        Where each set of published coefficients stands, by its name in `Law.published`; the name "" stands for all.
    tests
        Tests that reproduce a number from outside the package, as `path::function`.
    calibration
        Simulation-based calibration, in words; empty where a table of `benchmarks` has it.
    real_data
        What was measured on real data, in words; empty where a table of `benchmarks` has it, or where there are none.
    """

    read: tuple[Read, ...]
    equation: str
    form: Form
    where: Mapping[str, str] = field(default_factory=dict)
    tests: tuple[str, ...] = ()
    calibration: str = ""
    real_data: str = ""

    def where_of(self, source: str) -> str:
        """Where a set of published coefficients stands; empty where no row says it."""
        return self.where.get(source, self.where.get("", ""))


#: The test that holds every published set of coefficients against a number from outside the package.
PUBLISHED = (
    "tests/scaling_laws/catalog/test_published.py::test_published_coefficients_give_numbers_from_outside_the_package"
)
TESTS = "tests/scaling_laws/catalog/test_published.py::"
IN_A = "tests/scaling_laws/catalog/test_training_laws.py::"
IN_B = "tests/scaling_laws/catalog/test_other_laws.py::"

#: By name of the law; "arise" and "projektor" are functions, no laws.
LAWS: Mapping[str, Evidence] = {
    "chinchilla": Evidence(
        read=("note",),
        equation="arXiv 2203.15556, approach 3: E + A/N^alpha + B/D^beta",
        form="printed",
        where={
            "Hoffmann et al. 2022": (
                "arXiv 2203.15556, parametric fit (approach 3), rounded; the unrounded ones give other optima"
            ),
            "Besiroglu et al. 2024": "arXiv 2404.10102, fit to 240 runs",
        },
        tests=(PUBLISHED,),
    ),
    "joint": Evidence(
        read=("note",),
        equation="CES of the two terms, nests arXiv 2203.15556 and 2001.08361",
        form="own",
        tests=("tests/scaling_laws/test_law.py::test_joint_nests_chinchilla_and_kaplan",),
    ),
    "kaplan": Evidence(
        read=("text",),
        equation="arXiv 2001.08361, equation 1.5",
        form="printed",
        where={
            "Kaplan et al. 2020": "arXiv 2001.08361, table 2",
        },
        tests=(PUBLISHED,),
    ),
    "kaplan_steps": Evidence(
        read=("text",),
        equation="arXiv 2001.08361, equation 1.6",
        form="printed",
        where={
            "Kaplan et al. 2020": "arXiv 2001.08361, table 3",
        },
        tests=(PUBLISHED,),
    ),
    "kaplan_params": Evidence(
        read=("text",),
        equation="arXiv 2001.08361, equation 1.1",
        form="printed",
        where={
            "Kaplan et al. 2020": "arXiv 2001.08361, equation 1.1 and table 5",
        },
        tests=(PUBLISHED,),
    ),
    "kaplan_tokens": Evidence(
        read=("text",),
        equation="arXiv 2001.08361, equation 1.2",
        form="printed",
        where={
            "Kaplan et al. 2020": "arXiv 2001.08361, equation 1.2 and table 5",
        },
        tests=(PUBLISHED,),
    ),
    "critical_batch": Evidence(
        read=("text",),
        equation="arXiv 2001.08361, equation 5.3",
        form="rewritten",
        where={
            "Kaplan et al. 2020, B_3 from the printed B* = 2.1e8": (
                "arXiv 2001.08361, table 5 and figure 10; equations 1.4 and 5.3 round B* to 2e8"
            ),
        },
        tests=(PUBLISHED,),
    ),
    "batch_trajectory": Evidence(
        read=("abstract",),
        equation="arXiv 2403.06563, from arXiv 2001.08361, equations 1.6 and 5.4, solved for the loss",
        form="rewritten",
        tests=(IN_A + "test_a_training_curve_solves_its_implicit_equation_and_tends_to_ample_batches",),
    ),
    "learning_curve": Evidence(
        read=("note",),
        equation="arXiv 1712.00409: error = alpha m^beta_g + gamma",
        form="printed",
        where={
            "Hestness et al. 2017, word language model, no floor": "arXiv 1712.00409, word language models",
        },
        tests=(PUBLISHED,),
    ),
    "model_size_growth": Evidence(
        read=("note",),
        equation="arXiv 1712.00409: s(m) = kappa m^beta_p",
        form="rewritten",
        tests=(IN_A + "test_model_size_grows_as_a_power_of_data",),
    ),
    "power_floor": Evidence(
        read=("note",),
        equation="arXiv 2010.14701: L = L_inf + (x_0/x)^alpha",
        form="printed",
        tests=(TESTS + "test_power_floor_is_the_formula_of_henighan",),
    ),
    "power": Evidence(
        read=("text",),
        equation="arXiv 2001.08361, equation 1.3",
        form="printed",
        where={
            "Kaplan et al. 2020, L(C_min); 3.1e8 petaflop-days as printed": (
                "arXiv 2001.08361, table 5, C_c^min in petaflop-days"
            ),
        },
        tests=(PUBLISHED,),
    ),
    "optimal_size": Evidence(
        read=("note",),
        equation="arXiv 2203.15556: N_opt = G (C/6)^a",
        form="rewritten",
        where={
            "Hoffmann et al. 2022, derived from the printed law for 6ND = C": (
                "derived here from arXiv 2203.15556, parametric fit; not printed as a set"
            ),
            "Besiroglu et al. 2024, derived from the law for 6ND = C": (
                "derived here from arXiv 2404.10102, fit to 240 runs; not printed as a set"
            ),
        },
        tests=(PUBLISHED,),
    ),
    "four_regimes": Evidence(
        read=("note",),
        equation="four exponents of arXiv 2102.06701; no equation joins them there",
        form="own",
        tests=(IN_A + "test_four_regimes_have_exponent_alpha_or_exactly_one",),
    ),
    "hitchhiker": Evidence(
        read=(
            "text",
            "code",
        ),
        equation="arXiv 2410.11840: exp(E') + exp(A')/N^alpha + exp(B')/D^beta; IBM/ColPret",
        form="printed",
        where={
            "Muennighoff et al. 2023, from which the authors start": (
                "IBM/ColPret, starting values; huggingface/datablations, README"
            ),
        },
        tests=(PUBLISHED,),
    ),
    "farseer": Evidence(
        read=("text",),
        equation="arXiv 2506.10972, equations 3 and 15",
        form="rewritten",
        where={
            "Li et al. 2025 (Farseer), converted to 1e9 parameters and 1e11 tokens": "arXiv 2506.10972, equation 15",
        },
        tests=(PUBLISHED,),
    ),
    "lr_annealing": Evidence(
        read=(
            "abstract",
            "code",
        ),
        equation="arXiv 2408.11029: L_0 + A S1^-alpha - C S2",
        form="printed",
        where={"": "a refit to the curves of thu-yao-01-luo/MultiPowerLaw with the warm-up's own area; not printed"},
        tests=(PUBLISHED,),
    ),
    "multi_power": Evidence(
        read=("code",),
        equation="thu-yao-01-luo/MultiPowerLaw, README; arXiv 2503.12811",
        form="rewritten",
        where={"": "thu-yao-01-luo/MultiPowerLaw, README; not the paper"},
        tests=(PUBLISHED,),
    ),
    "parscale": Evidence(
        read=("code",),
        equation="arXiv 2505.10475; parametric_fit.py of its repository",
        form="rewritten",
        where={"": "parametric_fit.py of the paper's repository, our run of it agrees"},
        tests=(PUBLISHED,),
    ),
    "moe_leverage": Evidence(
        read=("text",),
        equation="arXiv 2507.17702, equations 10 to 13",
        form="rewritten",
        where={
            "Tian et al. 2025, table 2, around granularity 8 and 1e20 FLOP": "arXiv 2507.17702, table 2",
        },
        tests=(PUBLISHED,),
    ),
    "moe_clark": Evidence(
        read=("note",),
        equation="arXiv 2202.01169, bilinear law with saturating experts",
        form="rewritten",
        where={"": "arXiv 2202.01169, table of fitted coefficients"},
        tests=(PUBLISHED,),
    ),
    "moe_granularity": Evidence(
        read=("note",),
        equation="arXiv 2402.07871: c + (g/G^gamma + a)/N^alpha + b/D^beta",
        form="rewritten",
        where={
            "Krajewski et al. 2024, g over a": "arXiv 2402.07871, table of fitted coefficients",
        },
        tests=(PUBLISHED,),
    ),
    "moe_sparsity": Evidence(
        read=("note",),
        equation="arXiv 2501.12370, equation 6",
        form="rewritten",
        where={
            "Abnar et al. 2025, d_0 from the printed d = 17.26": "arXiv 2501.12370, table 3",
        },
        tests=(PUBLISHED,),
    ),
    "overtraining": Evidence(
        read=("code",),
        equation="arXiv 2403.08540; mlfoundations/scaling",
        form="rewritten",
        where={"": "mlfoundations/scaling, values that the repository's fit computes"},
        tests=(PUBLISHED,),
    ),
    "downstream_error": Evidence(
        read=("code",),
        equation="arXiv 2403.08540: Err = eps - k exp(-gamma L); mlfoundations/scaling",
        form="rewritten",
        where={
            "C4, 46 tasks (computed k = k_3·exp(3·gamma))": (
                "mlfoundations/scaling, computed by the repository's fit; not printed"
            ),
            "RedPajama, 46 tasks (computed k = k_3·exp(3·gamma))": (
                "mlfoundations/scaling, computed by the repository's fit; not printed"
            ),
            "RefinedWeb, 46 tasks (computed k = k_3·exp(3·gamma))": (
                "mlfoundations/scaling, computed by the repository's fit; not printed"
            ),
            "C4, 17 tasks (printed k = k_3·exp(3·gamma))": "mlfoundations/scaling, the fit of the repository",
            "RedPajama, 17 tasks (printed k = k_3·exp(3·gamma))": "mlfoundations/scaling, the fit of the repository",
            "RefinedWeb, 17 tasks (printed k = k_3·exp(3·gamma))": "mlfoundations/scaling, the fit of the repository",
        },
        tests=(PUBLISHED,),
    ),
    "data_filtering": Evidence(
        read=(
            "code",
            "note",
        ),
        equation="arXiv 2404.07177; locuslab/scaling_laws_data_filtering, objective.py",
        form="printed",
        tests=(IN_A + "test_passes_over_filtered_data_multiply_as_printed",),
    ),
    "data_constrained": Evidence(
        read=("code",),
        equation="arXiv 2305.16264; huggingface/datablations, README",
        form="rewritten",
        where={
            "Muennighoff et al. 2023, N_0 from the printed a, b, alpha, beta": "huggingface/datablations, README",
        },
        tests=(PUBLISHED,),
    ),
    "qat": Evidence(
        read=("text",),
        equation="arXiv 2505.14302, equation of the loss with quantisation",
        form="rewritten",
        where={"": "arXiv 2505.14302, table of fitted constants"},
        tests=(PUBLISHED,),
    ),
    "ptq": Evidence(
        read=("note",),
        equation="arXiv 2411.17691: k D^beta / (N^alpha P^gamma)",
        form="rewritten",
        where={
            "Ouyang et al. 2024, d_0 from the printed k = 0.017": (
                "arXiv 2411.17691, joint fit, as a third party quotes it"
            ),
        },
        tests=(PUBLISHED,),
    ),
    "float_training": Evidence(
        read=("text",),
        equation="arXiv 2501.02423, unified law",
        form="rewritten",
        where={
            "Sun et al. 2025, p_0 from the printed gamma": "arXiv 2501.02423, table of coefficients",
        },
        tests=(PUBLISHED,),
    ),
    "precision": Evidence(
        read=("text",),
        equation="arXiv 2411.04330, equations 9 and 11, offsets of appendix K",
        form="rewritten",
        where={
            "Kumar et al. 2024, delta_0 from the printed C_T = 0.0598": "arXiv 2411.04330, table 2 (appendix K)",
        },
        tests=(PUBLISHED,),
    ),
    "average_params": Evidence(
        read=("abstract",),
        equation="arXiv 2501.12486: arXiv 2203.15556 in the mean count of parameters",
        form="printed",
        tests=(IN_A + "test_a_model_that_was_not_pruned_follows_hoffmann",),
    ),
    "encoder_decoder": Evidence(
        read=("note",),
        equation="arXiv 2109.07740, form as a third party quotes it",
        form="rewritten",
        tests=(IN_A + "test_encoder_and_decoder_multiply_and_split_by_their_exponents",),
    ),
    "rl_power": Evidence(
        read=("code",),
        equation="arXiv 2509.25300; code of its repository",
        form="rewritten",
        tests=(IN_B + "test_rl_power_is_a_line_on_logarithms_whose_slope_grows_with_size",),
    ),
    "rl_sigmoid": Evidence(
        read=(
            "text",
            "note",
        ),
        equation="arXiv 2510.13786, equation 1",
        form="printed",
        where={
            "8B dense, 14k context": "arXiv 2510.13786, table 1, as third parties quote it",
            "8B dense, 32k context": "arXiv 2510.13786, table 1, as third parties quote it",
            "Scout mixture of experts": "arXiv 2510.13786, table 1, as third parties quote it",
            "8B dense, fitted on 1.5e3 to 5e4 GPU hours": "arXiv 2510.13786, text on the range of the fit",
            "8B dense, fitted on 5e3 to 5e4 GPU hours": "arXiv 2510.13786, text on the range of the fit",
            "8B dense, fitted on 0 to 1e5 GPU hours": "arXiv 2510.13786, text on the range of the fit",
        },
        tests=(PUBLISHED,),
    ),
    "bleu_log": Evidence(
        read=("note",),
        equation="arXiv 2402.04177: BLEU = (log(A D^alpha))^beta",
        form="rewritten",
        tests=(IN_B + "test_bleu_is_the_printed_formula",),
    ),
    "downstream_loss": Evidence(
        read=("note",),
        equation="arXiv 2402.04177: L = E + A / D^alpha",
        form="printed",
        tests=(TESTS + "test_downstream_loss_is_the_formula_of_isik",),
    ),
    "passuntil": Evidence(
        read=("text",),
        equation="arXiv 2310.03262: PU = exp(-c N^-alpha)",
        form="printed",
        tests=(IN_B + "test_passuntil_is_a_line_in_log_minus_log",),
    ),
    "broken_power": Evidence(
        read=("code",),
        equation="arXiv 2210.14891, one break; ethancaballero/broken_neural_scaling_laws",
        form="printed",
        where={
            "Caballero et al. 2022, four-digit addition in the authors' code": (
                "ethancaballero/broken_neural_scaling_laws, ground truth of its noiseless simulation of "
                "four-digit addition, rounded"
            ),
        },
        tests=(PUBLISHED,),
    ),
    "m1": Evidence(
        read=("code",),
        equation="arXiv 2209.06640, M1; google-research/revisiting_neural_scaling_laws",
        form="printed",
        tests=(IN_B + "test_curves_nest",),
    ),
    "m2": Evidence(
        read=("code",),
        equation="arXiv 2209.06640, M2; google-research/revisiting_neural_scaling_laws",
        form="printed",
        tests=(IN_B + "test_curves_nest",),
    ),
    "m3": Evidence(
        read=("code",),
        equation="arXiv 2209.06640, M3; google-research/revisiting_neural_scaling_laws",
        form="printed",
        tests=(IN_B + "test_m3_is_the_printed_formula_and_levels_off",),
    ),
    "m4": Evidence(
        read=("code",),
        equation="arXiv 2209.06640, M4; google-research/revisiting_neural_scaling_laws",
        form="rewritten",
        tests=(IN_B + "test_m4_solves_its_equation_between_its_limits",),
    ),
    "densing": Evidence(
        read=("text",),
        equation="arXiv 2412.04315 v2, equation 5",
        form="printed",
        where={
            "Xiao et al. 2024, arXiv 2412.04315 v2, slope alone (doubling in 95 days)": (
                "arXiv 2412.04315 v2, equation 5; days since the release of Llama-1"
            ),
        },
        tests=(PUBLISHED,),
    ),
    "effective_size": Evidence(
        read=("note",),
        equation="arXiv 2412.04315: S = c/(1 + exp(-gamma (L - l))) + d",
        form="rewritten",
        tests=(TESTS + "test_effective_size_is_the_logistic_of_a_power_of_size",),
    ),
    "optimal_lr": Evidence(
        read=("code",),
        equation="arXiv 2503.04715: 1.79 N^-.713 D^.307",
        form="rewritten",
        where={
            "Li et al. 2025, lr_0 from the printed 1.79": "arXiv 2503.04715, equation 1",
            "Li et al. 2025, medians of 1000 bootstrap fits, lr_0 from 1.782": (
                "step-law/steplaw, table of 1000 bootstrap fits, its medians computed here"
            ),
        },
        tests=(PUBLISHED,),
    ),
    "optimal_batch": Evidence(
        read=("code",),
        equation="arXiv 2503.04715: .58 D^.571",
        form="rewritten",
        where={
            "Li et al. 2025, B_0 from the printed .58": "arXiv 2503.04715, equation 1",
            "Li et al. 2025, medians of 1000 bootstrap fits, B_0 from .573": (
                "step-law/steplaw, table of 1000 bootstrap fits, its medians computed here"
            ),
        },
        tests=(PUBLISHED,),
    ),
    "knowledge_capacity": Evidence(
        read=("text",),
        equation="arXiv 2404.05405: min(B_total, c N), the minimum made smooth",
        form="own",
        where={
            "Allen-Zhu and Li 2024, capacity alone, 1000 exposures": "arXiv 2404.05405, abstract: 2 bits a parameter",
        },
        tests=(PUBLISHED,),
    ),
    "data_pruning": Evidence(
        read=("abstract",),
        equation="after arXiv 2206.14486: stretched exponential",
        form="own",
        tests=(IN_B + "test_limits",),
    ),
    "time_series": Evidence(
        read=("abstract",),
        equation="arXiv 2410.12360: L = (x_c / x)^alpha",
        form="printed",
        tests=(TESTS + "test_time_series_is_a_power_of_size",),
    ),
    "frontier": Evidence(
        read=("code",),
        equation="arXiv 2506.04598; LAION-AI/scaling-laws-for-comparison, saturation_both",
        form="printed",
        tests=(IN_B + "test_curves_nest",),
    ),
    "predictive_uncertainty": Evidence(
        read=("note",),
        equation="arXiv 2506.09648: U in proportion to n^gamma",
        form="printed",
        tests=(IN_B + "test_limits",),
    ),
    "difficulty_clusters": Evidence(
        read=("note",),
        equation="arXiv 2502.17262: g + (1 - g) exp(-a C^-b - c)",
        form="rewritten",
        tests=(TESTS + "test_difficulty_clusters_are_the_printed_formula",),
    ),
    "choice_accuracy": Evidence(
        read=("note",),
        equation="after arXiv 2406.04391: softmax over choices, log-odds linear in the loss",
        form="own",
        tests=(IN_B + "test_softmax_over_choices_is_the_choice_law",),
    ),
    "horizon": Evidence(
        read=("text",),
        equation="arXiv 2509.09677: H = ln s / ln p, a drift added",
        form="own",
        where={
            "Sinha et al. 2025, constant step accuracy": "arXiv 2509.09677, the law at constant step accuracy",
        },
        tests=(PUBLISHED,),
    ),
    "speculative_decoding": Evidence(
        read=("abstract",),
        equation="arXiv 2505.07858: affine in log10",
        form="printed",
        tests=(IN_B + "test_limits",),
    ),
    "imitation": Evidence(
        read=(
            "abstract",
            "figure",
        ),
        equation="arXiv 2410.18647: 1 - score = beta X^alpha",
        form="printed",
        where={"": "authors' figure of arXiv 2410.18647"},
        tests=(PUBLISHED,),
    ),
    "sample_power": Evidence(
        read=("abstract",),
        equation="arXiv 2506.17811: log e = log a + b log k",
        form="printed",
        tests=(TESTS + "test_action_error_is_a_power_of_samples",),
    ),
    "preference": Evidence(
        read=("abstract",),
        equation="arXiv 2505.10527: a power law of data, with a floor",
        form="own",
        tests=(IN_B + "test_limits",),
    ),
    "superposition": Evidence(
        read=(
            "text",
            "code",
        ),
        equation="arXiv 2505.10465; liuyz0/SuperpositionScaling, LLMs/nonlinearfit-3.ipynb",
        form="printed",
        where={"": "liuyz0/SuperpositionScaling, LLMs/nonlinearfit-3.ipynb, output of its fit"},
        tests=(PUBLISHED,),
    ),
    "projection": Evidence(
        read=("abstract",),
        equation="after arXiv 2307.02460: affine in distance, a power of size",
        form="own",
        tests=(IN_B + "test_limits",),
    ),
    "u_shape": Evidence(
        read=("abstract",),
        equation="after arXiv 2306.09479: log-odds quadratic in log compute",
        form="own",
        tests=(IN_B + "test_an_accuracy_can_bend_back_and_turn_where_its_slope_is_zero",),
    ),
    "observational": Evidence(
        read=("code",),
        equation="arXiv 2405.10938, one benchmark in place of components of many",
        form="own",
        tests=(IN_B + "test_families_on_their_own_compute_lines_are_linear_in_log_odds",),
    ),
    "sloth": Evidence(
        read=(
            "note",
            "code",
        ),
        equation="arXiv 2412.06540, one benchmark of one skill",
        form="own",
        tests=(TESTS + "test_sloth_of_one_benchmark_is_a_logistic_above_chance",),
    ),
    "ladder": Evidence(
        read=("code",),
        equation="arXiv 2412.04403, second step",
        form="rewritten",
        tests=(TESTS + "test_ladder_is_the_printed_sigmoid",),
    ),
    "arise": Evidence(
        read=("code",),
        equation="arXiv 2510.06014; sum of gain times (t_{j-1}/t_j)^sign",
        form="printed",
        tests=(IN_B + "test_arise_is_the_sum_of_the_authors_code",),
    ),
    "projektor": Evidence(
        read=("abstract", "code"),
        equation="arXiv 2307.02460, second stage; the authors' code",
        form="printed",
        tests=("tests/scaling_laws/test_projection.py::test_projection_is_linear_in_log_size",),
    ),
}


def evidence_of(name: str) -> Evidence | None:
    """What a law of the catalogue rests on; None for a law that is not of the catalogue."""
    return LAWS.get(name)
