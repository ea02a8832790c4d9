"""Evidence of the laws in `catalog/other_domains.py`."""

from collections.abc import Mapping

from bayescale.scaling_laws.evidence.record import PUBLISHED, Evidence

TESTS = "tests/scaling_laws/catalog/test_other_domains.py::"

EVIDENCE: Mapping[str, Evidence] = {
    "time_series": Evidence(
        read=("abstract",),
        equation="arXiv 2410.12360: L = (x_c / x)^alpha",
        form="printed",
        tests=(TESTS + "test_time_series_is_a_power_of_size",),
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
    "mixed_modal": Evidence(
        read=("note", "abstract"),
        equation="arXiv 2301.03728, bi-modal law as summaries describe its terms; no coefficients confirmed",
        form="rewritten",
        tests=(
            TESTS + "test_mixed_modal_is_the_unimodal_mean_with_synergy_and_competition",
            TESTS + "test_mixed_modal_competition_ends_where_its_terms_equal_the_synergy",
        ),
    ),
    "dense_retrieval": Evidence(
        read=("note", "abstract"),
        equation="arXiv 2403.18684, joint law of size and data, as a summary prints it",
        form="printed",
        where={"": "a summary of arXiv 2403.18684 (second-hand), rounded; not confirmed in the paper"},
        tests=(PUBLISHED, TESTS + "test_dense_retrieval_agrees_with_the_published_law_of_size"),
    ),
}
