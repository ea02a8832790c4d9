"""A stack of laws: each is fitted to all runs, and weighted by its forecasts of larger runs that were held back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import xarray as xr

from bayescale.core.notes import Note, as_note
from bayescale.core.serialization import fact, frozen
from bayescale.data.runs import Runs
from bayescale.errors import ChecksFailed, InputError
from bayescale.scaling.evaluation.backtest import backtest_folds, require_distinct, require_inputs
from bayescale.scaling.evaluation.folds import FOLD_SAMPLER, make_folds
from bayescale.scaling.evaluation.interval_inflation import Widening
from bayescale.scaling.evaluation.stacking import Stack, equal_weights
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling.single_law import fit_spec
from bayescale.scaling.stack import GROUP, KIND

NONE: Mapping[str, Posterior] = MappingProxyType({})
LEAST_RUNS = 3  # held back; fewer do not determine weights


def fit_stack(
    table: Runs,
    specs: Sequence[Spec],
    sampler: Sampler,
    seed: int,
    progress: bool,
    earlier: Mapping[str, Posterior] = NONE,
) -> Fit:
    """Fit several laws to the same runs and weigh them.

    Weights come from the log score of larger runs held back in a backtest of this table (3, 10 and 32 times below its
    largest, as far as there are runs); they are equal where too few runs can be held back. Where the intervals of every
    law were too narrow for these runs, all are widened.

    Parameters
    ----------
    table : Runs
        The runs.
    specs : sequence of Spec
        The laws and their settings.
    sampler : Sampler
        How each posterior is sampled.
    seed : int
        Seed of every fit.
    progress : bool
        Whether progress is displayed.
    earlier : mapping of str to Posterior, optional
        Posteriors by law for a warm start.

    Returns
    -------
    Fit
        The stack.

    Raises
    ------
    InputError, LawError
        If the laws cannot be fitted. Nothing is sampled before.
    ChecksFailed
        If the posterior of a law did not converge; its `fit` is that posterior.
    """
    require_distinct(specs)
    require_inputs(table, specs)
    tested = _test_laws(table, specs, sampler, seed)
    members = {}
    for spec in specs:
        try:
            members[spec.law.name] = fit_spec(table, spec, sampler, seed, progress, earlier.get(spec.law.name))
        except ChecksFailed as failed:
            raise ChecksFailed(f"the stack is not complete without {spec.law.name!r}: {failed}", failed.fit) from failed
    return Fit(_tree(members, tested.weights, tested.notes)).widened(tested.widenings)


@dataclass(frozen=True)
class _TestedLaws:
    """Weights and widenings of laws from a backtest, and notes on where they come from."""

    weights: Stack
    notes: tuple[Note, ...]
    widenings: Mapping[str, Widening]


def _test_laws(table: Runs, specs: Sequence[Spec], sampler: Sampler, seed: int) -> _TestedLaws:
    """Backtest the laws on larger runs, as far as there are enough."""
    names = [spec.law.name for spec in specs]
    try:
        cut = _cut(table, specs)
        folds = make_folds(table, cut, None)
    except InputError as error:
        return _equal(names, str(error), None)
    held_back = len({pair for fold in folds for pair in zip(fold.test["family"], fold.test["run"], strict=True)})
    if held_back < LEAST_RUNS:
        return _equal(names, f"no more than {held_back} larger runs could be held back", ())
    brief = replace(
        sampler,
        draws=min(sampler.draws, FOLD_SAMPLER.draws),
        tune=min(sampler.tune, FOLD_SAMPLER.tune),
        attempts=1,  # a fold that does not converge is scored as it is, with a note
    )
    try:
        backtest = backtest_folds(folds, specs, 0.9, brief, seed)
    except (InputError, ChecksFailed) as error:
        return _equal(names, str(error), None)
    message = f"laws are weighted by their log score of {held_back} runs held back above cuts in {cut}"
    of_backtest = [Note(note.code, f"held back: {note}", note.names) for note in map(as_note, backtest.notes)]
    notes = (Note("stack_weights", message), *of_backtest)
    return _TestedLaws(backtest.weights(seed), notes, backtest.widenings)


def _equal(names: Sequence[str], reason: str, mentioned: tuple[str, ...] | None) -> _TestedLaws:
    """Equal weights, and the reason; `mentioned` are the names from the data in the reason (None: unknown)."""
    note = Note("stack_equal_weights", f"laws are weighted equally: {reason}", mentioned)
    return _TestedLaws(equal_weights(names), (note,), {})


def _cut(table: Runs, specs: Sequence[Spec]) -> str:
    """Choose the column to cut at: compute where every row has it, else the first input that all laws share."""
    if "flops" in table.table or {"n_params", "n_tokens"} <= set(table.table.columns):
        return "flops"
    shared = [name for name in specs[0].law.inputs if all(name in spec.law.inputs for spec in specs)]
    if not shared:
        raise InputError("these laws share no input, so that larger runs cannot be held back to weigh them")
    return shared[0]


def _tree(members: dict[str, Fit], weights: Stack, notes: tuple[Note, ...]) -> xr.DataTree:
    """One tree of all: attributes that every member has in common at its root, weights in `stack`."""
    first = next(iter(members.values())).tree
    shared = ("schema", "sampler", "random_seed", "predictive_seed", "source", "data_digest", "versions")
    groups = {f"/{GROUP}/{name}": member.tree for name, member in members.items()}
    tree = xr.DataTree.from_dict({"/stack": xr.Dataset.from_dataframe(weights.table.set_index("law"))})
    for path, member in groups.items():
        tree[path] = member
    tree["stack"].attrs = {"runs_held_back": weights.runs}
    tree["stack"] = tree["stack"].to_dataset().assign_coords(law=np.array(list(weights.table["law"]), dtype=str))
    tree.attrs = frozen({name: fact(first, name) for name in shared} | {"kind": KIND, "notes": list(notes)})
    return tree
