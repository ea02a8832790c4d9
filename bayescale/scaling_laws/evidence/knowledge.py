"""Evidence of the laws in `catalog/knowledge.py`."""

from collections.abc import Mapping

from bayescale.scaling_laws.evidence.record import PUBLISHED, Evidence

TESTS = "tests/scaling_laws/catalog/test_knowledge.py::"

EVIDENCE: Mapping[str, Evidence] = {
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
        tests=(TESTS + "test_effective_size_is_a_logistic_of_a_power_of_size",),
    ),
    "knowledge_capacity": Evidence(
        read=("text",),
        equation="arXiv 2404.05405: min(B_total, c N), with a smooth minimum",
        form="own",
        where={
            "Allen-Zhu and Li 2024, capacity alone, 1000 exposures": "arXiv 2404.05405, abstract: 2 bits per parameter",
        },
        tests=(PUBLISHED,),
    ),
    "distillation": Evidence(
        read=("text",),
        equation="arXiv 2502.08606 v2, equation 8, with equation 1 for the supervised loss",
        form="rewritten",
        where={"": "arXiv 2502.08606 v2, table 6 (appendix F.3); c_1 f_1 is written as m, and d_1 as h"},
        tests=(
            PUBLISHED,
            TESTS + "test_distillation_from_the_best_teacher_matches_supervised_learning_on_infinite_data",
            TESTS + "test_distillation_has_the_limits_that_its_authors_require",
        ),
    ),
}
