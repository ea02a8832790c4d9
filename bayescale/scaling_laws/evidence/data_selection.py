"""Evidence of the laws in `catalog/data_selection.py`."""

from collections.abc import Mapping

from bayescale.scaling_laws.evidence.record import Evidence

TESTS = "tests/scaling_laws/catalog/test_data_selection.py::"
PROJECTION_TESTS = "tests/scaling_laws/functions/test_projection.py::"

EVIDENCE: Mapping[str, Evidence] = {
    "data_pruning": Evidence(
        read=("abstract",),
        equation="after arXiv 2206.14486: stretched exponential",
        form="own",
        tests=(TESTS + "test_limits",),
    ),
    "projection": Evidence(
        read=("abstract",),
        equation="after arXiv 2307.02460: affine in distance, a power of size",
        form="own",
        tests=(TESTS + "test_limits",),
    ),
    "projektor": Evidence(
        read=("abstract", "code"),
        equation="arXiv 2307.02460, second stage; the authors' code",
        form="printed",
        tests=(PROJECTION_TESTS + "test_projection_is_linear_in_log_size",),
    ),
}
