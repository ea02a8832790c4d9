"""Evidence of the laws in `catalog/training_steps.py`."""

from collections.abc import Mapping

from bayescale.scaling_laws.evidence.record import PUBLISHED, Evidence

TESTS = "tests/scaling_laws/catalog/test_training_steps.py::"

EVIDENCE: Mapping[str, Evidence] = {
    "kaplan_steps": Evidence(
        read=("text",),
        equation="arXiv 2001.08361, equation 1.6",
        form="printed",
        where={
            "Kaplan et al. 2020": "arXiv 2001.08361, table 3",
        },
        tests=(PUBLISHED,),
    ),
    "batch_trajectory": Evidence(
        read=("abstract",),
        equation="arXiv 2403.06563, from arXiv 2001.08361, equations 1.6 and 5.4, solved for the loss",
        form="rewritten",
        tests=(TESTS + "test_batch_trajectory_solves_its_implicit_equation",),
    ),
}
