"""Write a design and its draws as a posterior's tree in ArviZ's schema, and read them back."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.random import predictive_seed
from bayescale.core.serialization import fact, frozen, require_schema, version_of
from bayescale.errors import InputError, LawError, StoredPosteriorError
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.discrepancy import Basis
from bayescale.scaling.model.priors import coordinate_names
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.predict.draws import Functions, from_draws
from bayescale.scaling.predict.log_likelihood import log_prior
from bayescale.scaling.predict.run_log_likelihood import to_store
from bayescale.scaling.sampling.sampler import Draws, Sampler

SCHEMA = 5  # 4: the discrepancy's amplitude is constant; 3: nor does the spec hold its settings, which were constants
OLDER_SCHEMAS = (3, 4)
PACKAGES = ("bayescale", "numpy", "pymc", "pytensor", "nutpie", "xarray", "arviz-stats")
STATISTICS = {"logp": "lp", "depth": "tree_depth"}  # ArviZ's names

type Array = NDArray[np.float64]
type Values = Mapping[str, Array]
type Variables = dict[str, tuple[tuple[str, ...], Any]]


def to_tree(
    design: Design, draws: Draws, sampler: Sampler, random_seed: int, *, source: str = "", digest: str = ""
) -> xr.DataTree:
    """Write the posterior of a design as a tree that holds everything a forecast needs.

    Parameters
    ----------
    design : Design
        What was fitted.
    draws : Draws
        Draws of the model's variables, with the sampler's statistics.
    sampler : Sampler
        Settings of the sampler.
    random_seed : int
        Seed of the fit. The seed of predictions is derived from it.
    source, digest : str, default ""
        Name and SHA-256 digest of the table of runs.

    Returns
    -------
    DataTree
        Group `posterior` holds natural parameters by name (chain, draw, family), `coordinate` (chain, draw, parameter,
        family), `population` and `spread` over families in those coordinates, noise in natural units on log response,
        and the discrepancy's scale and coefficients. Group `log_likelihood` is per run, or the sum over many runs.
    """
    tree = tree_of_draws(design, draws.values, draws.stats)
    tree.attrs = _attrs(design, draws, sampler, random_seed, source, digest)
    return tree


def tree_of_draws(design: Design, values: Values, stats: Mapping[str, NDArray[Any]]) -> xr.DataTree:
    """Write the groups of a posterior's tree, without its attributes.

    Parameters
    ----------
    design : Design
        What was fitted.
    values : mapping of str to ndarray
        Draws of the model's variables, each (chain, draw, ...), as `Draws.values` holds them.
    stats : mapping of str to ndarray
        The sampler's statistics, each (chain, draw).

    Returns
    -------
    DataTree
        The groups that `to_tree` lists.
    """
    functions, coordinates = from_draws(design, values)
    groups: dict[str, Variables] = {
        "posterior": _posterior(design, values, functions, coordinates),
        "sample_stats": {STATISTICS.get(k, k): (("chain", "draw"), np.asarray(v)) for k, v in stats.items()},
        "log_likelihood": dict(to_store(functions)),
        "log_prior": {
            name: (("chain", "draw"), value) for name, value in log_prior(design, values, coordinates).items()
        },
        "observed_data": {
            "scaled_response": (("obs",), design.scaled_response),
            design.spec.law.response: (("obs",), design.natural(design.scaled_response)),
        },
        "constant_data": _constant(design),
    }
    coords = _coords(design, len(functions.reducible), functions.reducible.shape[1])
    return xr.DataTree.from_dict({name: _dataset(variables, coords) for name, variables in groups.items()})


def _posterior(design: Design, values: Values, functions: Functions, coordinates: dict[str, Any]) -> Variables:
    layout = design.layout
    out: Variables = {name: (("chain", "draw", "family"), value) for name, value in functions.natural.items()}
    names = coordinate_names(layout.law)
    stacked = np.stack([coordinates[name] for name in names], axis=2)
    out["coordinate"] = (("chain", "draw", "parameter", "family"), stacked)
    if layout.population:
        out["population"] = (("chain", "draw", "population_parameter"), values["population"])
    if layout.pooled:
        out["spread"] = (("chain", "draw", "pooled_parameter"), np.exp(values["log_spread"]))
    out |= {name: (("chain", "draw"), value) for name, value in functions.noise.items()}
    if functions.noise_scale is not None:
        out["noise_scale"] = (("chain", "draw", "family"), functions.noise_scale)
    if functions.weights is not None:
        out["discrepancy_scale"] = (("chain", "draw"), functions.scale)
        out["discrepancy_weights"] = (("chain", "draw", "basis"), functions.weights)
    return out


def _constant(design: Design) -> Variables:
    out: Variables = {
        "log_inputs": (("obs", "input"), design.log_inputs),
        "family_index": (("obs",), design.family),
        "run_index": (("obs",), design.run),
        "row": (("obs",), design.row),
        "run_label": (("run",), np.array(design.runs, dtype=str)),
        "centre": (("input",), design.centre),
        "least": (("family",), design.min_loss),
        "unit": ((), np.float64(design.unit)),
    }
    if design.basis is not None:
        out |= {
            "landmarks": (("landmark", "input"), design.basis.landmarks),
            "landmark_family": (("landmark",), design.basis.landmark_family),
            "lengthscales": (("input",), design.basis.lengthscales),
            "basis_weights": (("landmark", "basis"), design.basis.weights),
            "discrepancy_shared": ((), np.float64(design.basis.shared)),
            "discrepancy_slopes": (("input",), design.basis.slopes),
        }
    return out


def _coords(design: Design, chains: int, draws: int) -> dict[str, Any]:
    layout = design.layout
    text = {
        "family": design.families,
        "run": run_names(design),
        "parameter": coordinate_names(layout.law),
        "population_parameter": layout.population,
        "pooled_parameter": layout.pooled,
        "input": layout.law.inputs,
    }
    counts = {"chain": chains, "draw": draws, "basis": layout.n_basis, "obs": len(design.row)}
    return {name: np.array(labels, dtype=str) for name, labels in text.items()} | {
        name: np.arange(count) for name, count in counts.items()
    }


def run_names(design: Design) -> tuple[str, ...]:
    """Name every run uniquely.

    Parameters
    ----------
    design : Design
        The runs.

    Returns
    -------
    tuple of str
        The label of each run, or `family/label` where families share labels.
    """
    if len(set(design.runs)) == len(design.runs):
        return design.runs
    first = {int(run): design.families[int(family)] for run, family in zip(design.run, design.family, strict=True)}
    return tuple(f"{first[i]}/{label}" for i, label in enumerate(design.runs))


def _dataset(variables: Variables, coords: dict[str, Any]) -> xr.Dataset:
    used = {dim for dims, _ in variables.values() for dim in dims}
    return xr.Dataset(variables, {name: (name, value) for name, value in coords.items() if name in used})


def _attrs(
    design: Design, draws: Draws, sampler: Sampler, random_seed: int, source: str, digest: str
) -> dict[str, str]:
    facts = {
        "schema": SCHEMA,
        "spec": design.spec.to_document(),
        "sampler": asdict(sampler),
        "random_seed": random_seed,
        "predictive_seed": predictive_seed(random_seed),
        "attempt": draws.attempt,
        "warm": draws.warm,
        "notes": [*design.notes, *draws.notes],
        "source": source,
        "data_digest": digest,
        "versions": {name: version_of(name) for name in PACKAGES},
    }
    return frozen(facts)


def design_from_tree(tree: xr.DataTree) -> Design:
    """Read the design that a posterior was sampled from; `Posterior.design` calls this once.

    Parameters
    ----------
    tree : DataTree
        Posterior of one law.

    Returns
    -------
    Design
        What was fitted.

    Raises
    ------
    StoredPosteriorError
        If the tree is not a bayescale posterior, is incomplete, or has another schema.
    """
    require_schema(tree, SCHEMA, *OLDER_SCHEMAS)
    try:
        return _design(tree)
    except (KeyError, TypeError, ValueError, LawError, InputError) as error:
        raise StoredPosteriorError(f"this posterior is incomplete: {error!r}") from error


def _design(tree: xr.DataTree) -> Design:
    constant = {name: value.to_numpy() for name, value in tree["constant_data"].data_vars.items()}
    basis = None
    if "landmarks" in constant:
        basis = Basis(
            constant["landmarks"],
            constant["landmark_family"],
            constant["lengthscales"],
            constant["basis_weights"],
            float(constant["discrepancy_shared"]),
            constant["centre"],
            constant.get("discrepancy_slopes", np.zeros(len(constant["centre"]))),
        )
    return Design(
        spec=Spec.from_document(fact(tree, "spec")),
        families=tuple(map(str, tree["constant_data"].coords["family"].to_numpy())),
        runs=tuple(map(str, constant["run_label"])),
        row=constant["row"],
        scaled_response=tree["observed_data"]["scaled_response"].to_numpy(),
        log_inputs=constant["log_inputs"],
        family=constant["family_index"],
        run=constant["run_index"],
        centre=constant["centre"],
        min_loss=constant["least"],
        unit=float(constant["unit"]),
        basis=basis,
        notes=tuple(fact(tree, "notes")),
    )


def variables_from_tree(tree: xr.DataTree, design: Design) -> dict[str, Array]:
    """Read the draws of the model's variables that a tree was written from.

    Parameters
    ----------
    tree : DataTree
        Posterior of one law.
    design : Design
        What was fitted, as `design_from_tree` reads it.

    Returns
    -------
    dict of str to ndarray
        Draws by variable, each (chain, draw, ...), as `Draws.values` holds them.
    """
    layout = design.layout
    names = coordinate_names(layout.law)
    stored = {str(name): variable.to_numpy() for name, variable in tree["posterior"].data_vars.items()}
    out: dict[str, Array] = {}
    if layout.population:
        out["population"] = stored["population"]
    if layout.pooled:
        out["log_spread"] = np.log(stored["spread"])
    if layout.members:
        out["member"] = stored["coordinate"][:, :, [names.index(name) for name in layout.members]]
    if layout.sampled_free:
        out["free"] = stored["coordinate"][:, :, [names.index(name) for name in layout.sampled_free]]
    noise = {name: stored[name] - 2 if name == "noise_df" else stored[name] for name in layout.noise_names}
    out["noise"] = np.log(np.stack([noise[name] for name in layout.noise_names], axis=-1))
    if layout.family_noise:
        out["noise_scale"] = np.log(stored["noise_scale"])[..., None, :]
    if design.basis is not None:
        out["log_discrepancy"] = np.log(stored["discrepancy_scale"])
        out["weight"] = stored["discrepancy_weights"]
    if layout.has_level:
        out["level"] = _log_level(design, out, stored)
    return out


def _log_level(design: Design, values: Values, stored: Mapping[str, Array]) -> Array:
    """Log of the response at the centre of the data, floor included (chain, draw, family)."""
    layout, floor = design.layout, design.spec.law.expression.floor
    if not floor:
        anchor = coordinate_names(layout.law).index(layout.anchor)
        return np.asarray(np.log(design.min_loss) + stored["coordinate"][:, :, anchor])
    at_one, _ = from_draws(design, {**values, "level": np.zeros(stored[floor].shape)})
    return np.asarray(np.log(stored[floor] + (1.0 - at_one.natural[floor])))
