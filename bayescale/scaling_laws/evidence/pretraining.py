"""Evidence of the laws in `catalog/pretraining.py`."""

from collections.abc import Mapping

from bayescale.scaling_laws.evidence.record import PUBLISHED, Evidence

TESTS = "tests/scaling_laws/catalog/test_pretraining.py::"

EVIDENCE: Mapping[str, Evidence] = {
    "chinchilla": Evidence(
        read=("note",),
        equation="arXiv 2203.15556, approach 3: E + A/N^alpha + B/D^beta",
        form="printed",
        where={
            "Hoffmann et al. 2022": (
                "arXiv 2203.15556, parametric fit (approach 3), rounded; the unrounded ones give other optima"
            ),
            "Besiroglu et al. 2024": "arXiv 2404.10102, fit to 240 runs",
        },
        tests=(PUBLISHED,),
    ),
    "joint": Evidence(
        read=("note",),
        equation="CES of the two terms, nests arXiv 2203.15556 and 2001.08361",
        form="own",
        tests=(TESTS + "test_joint_nests_chinchilla_and_kaplan",),
    ),
    "kaplan": Evidence(
        read=("text",),
        equation="arXiv 2001.08361, equation 1.5",
        form="printed",
        where={
            "Kaplan et al. 2020": "arXiv 2001.08361, table 2",
        },
        tests=(PUBLISHED,),
    ),
    "kaplan_params": Evidence(
        read=("text",),
        equation="arXiv 2001.08361, equation 1.1",
        form="printed",
        where={
            "Kaplan et al. 2020": "arXiv 2001.08361, equation 1.1 and table 5",
        },
        tests=(PUBLISHED,),
    ),
    "kaplan_tokens": Evidence(
        read=("text",),
        equation="arXiv 2001.08361, equation 1.2",
        form="printed",
        where={
            "Kaplan et al. 2020": "arXiv 2001.08361, equation 1.2 and table 5",
        },
        tests=(PUBLISHED,),
    ),
    "learning_curve": Evidence(
        read=("note",),
        equation="arXiv 1712.00409: error = alpha m^beta_g + gamma",
        form="printed",
        where={
            "Hestness et al. 2017, word language model, no floor": "arXiv 1712.00409, word language models",
        },
        tests=(PUBLISHED,),
    ),
    "power_floor": Evidence(
        read=("note",),
        equation="arXiv 2010.14701: L = L_inf + (x_0/x)^alpha",
        form="printed",
        tests=(TESTS + "test_power_floor_matches_the_printed_formula",),
    ),
    "power": Evidence(
        read=("text",),
        equation="arXiv 2001.08361, equation 1.3",
        form="printed",
        where={
            "Kaplan et al. 2020, L(C_min); 3.1e8 petaflop-days as printed": (
                "arXiv 2001.08361, table 5, C_c^min in petaflop-days"
            ),
        },
        tests=(PUBLISHED,),
    ),
    "hitchhiker": Evidence(
        read=(
            "text",
            "code",
        ),
        equation="arXiv 2410.11840: exp(E') + exp(A')/N^alpha + exp(B')/D^beta; IBM/ColPret",
        form="printed",
        where={
            "Muennighoff et al. 2023, from which the authors start": (
                "IBM/ColPret, starting values; huggingface/datablations, README"
            ),
        },
        tests=(PUBLISHED,),
    ),
    "farseer": Evidence(
        read=("text",),
        equation="arXiv 2506.10972, equations 3 and 15",
        form="rewritten",
        where={
            "Li et al. 2025 (Farseer), converted to 1e9 parameters and 1e11 tokens": "arXiv 2506.10972, equation 15",
        },
        tests=(PUBLISHED,),
    ),
    "overtraining": Evidence(
        read=("code",),
        equation="arXiv 2403.08540; mlfoundations/scaling",
        form="rewritten",
        where={"": "mlfoundations/scaling, values that the repository's fit computes"},
        tests=(PUBLISHED,),
    ),
}
