"""Evidence of the laws in `catalog/hyperparameters.py`."""

from collections.abc import Mapping

from bayescale.scaling_laws.evidence.record import PUBLISHED, Evidence

TESTS = "tests/scaling_laws/catalog/test_hyperparameters.py::"

EVIDENCE: Mapping[str, Evidence] = {
    "critical_batch": Evidence(
        read=("text",),
        equation="arXiv 2001.08361, equation 5.3",
        form="rewritten",
        where={
            "Kaplan et al. 2020, B_3 from the printed B* = 2.1e8": (
                "arXiv 2001.08361, table 5 and figure 10; equations 1.4 and 5.3 round B* to 2e8"
            ),
        },
        tests=(PUBLISHED,),
    ),
    "model_size_growth": Evidence(
        read=("note",),
        equation="arXiv 1712.00409: s(m) = kappa m^beta_p",
        form="rewritten",
        tests=(TESTS + "test_model_size_grows_as_a_power_of_data",),
    ),
    "optimal_size": Evidence(
        read=("note",),
        equation="arXiv 2203.15556: N_opt = G (C/6)^a",
        form="rewritten",
        where={
            "Hoffmann et al. 2022, derived from the printed law for 6ND = C": (
                "derived here from arXiv 2203.15556, parametric fit; not printed as a set"
            ),
            "Besiroglu et al. 2024, derived from the law for 6ND = C": (
                "derived here from arXiv 2404.10102, fit to 240 runs; not printed as a set"
            ),
        },
        tests=(PUBLISHED,),
    ),
    "optimal_lr": Evidence(
        read=("code",),
        equation="arXiv 2503.04715: 1.79 N^-0.713 D^0.307",
        form="rewritten",
        where={
            "Li et al. 2025, lr_0 from the printed 1.79": "arXiv 2503.04715, equation 1",
            "Li et al. 2025, medians of 1000 bootstrap fits, lr_0 from 1.782": (
                "step-law/steplaw, table of 1000 bootstrap fits, its medians computed here"
            ),
        },
        tests=(PUBLISHED,),
    ),
    "optimal_batch": Evidence(
        read=("code",),
        equation="arXiv 2503.04715: 0.58 D^0.571",
        form="rewritten",
        where={
            "Li et al. 2025, B_0 from the printed .58": "arXiv 2503.04715, equation 1",
            "Li et al. 2025, medians of 1000 bootstrap fits, B_0 from .573": (
                "step-law/steplaw, table of 1000 bootstrap fits, its medians computed here"
            ),
        },
        tests=(PUBLISHED,),
    ),
    "optimizer_rescaling": Evidence(
        read=("abstract", "note"),
        equation="arXiv 2602.07712: shared exponents and factors rho_N, rho_D of each optimizer; the formula as the "
        "code of a third party writes it, the factors (tokens: Muon 2.08, Scion 1.99, SOAP 2.57 times AdamW; sizes "
        "about 1) second-hand; coefficients E, A, B and exponents are not confirmed",
        form="rewritten",
        tests=(TESTS + "test_optimizer_scales_are_factors_of_sizes_and_tokens",),
    ),
}
