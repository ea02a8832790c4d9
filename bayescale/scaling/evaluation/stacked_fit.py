"""Several laws as one fit: each fitted to all runs, weighted by how they forecast larger runs held back before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import xarray as xr

from bayescale.core.serialization import fact, frozen
from bayescale.data.runs import Runs
from bayescale.errors import ChecksFailed, InputError
from bayescale.scaling.evaluation.backtest import backtest_folds, require_distinct, require_inputs
from bayescale.scaling.evaluation.folds import make_folds
from bayescale.scaling.evaluation.interval_inflation import Widening
from bayescale.scaling.evaluation.stacking import Stack, equal
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling.single_law import fit_spec
from bayescale.scaling.stack import GROUP, KIND

NONE: Mapping[str, Posterior] = MappingProxyType({})
LEAST_RUNS = 3  # held back: with fewer, weights would be those runs' accident


def fit_stack(
    table: Runs,
    specs: Sequence[Spec],
    sampler: Sampler,
    seed: int,
    progress: bool,
    earlier: Mapping[str, Posterior] = NONE,
) -> Fit:
    """Fit several laws to the same runs, and weigh them by the log score of larger runs held back in a backtest of this
    table (3, 10 and 32 times below its largest, as far as there are runs); equally where too few can be held back.
    Where no law's intervals held these runs, all are widened by what would have held them.
    `earlier` holds posteriors by law to start warm from.

    Raises InputError or LawError, before sampling, for what cannot be fitted; ChecksFailed where a law's posterior did
    not converge, naming it, with that law's posterior as `fit`.
    """
    require_distinct(specs)
    require_inputs(table, specs)
    tested = _tested(table, specs, sampler, seed)
    members = {}
    for spec in specs:
        try:
            members[spec.law.name] = fit_spec(table, spec, sampler, seed, progress, earlier.get(spec.law.name))
        except ChecksFailed as failed:
            raise ChecksFailed(f"the stack is not complete without {spec.law.name!r}: {failed}", failed.fit) from failed
    return Fit(_tree(members, tested.weights, tested.notes)).widened(tested.widenings)


@dataclass(frozen=True)
class _Tested:
    """What larger runs held back say of laws: how much of each, how much wider where all failed, and the grounds."""

    weights: Stack
    notes: tuple[str, ...]
    widenings: Mapping[str, Widening]


def _tested(table: Runs, specs: Sequence[Spec], sampler: Sampler, seed: int) -> _Tested:
    names = [one.law.name for one in specs]
    try:
        cut = _cut(table, specs)
        folds = make_folds(table, cut, None)
    except InputError as error:
        return _Tested(equal(names), (f"laws are weighted equally: {error}",), {})
    held_back = len({pair for one in folds for pair in zip(one.test["family"], one.test["run"], strict=True)})
    if held_back < LEAST_RUNS:
        said = f"laws are weighted equally: no more than {held_back} larger runs could be held back"
        return _Tested(equal(names), (said,), {})
    brief = replace(sampler, attempts=1)  # a fold that does not converge at once is scored as it is, and said so
    try:
        found = backtest_folds(folds, specs, 0.9, brief, seed)
    except (InputError, ChecksFailed) as error:
        return _Tested(equal(names), (f"laws are weighted equally: {error}",), {})
    said = f"laws are weighted by their log score of {held_back} runs held back above cuts in {cut}"
    return _Tested(found.weights(seed), (said, *(f"held back: {note}" for note in found.notes)), found.widenings)


def _cut(table: Runs, specs: Sequence[Spec]) -> str:
    """What to hold larger runs back by: compute where every row has it, else the first input that all laws share."""
    if "flops" in table.table or {"n_params", "n_tokens"} <= set(table.table.columns):
        return "flops"
    shared = [name for name in specs[0].law.inputs if all(name in one.law.inputs for one in specs)]
    if not shared:
        raise InputError("these laws share no input: larger runs cannot be held back to weigh them")
    return shared[0]


def _tree(members: dict[str, Fit], weights: Stack, notes: tuple[str, ...]) -> xr.DataTree:
    """One tree of all: facts that hold for every member at its root, weights in `stack`."""
    first = next(iter(members.values())).tree
    kept = ("schema", "sampler", "random_seed", "predictive_seed", "source", "data_digest", "versions")
    groups = {f"/{GROUP}/{name}": member.tree for name, member in members.items()}
    tree = xr.DataTree.from_dict({"/stack": xr.Dataset.from_dataframe(weights.table.set_index("law"))})
    for path, member in groups.items():
        tree[path] = member
    tree["stack"].attrs = {"runs_held_back": weights.runs}
    tree["stack"] = tree["stack"].to_dataset().assign_coords(law=np.array(list(weights.table["law"]), dtype=str))
    tree.attrs = frozen({name: fact(first, name) for name in kept} | {"kind": KIND, "notes": list(notes)})
    return tree
