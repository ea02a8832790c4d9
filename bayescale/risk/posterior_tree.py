"""The schema of a risk posterior's tree: how it is assembled, and how counts and judge are read from it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.serialization import KIND_OF_RISK, fact, frozen, require_schema, version_of
from bayescale.errors import StoredPosteriorError
from bayescale.risk.difficulty import Difficulty
from bayescale.risk.judge import Judge
from bayescale.risk.problems import Problems
from bayescale.risk.sampling_design import Design, design_of

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]
type Variables = dict[str, tuple[tuple[str, ...], Any]]

SCHEMA = 1
DIFFICULTY = "difficulty"
PACKAGES = ("bayescale", "numpy", "scipy", "xarray")


def to_tree(
    problems: Problems,
    posterior: Variables,
    laws: Variables,
    law_names: Sequence[str],
    difficulty: Difficulty | None = None,
) -> xr.DataTree:
    """Assemble the tree of a risk posterior, without its attributes.

    Parameters
    ----------
    problems : Problems
        The counts.
    posterior : mapping of str to (dims, values)
        Draws over (chain, draw, group): parameters of mixing laws, `law_index`, and error rates of the judge.
    laws : mapping of str to (dims, values)
        Weights and diagnostics over (law, group).
    law_names : sequence of str
        Names of the mixing laws.
    difficulty : Difficulty, optional
        Factor of difficulty; None where groups share no problems.

    Returns
    -------
    DataTree
        Groups `posterior`, `laws`, `observed_data` (counts), `constant_data` (values of the group columns) and, where
        groups share problems, `difficulty`.
    """
    observed: Variables = {
        "attempts": (("problem",), problems.attempts),
        "successes": (("problem",), problems.successes),
        "group_index": (("problem",), problems.group),
        "weight": (("problem",), problems.weight),
        "problem_label": (("problem",), np.array(problems.problem, dtype=str)),
        "errors": (("problem",), problems.errors),
        "first_success": (("problem",), problems.first_success),
        "design": (("problem",), np.array(problems.design.kind, dtype=str)),
        "batch": (("problem",), problems.design.batch),
    }
    labels: Variables = {
        f"group_{column}": (("group",), np.array([group[column] for group in problems.groups], dtype=str))
        for column in range(len(problems.group_names))
    }
    coords: Mapping[str, Any] = {
        "chain": np.zeros(1, dtype=np.int64),
        "draw": np.arange(posterior["law_index"][1].shape[1]),
        "group": np.arange(len(problems.groups)),
        "law": np.array(law_names, dtype=str),
        "problem": np.arange(len(problems.problem)),
    }
    datasets = {}
    parts = {"posterior": posterior, "laws": laws, "observed_data": observed, "constant_data": labels}
    if difficulty is not None:
        parts[DIFFICULTY] = {
            "factor": (("chain", "draw", "problem"), difficulty.factor[None]),
            "communality": (("chain", "draw", "group"), difficulty.communality[None]),
            "neighbours": (("chain", "draw"), difficulty.neighbours[None]),
            "position": (("group",), difficulty.position),
            "effective": (("group",), difficulty.effective),
        }
    for name, variables in parts.items():
        used = {dim for dims, _ in variables.values() for dim in dims}
        datasets[name] = xr.Dataset(variables, {k: (k, v) for k, v in coords.items() if k in used})
    return xr.DataTree.from_dict(datasets)


def attributes(
    problems: Problems, judge: Judge | None, seed: int, notes: Sequence[str], source: str, digest: str
) -> dict[str, str]:
    """Return the facts that are stored with a risk posterior.

    Parameters
    ----------
    problems : Problems
        The counts.
    judge : Judge or None
        The judge that was assumed.
    seed : int
        Seed of the fit.
    notes : sequence of str or Note
        Notes on the trials.
    source, digest : str
        Where the trials are from, and their digest.

    Returns
    -------
    dict of str to str
        Attributes of the tree.
    """
    predictive = int(np.random.SeedSequence(seed, spawn_key=(1,)).generate_state(1, np.uint64)[0] >> 1)
    return frozen(
        {
            "kind": KIND_OF_RISK,
            "schema": SCHEMA,
            "by": list(problems.group_names),
            "judge": asdict(judge) if judge is not None else None,
            "design_declared": problems.design.declared,
            "random_seed": seed,
            "predictive_seed": predictive,
            "notes": list(notes),
            "source": source,
            "data_digest": digest,
            "versions": {name: version_of(name) for name in PACKAGES},
        }
    )


def problems_from_tree(tree: xr.DataTree) -> Problems:
    """Read the counts that a risk posterior was fitted to.

    Parameters
    ----------
    tree : DataTree
        A risk posterior.

    Returns
    -------
    Problems
        The counts.

    Raises
    ------
    StoredPosteriorError
        If the tree is not a risk posterior, is incomplete, or has another schema.
    """
    if fact(tree, "kind") != KIND_OF_RISK:
        raise StoredPosteriorError("this posterior is not a risk posterior: read it with bayescale.load")
    require_schema(tree, SCHEMA)
    try:
        observed = {str(name): value.to_numpy() for name, value in tree["observed_data"].data_vars.items()}
        names = tuple(fact(tree, "by"))
        labels = [tree["constant_data"][f"group_{column}"].to_numpy() for column in range(len(names))]
        errors, first, design = _order_from_tree(tree, observed)
        return Problems(
            group_names=names,
            groups=tuple(tuple(map(str, group)) for group in zip(*labels, strict=True)) if names else ((),),
            group=observed["group_index"].astype(np.int64),
            problem=tuple(map(str, observed["problem_label"])),
            attempts=observed["attempts"].astype(np.int64),
            successes=observed["successes"].astype(np.int64),
            weight=observed["weight"].astype(float),
            errors=errors,
            first_success=first,
            design=design,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StoredPosteriorError(f"this posterior is incomplete: {error!r}") from error


def _order_from_tree(tree: xr.DataTree, observed: Mapping[str, NDArray[Any]]) -> tuple[Index, Array, Design]:
    """Errors, first successes and design; inferred from the counts where a posterior of version 0.1 has none."""
    attempts, successes = observed["attempts"].astype(np.int64), observed["successes"].astype(np.int64)
    if "design" not in observed:
        errors = np.zeros(len(attempts), dtype=np.int64)
        design = design_of(attempts, successes, errors, observed["group_index"].astype(np.int64), None)
        return errors, np.full(len(attempts), np.nan), design
    kind = tuple(map(str, observed["design"]))
    design = Design(kind, observed["batch"].astype(np.int64), bool(fact(tree, "design_declared")))
    return observed["errors"].astype(np.int64), observed["first_success"].astype(float), design


def difficulty_from_tree(tree: xr.DataTree) -> Difficulty | None:
    """Read the factor of difficulty of a risk posterior.

    Parameters
    ----------
    tree : DataTree
        A risk posterior.

    Returns
    -------
    Difficulty or None
        The factor; None where groups were not crossed.
    """
    if DIFFICULTY not in tree.children:
        return None
    stored = tree[DIFFICULTY]
    factor, communality, neighbours = (stored[name].to_numpy()[0] for name in ("factor", "communality", "neighbours"))
    position, effective = (stored[name].to_numpy() for name in ("position", "effective"))
    return Difficulty(factor, communality, neighbours, position, effective)


def judge_from_tree(tree: xr.DataTree) -> Judge | None:
    """Read the judge that a risk posterior was fitted with.

    Parameters
    ----------
    tree : DataTree
        A risk posterior.

    Returns
    -------
    Judge or None
        The judge; None for one without errors.
    """
    stored = fact(tree, "judge")
    if stored is None:
        return None
    return Judge(tuple(stored["sensitivity"]), tuple(stored["false_positive_rate"]), stored["errors"])
