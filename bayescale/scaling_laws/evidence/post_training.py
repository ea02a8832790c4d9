"""Evidence of the laws in `catalog/post_training.py`."""

from collections.abc import Mapping

from bayescale.scaling_laws.evidence.record import PUBLISHED, Evidence

TESTS = "tests/scaling_laws/catalog/test_post_training.py::"

EVIDENCE: Mapping[str, Evidence] = {
    "rl_power": Evidence(
        read=("code",),
        equation="arXiv 2509.25300; code of its repository",
        form="rewritten",
        tests=(TESTS + "test_rl_power_is_linear_in_logarithms_with_a_slope_that_grows_with_size",),
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
    "preference": Evidence(
        read=("abstract",),
        equation="arXiv 2505.10527: a power law of data, with a floor",
        form="own",
        tests=(TESTS + "test_limits",),
    ),
}
