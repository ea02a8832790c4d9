"""Evidence of the laws in `catalog/data_reuse.py`."""

from collections.abc import Mapping

from bayescale.scaling_laws.evidence.record import PUBLISHED, Evidence

TESTS = "tests/scaling_laws/catalog/test_data_reuse.py::"

EVIDENCE: Mapping[str, Evidence] = {
    "data_filtering": Evidence(
        read=(
            "code",
            "note",
        ),
        equation="arXiv 2404.07177; locuslab/scaling_laws_data_filtering, objective.py",
        form="printed",
        tests=(TESTS + "test_data_filtering_multiplies_passes_as_printed",),
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
}
