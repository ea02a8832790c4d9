"""Evidence of the laws in `catalog/downstream.py`."""

from collections.abc import Mapping

from bayescale.scaling_laws.evidence.record import PUBLISHED, Evidence

TESTS = "tests/scaling_laws/catalog/test_downstream.py::"

EVIDENCE: Mapping[str, Evidence] = {
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
    "bleu_log": Evidence(
        read=("note",),
        equation="arXiv 2402.04177: BLEU = (log(A D^alpha))^beta",
        form="rewritten",
        tests=(TESTS + "test_bleu_matches_the_printed_formula",),
    ),
    "downstream_loss": Evidence(
        read=("note",),
        equation="arXiv 2402.04177: L = E + A / D^alpha",
        form="printed",
        tests=(TESTS + "test_downstream_loss_matches_the_printed_formula",),
    ),
    "passuntil": Evidence(
        read=("text",),
        equation="arXiv 2310.03262: PU = exp(-c N^-alpha)",
        form="printed",
        tests=(TESTS + "test_passuntil_is_linear_in_log_minus_log",),
    ),
    "difficulty_clusters": Evidence(
        read=("note",),
        equation="arXiv 2502.17262: g + (1 - g) exp(-a C^-b - c)",
        form="rewritten",
        tests=(TESTS + "test_difficulty_clusters_match_the_printed_formula",),
    ),
    "choice_accuracy": Evidence(
        read=("note",),
        equation="after arXiv 2406.04391: softmax over choices, log-odds linear in the loss",
        form="own",
        tests=(TESTS + "test_choice_accuracy_is_a_softmax_over_choices",),
    ),
    "horizon": Evidence(
        read=("text",),
        equation="arXiv 2509.09677: H = ln s / ln p, with a drift",
        form="own",
        where={
            "Sinha et al. 2025, constant step accuracy": "arXiv 2509.09677, the law at constant step accuracy",
        },
        tests=(PUBLISHED,),
    ),
    "observational": Evidence(
        read=("code",),
        equation="arXiv 2405.10938, one benchmark in place of components of many",
        form="own",
        tests=(TESTS + "test_observational_is_linear_in_log_odds",),
    ),
    "sloth": Evidence(
        read=(
            "note",
            "code",
        ),
        equation="arXiv 2412.06540, one benchmark of one skill",
        form="own",
        tests=(TESTS + "test_sloth_is_a_logistic_above_chance",),
    ),
    "ladder": Evidence(
        read=("code",),
        equation="arXiv 2412.04403, second step",
        form="rewritten",
        tests=(TESTS + "test_ladder_matches_the_printed_sigmoid",),
    ),
}
