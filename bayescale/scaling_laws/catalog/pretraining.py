"""Laws of training loss in model size, data and compute."""

from bayescale.scaling_laws.expression import floor, joined, power, scaled_power
from bayescale.scaling_laws.input_definitions import NON_EMBEDDING, SEEN_ONCE, SET, TOTAL, TRAINING
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import lognormal

PAIR = {"n_params": (1e7, 1e12), "n_tokens": (1e8, 1e14)}
COMPUTE = {"flops": (1e15, 1e26)}
HOFFMANN = "Hoffmann et al. 2022, arXiv 2203.15556"

LAWS = (
    Law(
        "chinchilla",
        floor("E") + power("A", "alpha", "n_params") + power("B", "beta", "n_tokens"),
        source=f"{HOFFMANN}; re-estimated by Besiroglu et al. 2024, arXiv 2404.10102",
        id="L1",
        regime="single-epoch training of dense models with a tuned recipe; errors grow where N or D is starved",
        pitfalls="(A, alpha) and (B, beta) lie on ridges; a single law fitted this way is too sure of itself far away",
        published={
            "Hoffmann et al. 2022": {"E": 1.69, "A": 406.4, "alpha": 0.34, "B": 410.7, "beta": 0.28},
            "Besiroglu et al. 2024": {"E": 1.8172, "A": 482.01, "alpha": 0.3478, "B": 2085.43, "beta": 0.3658},
        },
        counts={"n_params": TOTAL, "n_tokens": SEEN_ONCE},
        ranges=PAIR,
    ),
    Law(
        "joint",
        floor("E") + joined("q", power("A", "alpha", "n_params"), power("B", "beta", "n_tokens")),
        source=f"nests {HOFFMANN} (q = 1) and Kaplan et al. 2020, arXiv 2001.08361 (E = 0, q = alpha_D)",
        id="L1",
        regime="as chinchilla, and better where either N or D is scarce",
        pitfalls="q is pinned down only by runs off the compute-optimal line",
        counts={"n_params": TOTAL, "n_tokens": SEEN_ONCE},
        ranges=PAIR,
    ),
    Law(
        "kaplan",
        joined("alpha_D", scaled_power("N_c", "alpha_N", "n_params"), scaled_power("D_c", "alpha_D", "n_tokens")),
        source="Kaplan et al. 2020, arXiv 2001.08361, equation 1.5",
        id="L2",
        regime="non-embedding parameters; early-stopped training; no floor, so it must fail far enough out",
        pitfalls="without a floor its exponents cannot be compared with those of laws that have one",
        published={"Kaplan et al. 2020": {"N_c": 6.4e13, "alpha_N": 0.076, "D_c": 1.8e13, "alpha_D": 0.103}},
        priors={"alpha_N": lognormal(0.08, 0.4), "alpha_D": lognormal(0.1, 0.4)},
        counts={"n_params": NON_EMBEDDING, "n_tokens": SET + "; training stops before the loss rises"},
        notation=r"L(N, D) = \left[\left(\frac{N_c}{N}\right)^{\alpha_N/\alpha_D} + "
        r"\frac{D_c}{D}\right]^{\alpha_D}",
        ranges=PAIR,
    ),
    Law(
        "overtraining",
        floor("E") + power("A", "alpha", "n_params") + power("B", "alpha", "n_tokens"),
        source="Gadre et al. 2024, arXiv 2403.08540 (one exponent for size and data)",
        id="L11",
        regime="models trained far past the compute-optimal ratio of tokens to parameters",
        pitfalls="one exponent for both inputs: the compute-optimal ratio cannot change with compute",
        published={
            "C4": {"E": 1.508, "A": 113.7, "alpha": 0.2425, "B": 152.5},
            "RedPajama": {"E": 1.837, "A": 166.2, "alpha": 0.2729, "B": 287.2},
            "RefinedWeb": {"E": 1.734, "A": 125.1, "alpha": 0.2544, "B": 196.0},
        },
        counts={"n_params": TOTAL, "n_tokens": SEEN_ONCE},
        notation=r"L(C, M) = E + (a M^\eta + b M^{-\eta}) C^{-\eta},\quad \eta = \alpha/2",
        ranges=PAIR,
    ),
    Law(
        "power_floor",
        floor("E") + power("A", "alpha", "flops"),
        source="Henighan et al. 2020, arXiv 2010.14701 (loss over compute, parameters or data)",
        id="L4",
        regime="one input varied, the others ample or in fixed proportion",
        pitfalls="floor and exponent trade off unless the data span more than a decade",
        counts={"flops": TRAINING + ", parameters without embeddings"},
        ranges=COMPUTE,
    ),
    Law(
        "power",
        scaled_power("x_c", "alpha", "flops"),
        source="Kaplan et al. 2020, arXiv 2001.08361, equation 1.3; Henighan et al. 2020, arXiv 2010.14701",
        id="L4",
        regime="one input, far from any floor",
        pitfalls="no floor: too optimistic far enough out",
        published={
            "Kaplan et al. 2020, L(C_min); 3.1e8 petaflop-days as printed": {"x_c": 3.1e8 * 8.64e19, "alpha": 0.05}
        },
        priors={"alpha": lognormal(0.08, 0.5)},
        counts={"flops": TRAINING + ", parameters without embeddings, at an ample batch"},
        ranges=COMPUTE,
    ),
)
