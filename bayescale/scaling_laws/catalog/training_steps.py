"""Laws of training loss in model size, optimizer steps and batch size."""

from bayescale.scaling_laws.input_definitions import NON_EMBEDDING_PARAMETERS
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import lognormal
from bayescale.scaling_laws.terms import scaled_power, term

KAPLAN = "Kaplan et al. 2020, arXiv 2001.08361"

LAWS: tuple[Law, ...] = (
    Law(
        "kaplan_steps",
        scaled_power("N_c", "alpha_N", "n_params") + scaled_power("S_c", "alpha_S", "steps"),
        source=f"{KAPLAN}, equation 1.6",
        id="L2",
        regime="Parameters without embeddings. `steps` are S_min = S / (1 + B_crit / B), the steps that an ample "
        "batch would take.",
        pitfalls="Step counts at a small batch are not S_min. The law has no floor, so that its exponents cannot be "
        "compared with those of laws that have one.",
        published={"Kaplan et al. 2020": {"N_c": 6.5e13, "alpha_N": 0.077, "S_c": 2.1e3, "alpha_S": 0.76}},
        priors={"alpha_N": lognormal(0.08, 0.3), "alpha_S": lognormal(0.7, 0.15)},
        meanings={"N_c": "size at which the size term is 1", "S_c": "number of steps at which the steps term is 1"},
        counts={
            "n_params": NON_EMBEDDING_PARAMETERS,
            "steps": "S_min: steps that an ample batch would take to the same loss",
        },
        ranges={"n_params": (1e6, 1e11), "steps": (1e3, 1e6)},
    ),
    Law(
        "batch_trajectory",
        term(
            "batch_loss(M_0 * (n_params / 1e9)**-alpha_N, T_0 * (steps / 1e4)**-alpha_S, "
            "B_3 * 3**(1 / alpha_B) / batch_size, alpha_S, alpha_B)"
        ),
        source=f"Su et al. 2024, arXiv 2403.06563, after {KAPLAN}: L(N, S_min) with S_min = S / (1 + B_crit(L)/B)",
        id="L2b",
        regime="Training curves at a constant learning rate after warm-up, parameters without embeddings, batch size "
        "in tokens.",
        pitfalls="The law is implicit in the loss and is solved by Newton's method, so that it is slower to fit. It "
        "does not describe the decay of the learning rate: use lr_annealing. Points of one curve are not independent.",
        priors={
            "M_0": lognormal(2.4, 0.25),
            "alpha_N": lognormal(0.08, 0.3),
            "T_0": lognormal(0.3, 0.6),
            "alpha_S": lognormal(0.7, 0.15),
            "B_3": lognormal(1e6, 0.8),
            "alpha_B": lognormal(0.21, 0.15),
        },
        meanings={
            "M_0": "size term at 1e9 parameters: (N_c / 1e9)^alpha_N",
            "alpha_N": "exponent of size",
            "T_0": "steps term at 1e4 steps and an ample batch: (S_c / 1e4)^alpha_S",
            "alpha_S": "exponent of steps",
            "B_3": "critical batch size at a loss of 3 nats, in tokens",
            "alpha_B": "inverse of the exponent with which the critical batch size falls with the loss",
        },
        counts={
            "n_params": NON_EMBEDDING_PARAMETERS,
            "steps": "steps taken, at the batch of the row",
            "batch_size": "tokens a step",
        },
        notation=r"L = \left(\frac{N_c}{N}\right)^{\alpha_N} + "
        r"\left(\frac{S_c}{S_\mathrm{min}}\right)^{\alpha_S},\quad S_\mathrm{min} = \frac{S}{1 + "
        r"B_\mathrm{crit}(L)/B}",
        ranges={"n_params": (1e6, 1e11), "steps": (1e3, 1e6), "batch_size": (1e4, 1e7)},
    ),
)
