"""Evidence of the laws in `catalog/learning_curves.py`."""

from collections.abc import Mapping

from bayescale.scaling_laws.evidence.record import PUBLISHED, Evidence

TESTS = "tests/scaling_laws/catalog/test_learning_curves.py::"

EVIDENCE: Mapping[str, Evidence] = {
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
        tests=(TESTS + "test_learning_curves_nest",),
    ),
    "m2": Evidence(
        read=("code",),
        equation="arXiv 2209.06640, M2; google-research/revisiting_neural_scaling_laws",
        form="printed",
        tests=(TESTS + "test_learning_curves_nest",),
    ),
    "m3": Evidence(
        read=("code",),
        equation="arXiv 2209.06640, M3; google-research/revisiting_neural_scaling_laws",
        form="printed",
        tests=(TESTS + "test_m3_matches_the_printed_formula_and_levels_off",),
    ),
    "m4": Evidence(
        read=("code",),
        equation="arXiv 2209.06640, M4; google-research/revisiting_neural_scaling_laws",
        form="rewritten",
        tests=(TESTS + "test_m4_solves_its_equation_between_its_limits",),
    ),
    "frontier": Evidence(
        read=("code",),
        equation="arXiv 2506.04598; LAION-AI/scaling-laws-for-comparison, saturation_both",
        form="printed",
        tests=(TESTS + "test_learning_curves_nest",),
    ),
    "predictive_uncertainty": Evidence(
        read=("note",),
        equation="arXiv 2506.09648: U in proportion to n^gamma",
        form="printed",
        tests=(TESTS + "test_limits",),
    ),
    "u_shape": Evidence(
        read=("abstract",),
        equation="after arXiv 2306.09479: log-odds quadratic in log compute",
        form="own",
        tests=(TESTS + "test_u_shape_turns_where_its_slope_is_zero",),
    ),
}
