"""Evidence of the laws in `catalog/inference.py`."""

from collections.abc import Mapping

from bayescale.scaling_laws.evidence.record import Evidence

TESTS = "tests/scaling_laws/catalog/test_inference.py::"
ARISE_TESTS = "tests/scaling_laws/functions/test_reasoning_efficiency.py::"

EVIDENCE: Mapping[str, Evidence] = {
    "speculative_decoding": Evidence(
        read=("abstract",),
        equation="arXiv 2505.07858: affine in log10",
        form="printed",
        tests=(TESTS + "test_limits",),
    ),
    "sample_power": Evidence(
        read=("abstract",),
        equation="arXiv 2506.17811: log e = log a + b log k",
        form="printed",
        tests=(TESTS + "test_action_error_is_a_power_of_samples",),
    ),
    "many_shot": Evidence(
        read=("code", "note"),
        equation="C n^-alpha + K: notes that quote the paper, and the code of Arora et al. 2024 (arXiv 2410.16531) "
        "that fits it; not read in the paper itself, whose coefficients are not confirmed",
        form="printed",
        tests=(
            TESTS + "test_many_shot_laws_agree_beyond_the_bound",
            TESTS + "test_limits",
        ),
    ),
    "many_shot_bounded": Evidence(
        read=("code",),
        equation="C (1 + n / n_c)^-alpha + K: the code of Arora et al. 2024 (arXiv 2410.16531) that fits it; not read "
        "in the paper's appendix itself, whose coefficients are not confirmed",
        form="printed",
        tests=(
            TESTS + "test_many_shot_laws_agree_beyond_the_bound",
            TESTS + "test_limits",
        ),
    ),
    "arise": Evidence(
        read=("code",),
        equation="arXiv 2510.06014; sum of gain times (t_{j-1}/t_j)^sign",
        form="printed",
        tests=(ARISE_TESTS + "test_arise_matches_the_authors_sum",),
    ),
}
