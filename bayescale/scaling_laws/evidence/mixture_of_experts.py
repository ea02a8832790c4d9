"""Evidence of the laws in `catalog/mixture_of_experts.py`."""

from collections.abc import Mapping

from bayescale.scaling_laws.evidence.record import PUBLISHED, Evidence

TESTS = "tests/scaling_laws/catalog/test_mixture_of_experts.py::"

EVIDENCE: Mapping[str, Evidence] = {
    "moe_leverage": Evidence(
        read=("text",),
        equation="arXiv 2507.17702, equations 10 to 13",
        form="rewritten",
        where={
            "Tian et al. 2025, table 2, around granularity 8 and 1e20 FLOP": "arXiv 2507.17702, table 2",
        },
        tests=(PUBLISHED,),
    ),
    "moe_clark": Evidence(
        read=("note",),
        equation="arXiv 2202.01169, bilinear law with saturating experts",
        form="rewritten",
        where={"": "arXiv 2202.01169, table of fitted coefficients"},
        tests=(PUBLISHED,),
    ),
    "moe_granularity": Evidence(
        read=("note",),
        equation="arXiv 2402.07871: c + (g/G^gamma + a)/N^alpha + b/D^beta",
        form="rewritten",
        where={
            "Krajewski et al. 2024, g over a": "arXiv 2402.07871, table of fitted coefficients",
        },
        tests=(PUBLISHED,),
    ),
    "moe_sparsity": Evidence(
        read=("note",),
        equation="arXiv 2501.12370, equation 6",
        form="rewritten",
        where={
            "Abnar et al. 2025, d_0 from the printed d = 17.26": "arXiv 2501.12370, table 3",
        },
        tests=(PUBLISHED,),
    ),
    "moe_joint": Evidence(
        read=("text",),
        equation="arXiv 2502.05172, equations 4 to 6, as a stored copy of the paper's text prints them",
        form="rewritten",
        where={"": "arXiv 2502.05172, table 3, as a stored copy of the paper's text prints it"},
        tests=(
            PUBLISHED,
            TESTS + "test_moe_joint_reduces_to_the_printed_law_of_each_number_of_experts",
            TESTS + "test_moe_joint_gives_the_printed_compute_optimal_runs",
        ),
        real_data="none: the runs of routed_moe all end at one number of tokens, which is not its regime",
    ),
}
