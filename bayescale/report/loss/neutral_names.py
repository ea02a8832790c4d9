"""What a report of losses is made of, under neutral names: "family 1", "run 3", in the order of the table of runs.

Names are changed in the posterior, the forecast, the backtest and the ledger before anything is written, and checks are
made again of that posterior, so that no part of a report can let one slip. Texts that people wrote (a claim, a limit, a
target's name) are not rewritten, since a name may be a word of them: those that mention a name are left out.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import xarray as xr

from bayescale.core.serialization import fact, frozen, has
from bayescale.report.risk.neutral_names import harmless
from bayescale.risk.result import Risk
from bayescale.scaling.evaluation.backtest import Backtest, of_points
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.identifiability import unidentified
from bayescale.scaling.posterior import FittedLaws
from bayescale.scaling.posterior_tree import run_names
from bayescale.scaling.predict.forecast import NEW_FAMILY, Forecast
from bayescale.scaling.predict.targets import UNNAMED
from bayescale.scaling.result import Fit

TITLE = "A redacted forecast"  # in place of a title with a name in it
#: Notes that hold nothing but numbers and names of columns. Any other may quote a family, a run or a file.
_HARMLESS = (
    r"\S+ is above [\d.]+ nats per token in \d+ rows? \([^'\"]*\): is it a perplexity, or did the run diverge\?",
    r"\S+ is 0 in rows? [\d, and…more]+: a law on the log scale cannot use these rows\.",
    r"\w+ is outside [^'\"]*: is the unit right\?",
    r"n_tokens / n_params is outside [^'\"]*; are both absolute counts\?",
    r"flops differs from 6 n_params n_tokens by more than a factor of [^'\"]*",
    r"one run: its own course can be forecast [^'\"]*",
)
#: What the message of a version may say without naming a row.
_SAID = re.compile(
    r"sampled|re-weighted|kept|no posterior of it was published yet|the spec's data, model or sampler changed|"
    r"the spec asks or says something else of the same posterior|rolled back to version \d+|asked for by --force|"
    r"\d+ rows? (?:was|were) (?:changed upstream|deleted upstream|added)"
)


@dataclass(frozen=True)
class Names:
    """Neutral names by the given ones; what is not among the given has none."""

    families: Mapping[str, str]
    runs: Mapping[str, str]

    def mentioned(self, words: str) -> bool:
        """Whether a text has one of the names as a word of its own, in upper or lower case. A number is no name: which
        of those in a text are meant for a run cannot be told."""
        known = [name for name in (*self.families, *self.runs) if name not in UNNAMED and not _is_number(name)]
        return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words, re.IGNORECASE) for name in known)

    def unmentioned(self, texts: Iterable[str], what: str) -> tuple[str, ...]:
        """The texts without a name, and a last one that says how many were left out."""
        given = list(texts)
        kept = [one for one in given if not self.mentioned(one)]
        out = len(given) - len(kept)
        return (*kept, *([f"{out} of {len(given)} {what} left out: a name stands in them."] if out else []))


def names_of(fit: Fit, *tables: pd.DataFrame) -> Names:
    """Names for the families and runs of a posterior, and after them those that further tables have in their columns
    `family`, `run` and `scored_run`."""
    designs = fit.designs
    family = [(row, design.families[i]) for design in designs for row, i in zip(design.row, design.family, strict=True)]
    run = [(row, design.runs[i]) for design in designs for row, i in zip(design.row, design.run, strict=True)]
    more = {
        column: [str(name) for table in tables if column in table for name in table[column].dropna()]
        for column in ("family", "run", "scored_run")
    }
    families = [name for _, name in sorted(family)] + more["family"]
    runs = [name for _, name in sorted(run)] + more["run"] + more["scored_run"]
    return Names(_numbered(families, "family"), _numbered(runs, "run"))


def names_of_risk(risk: Risk) -> Names:
    """The names of groups and prompts of a posterior of risk, for what stands beside its report."""
    problems = risk.problems
    groups = [label for group in problems.groups for label in group]
    return Names(_numbered(groups, "group"), _numbered(problems.problem, "problem"))


def _numbered(names: Iterable[str], stem: str) -> dict[str, str]:
    given = dict.fromkeys(name for name in names if name and name != NEW_FAMILY)
    return {name: name if name in UNNAMED else f"{stem} {place}" for place, name in enumerate(given, start=1)}


def hidden_fit(fit: Fit, names: Names) -> Fit:
    """The same posterior under neutral names, without its source and without notes that may name something."""
    nodes = {node.relative_to(fit.tree): node for node in fit.tree.subtree}
    out = xr.DataTree.from_dict({path: _relabelled(node.to_dataset(), names) for path, node in nodes.items()})
    for path, node in nodes.items():
        out[path].attrs = {**node.attrs, **_facts(fit, names, node)}
    for posterior in FittedLaws(out).posteriors.values():
        coordinate = np.array(run_names(posterior.design), dtype=str)
        for name, group in posterior.tree.children.items():
            if "run" in group.coords:
                posterior.tree[name] = xr.DataTree(group.to_dataset().assign_coords(run=coordinate))
    return Fit(out)


def _relabelled(dataset: xr.Dataset, names: Names) -> xr.Dataset:
    if "family" in dataset.coords:
        dataset = dataset.assign_coords(family=_of(dataset["family"].to_numpy(), names.families))
    if "run_label" in dataset:
        dataset = dataset.assign(run_label=("run", _of(dataset["run_label"].to_numpy(), names.runs)))
    return dataset


def _facts(fit: Fit, names: Names, node: xr.DataTree) -> dict[str, str]:
    if not has(node, "notes"):
        return {}
    return frozen({"notes": hidden_notes(fit, names, fact(node, "notes")), "source": "(redacted)"})


def hidden_notes(fit: Fit, names: Names, notes: Iterable[str]) -> list[str]:
    """The notes that name nothing, and how many were left out; what the data cannot tell of families is said again, of
    their neutral names."""
    designs = fit.designs
    said = {note for design in designs for note in _unidentified(design, {})}
    again = dict.fromkeys(note for design in designs for note in _unidentified(design, names.families))
    given = list(notes)
    kept = harmless([note for note in given if note not in said], _HARMLESS, "families, runs or files")
    return [*kept, *again] if said & {*given} else kept


def _unidentified(design: Design, names: Mapping[str, str]) -> Sequence[str]:
    families, law = _of(np.array(design.families), names), design.spec.law
    return unidentified(law, design.log_inputs, families, design.family)


def hidden_forecast(forecast: Forecast, names: Names, family: str) -> Forecast:
    """The same forecast: its numbers are not drawn again. `family` is the column that targets name theirs in. Their own
    names stay, but for those that mention a family or a run."""
    blocks = forecast.blocks.renamed(_of(forecast.blocks.families, names.families))
    targets, table = (_targets(one, names, family) for one in (forecast.targets, forecast.table))
    return replace(forecast, blocks=blocks, table=table, targets=targets)


def _targets(table: pd.DataFrame, names: Names, family: str) -> pd.DataFrame:
    known = {family: names.families, "family": names.families, "run": names.runs}
    out = hidden_table(table, {column: how for column, how in known.items() if column in table})
    for column in out.columns.difference([*known, "flag"]):
        if not pd.api.types.is_numeric_dtype(out[column]):
            said = [
                f"target {place}" if isinstance(one, str) and names.mentioned(one) else one
                for place, one in enumerate(out[column], start=1)
            ]
            out[column] = pd.Series(said, index=out.index, dtype=object)
    return out


def hidden_table(table: pd.DataFrame, how: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """The table with the names of some columns replaced."""
    new = {
        column: pd.Series([names.get(one, one) for one in table[column]], index=table.index, dtype=table[column].dtype)
        for column, names in how.items()
    }
    return table.assign(**new)


def hidden_backtest(found: Backtest, names: Names) -> Backtest:
    """The same scores, their notes said again."""
    return of_points(hidden_table(found.points, {"family": names.families, "run": names.runs}), found.prob)


def hidden_ledger(ledger: pd.DataFrame, names: Names) -> pd.DataFrame:
    """The same forecasts and scores."""
    known = [json.loads(text) if text else [] for text in ledger["known_families"]]
    texts = [json.dumps([names.families.get(one, "family") for one in some]) if some else "" for some in known]
    named = {"family": names.families, "run": names.runs, "scored_run": names.runs}
    return hidden_table(ledger, named).assign(known_families=pd.Series(texts, index=ledger.index, dtype="str"))


def hidden_message(kind: str, message: str) -> str:
    """What a version's message says of our own accord: which rows came or went stands in it by their names."""
    if kind == "noted":
        return "a fit that was not published"
    return "; ".join(_SAID.findall(message)) or kind


def redacted_words(names: Names) -> tuple[str, ...]:
    """What was done, for who reads the report."""
    families, runs = (len(set(one)) for one in (names.families, names.runs))
    return (
        f"This report is redacted. Names of families ({families}) and runs ({runs}) are replaced by neutral ones, in "
        "the order of the table of runs; the source's name, and texts in which a name stands or may stand, are left "
        "out. Numbers are unchanged; the posterior itself keeps all names.",
    )


def _of(labels: "np.ndarray", names: Mapping[str, str]) -> np.ndarray:
    return np.array([names.get(str(label), str(label)) for label in labels], dtype=str)


def _is_number(name: str) -> bool:
    return re.fullmatch(r"[+-]?[\d.,]+(e[+-]?\d+)?", name, re.IGNORECASE) is not None
