"""Evidence of the laws in `catalog/architecture.py`."""

from collections.abc import Mapping

from bayescale.scaling_laws.evidence.record import PUBLISHED, Evidence

TESTS = "tests/scaling_laws/catalog/test_architecture.py::"

EVIDENCE: Mapping[str, Evidence] = {
    "four_regimes": Evidence(
        read=("note",),
        equation="four exponents of arXiv 2102.06701; no equation joins them there",
        form="own",
        tests=(TESTS + "test_four_regimes_have_exponent_alpha_or_exactly_one",),
    ),
    "parscale": Evidence(
        read=("code",),
        equation="arXiv 2505.10475; parametric_fit.py of its repository",
        form="rewritten",
        where={"": "parametric_fit.py of the paper's repository; a run of it here agrees"},
        tests=(PUBLISHED,),
    ),
    "average_params": Evidence(
        read=("abstract",),
        equation="arXiv 2501.12486: arXiv 2203.15556 in the mean count of parameters",
        form="printed",
        tests=(TESTS + "test_unpruned_model_follows_hoffmann",),
    ),
    "encoder_decoder": Evidence(
        read=("note",),
        equation="arXiv 2109.07740, form as a third party quotes it",
        form="rewritten",
        tests=(TESTS + "test_encoder_decoder_is_a_product_with_its_optimum_at_the_split",),
    ),
    "superposition": Evidence(
        read=(
            "text",
            "code",
        ),
        equation="arXiv 2505.10465; liuyz0/SuperpositionScaling, LLMs/nonlinearfit-3.ipynb",
        form="printed",
        where={"": "liuyz0/SuperpositionScaling, LLMs/nonlinearfit-3.ipynb, output of its fit"},
        tests=(PUBLISHED,),
    ),
    "vocabulary": Evidence(
        read=("code",),
        equation="sail-sg/scaling-with-vocab, approach3_isoloss.py: lossu = -E + A1/Nnv^a1 + A2/Nv^a2 + B/D^b",
        form="rewritten",
        where={"": "sail-sg/scaling-with-vocab, optimal_Nv_predict.py, in millions and billions"},
        tests=(
            PUBLISHED,
            TESTS + "test_vocabulary_matches_the_formula_of_the_code",
            TESTS + "test_vocabulary_reproduces_the_published_optimum",
            TESTS + "test_published_vocabulary_law_describes_the_public_runs",
        ),
    ),
}
