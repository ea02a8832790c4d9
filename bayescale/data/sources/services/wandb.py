"""CSV exports of Weights & Biases: charts, with a column per run or group, and tables of runs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import pandas as pd

from bayescale.core.text import count, listing
from bayescale.data.columns import as_numbers, require_unique
from bayescale.data.io import PARSERS, POSSIBLY_CUT
from bayescale.data.sources.files import as_patterns, checked, file_look
from bayescale.data.sources.incomplete import ends_in_line, without_last_row
from bayescale.data.sources.object_store import places
from bayescale.data.sources.table import Look
from bayescale.errors import InputError

_TWINS = ("__MIN", "__MAX")
_GROUP = "Group: "


@dataclass(frozen=True)
class WandB:
    """Exports of Weights & Biases as CSV files.

    patterns  a path, a pattern, an address (s3:// ..., extra `remote`), or several of these.
    metric    the metric of a chart, where names of runs or metrics hold " - "; else it is what follows the last one.
    timeout   seconds that a store may take to answer one request.
    complete_file  as in `Files`.

    A chart ("Step", "RUN - METRIC", its "__MIN" and "__MAX") gives one row for each run and step with the column named
    `run`, the first column under its own name, and one column per metric; empty cells are no rows. A chart of groups
    gives `run` the group's name, and its values are means over the group's runs: a note says so. A table of runs
    ("Name", "State", ...) gives one row a run; those that did not finish are left out, and a note says how many.
    """

    patterns: str | tuple[str, ...]
    metric: str = ""
    timeout: float = 30.0
    complete_file: bool = True

    def __post_init__(self) -> None:
        checked(self.patterns, self.timeout)


@contextmanager
def look_at_wandb(source: WandB) -> Iterator[Look]:
    """The export files, each a part."""
    found = places(as_patterns(source.patterns), source.timeout)
    if wrong := [place.name for place in found if not place.name.lower().endswith(".csv")]:
        raise InputError(f"{listing(wrong)}: exports of Weights & Biases are read as CSV; export the chart again.")
    yield file_look(found, partial(_parse, source.metric, source.complete_file), typed=False)


def _parse(metric: str, complete_file: bool, data: bytes, name: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    notes: tuple[str, ...] = ()
    if not ends_in_line(data):
        data, notes = (data, (POSSIBLY_CUT.format(name=name),)) if complete_file else without_last_row(data, name)
    rows, more = _read(PARSERS[".csv"](data, name), metric, name)
    return rows, (*notes, *more)


def _read(table: pd.DataFrame, metric: str, name: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    columns = list(table.columns)
    require_unique(columns, name)
    series = [column for column in columns[1:] if " - " in column and not column.endswith(_TWINS)]
    if series:
        return _chart(table, series, metric, name)
    if "Name" not in columns:
        raise InputError(
            f"{name}: is not an export of Weights & Biases: a chart has columns such as 'Step' and 'RUN - METRIC', a "
            f"table of runs has 'Name'; there is {listing(columns)}. Read other tables with Files."
        )
    return _runs(table)


def _runs(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    if "State" not in table:
        return table, ()
    ended = table["State"].str.strip().str.lower().isin(["finished", ""])
    left_out = table["State"][~ended].value_counts()
    notes = tuple(f"{count(int(number), 'run')} left out: {state}." for state, number in sorted(left_out.items()))
    return table[ended].reset_index(drop=True), notes


def _chart(table: pd.DataFrame, series: Sequence[str], metric: str, name: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    axis = str(table.columns[0])
    parts = {column: _split(column, metric, name) for column in series}
    metrics = list(dict.fromkeys(what for _, what in parts.values()))
    if clash := sorted({"run", axis} & set(metrics)):
        raise InputError(
            f"{name}: a metric is called as another column is ({', '.join(clash)}); rename it in the file."
        )
    by_run: dict[str, dict[str, str]] = {}
    for column, (run, what) in parts.items():
        by_run.setdefault(run, {})[column] = what
    curves = []
    for run, columns in by_run.items():
        curve = table[[axis, *columns]].rename(columns=columns)
        logged = (curve[list(columns.values())] != "").any(axis=1)
        curves.append(curve[logged].assign(run=run.removeprefix(_GROUP)))
    rows = pd.concat(curves, ignore_index=True).fillna("")
    return rows[["run", axis, *metrics]], tuple(_notes(table, parts, name))


def _split(column: str, metric: str, name: str) -> tuple[str, str]:
    """The run (or "Group: NAME") and the metric that a column is of."""
    if not metric:
        run, _, what = column.rpartition(" - ")
        return run, what
    if not column.endswith(f" - {metric}"):
        raise InputError(f"{name}: the column {column!r} is not of metric={metric!r}; export that metric alone.")
    return column.removesuffix(f" - {metric}"), metric


def _notes(table: pd.DataFrame, parts: dict[str, tuple[str, str]], name: str) -> list[str]:
    """What the values are where a column is not one run's own measurements."""
    groups = [run for run, _ in parts.values() if run.startswith(_GROUP)]
    spread = [column for column in parts if _differ(table, column)]
    notes = []
    if groups:
        several = f"; in {len(spread)} of them runs differ" if spread else ""
        notes.append(f"{name}: values are means over the runs of {count(len(groups), 'group')}{several}.")
    elif spread:
        notes.append(
            f"{name}: in {count(len(spread), 'column')} values are means over several logged steps, as the chart drew "
            "them; export the runs' full history for what was measured."
        )
    return notes


def _differ(table: pd.DataFrame, column: str) -> bool:
    twins = [f"{column}{twin}" for twin in _TWINS]
    if not set(twins) <= set(table.columns):
        return False
    low, high = (as_numbers(table[twin])[0] for twin in twins)
    return bool((high - low > 1e-12 * abs(high)).any())
