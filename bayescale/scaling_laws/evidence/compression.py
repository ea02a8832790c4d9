"""Evidence of the laws in `catalog/compression.py`."""

from collections.abc import Mapping

from bayescale.scaling_laws.evidence.record import PUBLISHED, Evidence

TESTS = "tests/scaling_laws/catalog/test_compression.py::"

EVIDENCE: Mapping[str, Evidence] = {
    "qat": Evidence(
        read=("text",),
        equation="arXiv 2505.14302, equation of the loss with quantisation",
        form="rewritten",
        where={"": "arXiv 2505.14302, table of fitted constants"},
        tests=(PUBLISHED,),
    ),
    "ptq": Evidence(
        read=("note",),
        equation="arXiv 2411.17691: k D^beta / (N^alpha P^gamma)",
        form="rewritten",
        where={
            "Ouyang et al. 2024, d_0 from the printed k = 0.017": (
                "arXiv 2411.17691, joint fit, as a third party quotes it"
            ),
        },
        tests=(PUBLISHED,),
    ),
    "float_training": Evidence(
        read=("text",),
        equation="arXiv 2501.02423, unified law",
        form="rewritten",
        where={
            "Sun et al. 2025, p_0 from the printed gamma": "arXiv 2501.02423, table of coefficients",
        },
        tests=(PUBLISHED,),
    ),
    "precision": Evidence(
        read=("text",),
        equation="arXiv 2411.04330, equations 9 and 11, offsets of appendix K",
        form="rewritten",
        where={
            "Kumar et al. 2024, delta_0 from the printed C_T = 0.0598": "arXiv 2411.04330, table 2 (appendix K)",
        },
        tests=(PUBLISHED,),
    ),
    "weight_sparsity": Evidence(
        read=("code", "note"),
        equation="arXiv 2309.08520, joint law; google-research/jaxpruner, projects/bigsparse/sparsity-scaling.ipynb",
        form="rewritten",
        where={
            "T5 on C4, A and g from the printed a_S and c_S": (
                "arXiv 2309.08520, table of coefficients, second-hand: as a third party quotes it; it agrees with the "
                "losses in the authors' t5-data.csv"
            ),
            "ViT on JFT, examples as data, A and g from the printed a_S and c_S": (
                "arXiv 2309.08520, table of coefficients, as a third party quotes it; the same as the output of the "
                "authors' notebook"
            ),
        },
        tests=(
            PUBLISHED,
            TESTS + "test_published_sparsity_coefficients_fit_the_authors_t5_losses",
            "tests/scaling_laws/catalog/test_recovery.py::"
            "test_sparse_t5_of_four_times_the_size_is_forecast_from_the_smaller_runs",
        ),
        real_data="fitted to the authors' 36 smaller T5 runs, it forecasts the 12 of four times the weights with a "
        "mean error of 1.0 % (0.7 % by the published set, which was fitted to them too), 10 of 12 within 90 % "
        "intervals; b is 1.2 to 1.5 there, not the published 0.722",
    ),
}
