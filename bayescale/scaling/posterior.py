"""The posterior as a value: an xarray.DataTree in ArviZ's schema that holds everything said later, and nothing else."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

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

SCHEMA = 4  # 3: the spec does not hold the settings of the discrepancy, which were constants
OLDER_SCHEMAS = (3,)
PACKAGES = ("bayescale", "numpy", "pymc", "pytensor", "nutpie", "xarray", "arviz-stats")
STATISTICS = {"logp": "lp", "depth": "tree_depth"}  # ArviZ's names

type Array = NDArray[np.float64]
type Values = Mapping[str, Array]
type Variables = dict[str, tuple[tuple[str, ...], Any]]


def to_tree(
    design: Design, draws: Draws, sampler: Sampler, random_seed: int, *, source: str = "", digest: str = ""
) -> xr.DataTree:
    """The posterior of a design with everything frozen that later answers rest on.

    `posterior` holds natural parameters by name (chain, draw, family), `coordinate` (…, parameter, family),
    `population` and `spread` over families in those coordinates, noise in natural units on log response, and the
    discrepancy's scale and coefficients. `log_likelihood` is per run, of many runs their sum. `source`
    and `digest` say which table of runs it came from.
    """
    tree = groups_of(design, draws.values, draws.stats)
    tree.attrs = _attrs(design, draws, sampler, random_seed, source, digest)
    return tree


def groups_of(design: Design, values: Values, stats: Mapping[str, NDArray[Any]]) -> xr.DataTree:
    """The groups of a posterior's tree, without its facts, from draws of the model's variables as `Draws` holds them.

    `stats` holds one number per draw (chain, draw) by name.
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
    """A text per run that no other run has: its label, with its family before it where families share labels."""
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
    predictive = int(np.random.SeedSequence(random_seed, spawn_key=(1,)).generate_state(1, np.uint64)[0] >> 1)
    facts = {
        "schema": SCHEMA,
        "spec": design.spec.to_document(),
        "sampler": asdict(sampler),
        "random_seed": random_seed,
        "predictive_seed": predictive,
        "attempt": draws.attempt,
        "warm": draws.warm,
        "notes": [*design.notes, *draws.notes],
        "source": source,
        "data_digest": digest,
        "versions": {name: version_of(name) for name in PACKAGES},
    }
    return frozen(facts)


def from_tree(tree: xr.DataTree) -> Design:
    """The design a posterior was sampled from, as frozen in its tree.

    Raises StoredPosteriorError for a tree that is no bayescale posterior, or one of another schema.
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


def values_of(tree: xr.DataTree) -> dict[str, Array]:
    """The draws of the model's variables that a tree was made from, each (chain, draw, …), as `Draws` holds them.

    Raises StoredPosteriorError as `from_tree` does.
    """
    design = from_tree(tree)
    layout = design.layout
    names = coordinate_names(layout.law)
    own = {str(name): variable.to_numpy() for name, variable in tree["posterior"].data_vars.items()}
    out: dict[str, Array] = {}
    if layout.population:
        out["population"] = own["population"]
    if layout.pooled:
        out["log_spread"] = np.log(own["spread"])
    if layout.members:
        out["member"] = own["coordinate"][:, :, [names.index(name) for name in layout.members]]
    if layout.sampled_free:
        out["free"] = own["coordinate"][:, :, [names.index(name) for name in layout.sampled_free]]
    noise = {name: own[name] - 2 if name == "noise_df" else own[name] for name in layout.noise_names}
    out["noise"] = np.log(np.stack([noise[name] for name in layout.noise_names], axis=-1))
    if design.basis is not None:
        out["log_discrepancy"] = np.log(own["discrepancy_scale"])
        out["weight"] = own["discrepancy_weights"]
    if layout.has_level:
        out["level"] = _log_level(design, out, own)
    return out


def _log_level(design: Design, values: Values, own: Mapping[str, Array]) -> Array:
    """Log of the level at the centre: the floor and what all else adds to it there, whatever the level."""
    layout, floor = design.layout, design.spec.law.expression.floor
    if not floor:
        anchor = coordinate_names(layout.law).index(layout.anchor)
        return np.asarray(np.log(design.min_loss) + own["coordinate"][:, :, anchor])
    at_one, _ = from_draws(design, {**values, "level": np.zeros(own[floor].shape)})
    return np.asarray(np.log(own[floor] + (1.0 - at_one.natural[floor])))
