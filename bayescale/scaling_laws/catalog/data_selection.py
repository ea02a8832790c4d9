"""Laws of loss or error when training data are pruned or mixed."""

from bayescale.scaling_laws.input_definitions import DATASET_SIZE
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.prior import lognormal
from bayescale.scaling_laws.terms import floor, power, term

LAWS: tuple[Law, ...] = (
    Law(
        "data_pruning",
        # a * exp(-g * (x / 1e6)**kappa) as a power term of exponent g, so that it has data-centred coordinates. It is
        # relative to 1e6 examples, as P0 = 1e6 * g**(-1 / kappa) diverges for small kappa. min avoids overflow.
        floor("e_inf") + power("a", "g", "exp(min((examples / 1e6)**kappa, 700))"),
        source="after Sorscher et al. 2022, arXiv 2206.14486: along the best pruned fraction error falls faster than a "
        "power, a·exp(−(P/P0)^κ); stretched exponential and floor chosen here",
        response="error",
        id="L29",
        regime="Error against the number of examples kept, where the best fraction is kept at every size of the data "
        "set.",
        pitfalls="A fixed fraction gives a power law again: compare with m2. The best measure of difficulty depends "
        "on the amount of data. P0 of the source is 1e6 * g^(-1/kappa).",
        priors={
            "a": lognormal(1.5, 1.0),
            "g": lognormal(1.0, 0.8),
            "kappa": lognormal(0.3, 0.5),
        },
        pooling={"a": "partial", "g": "shared", "e_inf": "partial"},
        meanings={
            "a": "error above the floor without data",
            "g": "logarithm of the factor by which the first 1e6 examples reduce it",
            "kappa": "1 is exponential; towards 0 the law becomes a power law",
            "e_inf": "error at infinite data",
        },
        counts={"examples": "examples kept after pruning"},
        ranges={"examples": (1e3, 1e9)},
    ),
    Law(
        "projection",
        # the floor bounds the loss; the source's interpolation, linear in log size, is unbounded
        floor("E") + power("A", "alpha", "n_tokens") + term("k * ot_distance"),
        source="after Kang et al. 2023, arXiv 2307.02460: affine in the optimal-transport distance from the training "
        "data to the validation data; it falls with size to a floor, where the source (and "
        "bayescale.projektor) projects along log size",
        id="L41",
        regime="Mixtures of one set of data sources, with distances computed in the same way for all.",
        pitfalls="k is in the unit of the distance: divide distances by their median first. Distances of 0 are "
        "refused. In the paper, k may change with the mixture. A constant distance cannot be separated from the floor.",
        priors={"k": lognormal(0.2, 1.0)},
        meanings={"k": "loss added per unit of distance"},
        counts={
            "n_tokens": "tokens selected from all sources: " + DATASET_SIZE,
            "ot_distance": "optimal-transport distance from the selected data to the validation data, divided by its "
            "median",
        },
        notation=r"L = a\, OT + b",
        ranges={"n_tokens": (1e6, 1e13), "ot_distance": (0.05, 5.0)},
    ),
)
