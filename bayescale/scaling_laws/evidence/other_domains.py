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
}
