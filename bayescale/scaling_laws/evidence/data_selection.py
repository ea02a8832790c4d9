"""Evidence of the laws in `catalog/data_selection.py` and `catalog/data_mixing.py`.

No published coefficients of mixing laws, or of laws of one domain, could be confirmed: none are listed.
"""

from collections.abc import Mapping

from bayescale.scaling_laws.evidence.record import Evidence

TESTS = "tests/scaling_laws/catalog/test_data_selection.py::"
MIXING_TESTS = "tests/scaling_laws/catalog/test_data_mixing.py::"
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
    "mixture_exponential": Evidence(
        read=("note", "abstract"),
        equation="arXiv 2403.16952, data mixing law of several domains, as summaries of the paper print it",
        form="rewritten",
        calibration="not run",
        tests=(MIXING_TESTS + "test_exponential_law_is_that_of_the_source",),
        real_data="not run",
    ),
    "mixture_additive": Evidence(
        read=("note", "abstract"),
        equation="arXiv 2507.09404, additive law, as a third party prints it; not read in the paper itself",
        form="printed",
        calibration="not run",
        tests=(MIXING_TESTS + "test_additive_law_is_that_of_the_source",),
        real_data="not run",
    ),
    "mixture_joint": Evidence(
        read=("note", "abstract"),
        equation="arXiv 2507.09404, joint law: A and B depend on h; their formula could not be confirmed in the paper",
        form="rewritten",
        calibration="not run",
        tests=(MIXING_TESTS + "test_joint_law_is_that_of_the_source",),
        real_data="not run",
    ),
    "mixture_effective": Evidence(
        read=("code", "abstract"),
        equation="after Dai and Zheng 2026, PMLR 306, capacity and noise terms; linear sums replace the allocation",
        form="own",
        calibration="not run",
        tests=(MIXING_TESTS + "test_effective_law_of_one_useful_domain_is_chinchilla",),
        real_data="seven domains of SlimPajama, 937M parameters forecast from 122M to 680M: docs/guide.md, Mixtures",
    ),
    "mixture_checkpoints": Evidence(
        read=("code", "abstract"),
        equation="mixture_effective and a power of tokens over the length of a run",
        form="own",
        calibration="not run",
        tests=(MIXING_TESTS + "test_checkpoints_approach_the_effective_law",),
        real_data="seven domains of SlimPajama, 937M parameters forecast from 122M to 680M: docs/guide.md, Mixtures",
    ),
    "loss_to_loss": Evidence(
        read=("note", "abstract"),
        equation="arXiv 2411.12925, L_1 = K (L_0 - E_0)^kappa + E_1, as summaries print it; no coefficients confirmed",
        form="rewritten",
        tests=(
            TESTS + "test_loss_to_loss_is_the_shifted_power_law",
            TESTS + "test_loss_to_loss_is_exact_where_both_losses_follow_one_compute_law",
        ),
        real_data="21 pairs of losses of models of arXiv 2403.08540, fitted up to a twentieth of the compute: mean "
        "error 0.07 nats (a straight line: 0.16); 90 % intervals hold 73 % of 161 runs",
    ),
    "bimix": Evidence(
        read=("abstract",),
        equation="after arXiv 2405.14908: product of a power of the share and a power of data; formula not confirmed",
        form="own",
        tests=(TESTS + "test_bimix_is_a_product_of_share_and_data",),
        real_data="seven domains of SlimPajama at one size, 20 of 60 mixtures held out: mean error 0.029 nats; 90 % "
        "intervals hold 88 %",
    ),
    "d_cpt": Evidence(
        read=("note", "abstract"),
        equation="arXiv 2406.01375, as two summaries print it; no coefficients confirmed",
        form="printed",
        tests=(TESTS + "test_d_cpt_matches_the_printed_formula",),
        real_data="seven domains of SlimPajama, pre-training in place of continued pre-training, 937M parameters "
        "forecast from 122M to 680M: mean error 0.043 nats; 90 % intervals hold 88 %",
    ),
}
