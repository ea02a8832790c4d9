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
    "finetuning": Evidence(
        read=("text",),
        equation="arXiv 2402.17193, equation 1, X model size; beta is ratio * alpha",
        form="rewritten",
        where={"": "arXiv 2402.17193, table 4 (appendix), A_m and alpha_m"},
        tests=(
            PUBLISHED,
            TESTS + "test_data_at_which_two_methods_of_fine_tuning_are_equal_follow_the_printed_exponents",
        ),
    ),
    "finetuning_pretraining": Evidence(
        read=("text",),
        equation="arXiv 2402.17193, equation 1, X pre-training data; beta is ratio * alpha",
        form="rewritten",
        where={"": "arXiv 2402.17193, table 4 (appendix), A_p and alpha_p"},
        tests=(PUBLISHED, TESTS + "test_size_helps_fine_tuning_more_than_pretraining_data_and_adapters_hardly"),
    ),
    "finetuning_adapters": Evidence(
        read=("text",),
        equation="arXiv 2402.17193, equation 1, X parameters that are tuned; alpha is ratio * beta",
        form="rewritten",
        where={
            "": "arXiv 2402.17193, table 4 (appendix), A_t and alpha_t; parameters of a prompt token and of a LoRA "
            "rank are derived from table 3, not printed"
        },
        tests=(PUBLISHED, TESTS + "test_size_helps_fine_tuning_more_than_pretraining_data_and_adapters_hardly"),
    ),
    "transfer": Evidence(
        read=("note",),
        equation="arXiv 2102.01293, equation 1.1",
        form="rewritten",
        where={"": "arXiv 2102.01293, table 1, second-hand: as a third party quotes it"},
        tests=(PUBLISHED, TESTS + "test_transfer_extrapolates_as_its_authors_say"),
    ),
    "transfer_loss": Evidence(
        read=("note",),
        equation="arXiv 2102.01293, equations 6.1 and B.1; with D_F + D_T, where equation 6.1 has D_T alone",
        form="rewritten",
        where={"": "arXiv 2102.01293, table 1, second-hand: as a third party quotes it"},
        tests=(PUBLISHED, TESTS + "test_transfer_loss_is_kaplans_law_of_the_data_from_scratch"),
    ),
    "forgetting": Evidence(
        read=("note", "abstract"),
        equation="arXiv 2502.06042, law of the pre-training loss; a third party prints it without the offset E",
        form="rewritten",
        where={
            "": "arXiv 2502.06042, second-hand: values of B as a third party quotes them, 1e4 as approximate; A, "
            "alpha, beta and E were not confirmed and are not published here"
        },
        tests=(PUBLISHED, TESTS + "test_injected_data_act_like_parameters"),
    ),
}
