"""Evidence of the laws in `catalog/data_selection.py` and `catalog/data_mixing.py`.

No complete set of published coefficients of mixing laws could be confirmed: none is listed.
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
        read=("code", "note", "abstract"),
        equation="arXiv 2403.16952, data mixing law of several domains; yegcjs/mixinglaws, mix_2_domains.ipynb",
        form="rewritten",
        calibration="not run",
        tests=(
            MIXING_TESTS + "test_exponential_law_is_that_of_the_source",
            MIXING_TESTS + "test_exponential_law_reproduces_losses_of_the_authors",
        ),
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
}
