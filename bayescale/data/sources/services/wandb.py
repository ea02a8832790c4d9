"""CSV exports of Weights & Biases: charts, with a column per run or group, and tables of runs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import pandas as pd

from bayescale.core.notes import Note
from bayescale.core.text import count, listing
from bayescale.data.column_names import require_unique
from bayescale.data.columns import as_numbers
from bayescale.data.sources.files import as_patterns, check_patterns, open_tables
from bayescale.data.sources.incomplete import complete_rows
from bayescale.data.sources.object_store import find_files
from bayescale.data.sources.services.nested_runs import left_out_runs_note
from bayescale.data.sources.table import OpenSource
from bayescale.data.tables.formats import CSV
from bayescale.errors import InputError

_TWINS = ("__MIN", "__MAX")
_GROUP = "Group: "


@dataclass(frozen=True)
class WandB:
    """Exports of Weights & Biases as CSV files.

    A chart ("Step", "RUN - METRIC", its "__MIN" and "__MAX") gives one row per run and step, with the run in the column
    `run`, the first column under its name, and one column per metric; empty cells are not rows. A chart of groups gives
    `run` the name of the group, and its values are means over the group's runs, with a note. A table of runs ("Name",
    "State", ...) gives one row per run; runs that did not finish are left out, with a note on how many.

    Attributes
    ----------
    patterns : str or tuple of str
        A path, a pattern, an address (s3:// ..., extra `remote`), or several of these.
    metric : str, default ""
        The metric of a chart, where names of runs or metrics hold " - "; by default the text after the last one.
    timeout : float, default 30
        Seconds that a store may take to answer one request.
    complete_file : bool, default True
        Whether a last row that no line break follows is used, as in `Files`.
    """

    patterns: str | tuple[str, ...]
    metric: str = ""
    timeout: float = 30.0
    complete_file: bool = True

    def __post_init__(self) -> None:
        check_patterns(self.patterns, self.timeout)


@contextmanager
def open_wandb(source: WandB) -> Iterator[OpenSource]:
    """Open the export files, each a part.

    Parameters
    ----------
    source : WandB
        The source.

    Yields
    ------
    OpenSource
        The files.

    Raises
    ------
    InputError
        If a file is not CSV.
    """
    files = find_files(as_patterns(source.patterns), source.timeout)
    if others := [file.name for file in files if not file.name.lower().endswith(".csv")]:
        raise InputError(f"{listing(others)}: exports of Weights & Biases are read as CSV; export the chart again.")
    yield open_tables(files, partial(_parse, source.metric, source.complete_file), typed=False)


def _parse(metric: str, complete_file: bool, data: bytes, name: str) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    data, file_notes = complete_rows(data, name, complete_file=complete_file)
    rows, notes = _read(CSV.parse(data, name), metric, name)
    return rows, (*file_notes, *notes)


def _read(table: pd.DataFrame, metric: str, name: str) -> tuple[pd.DataFrame, tuple[Note, ...]]:
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


def _runs(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    if "State" not in table:
        return table, ()
    ended = table["State"].str.strip().str.lower().isin(["finished", ""])
    left_out = table["State"][~ended].value_counts()
    notes = tuple(left_out_runs_note(int(number), str(state)) for state, number in sorted(left_out.items()))
    return table[ended].reset_index(drop=True), notes


def _chart(table: pd.DataFrame, series: Sequence[str], metric: str, name: str) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    axis = str(table.columns[0])
    parts = {column: _split(column, metric, name) for column in series}
    metrics = list(dict.fromkeys(metric_name for _, metric_name in parts.values()))
    if clash := sorted({"run", axis} & set(metrics)):
        raise InputError(
            f"{name}: a metric has the name of another column ({', '.join(clash)}); rename it in the file."
        )
    by_run: dict[str, dict[str, str]] = {}
    for column, (run, metric_name) in parts.items():
        by_run.setdefault(run, {})[column] = metric_name
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
        run, _, metric_name = column.rpartition(" - ")
        return run, metric_name
    if not column.endswith(f" - {metric}"):
        raise InputError(f"{name}: the column {column!r} is not of metric={metric!r}; export that metric alone.")
    return column.removesuffix(f" - {metric}"), metric


def _notes(table: pd.DataFrame, parts: dict[str, tuple[str, str]], name: str) -> list[Note]:
    """Notes on columns whose values are means over several runs or steps."""
    groups = [run for run, _ in parts.values() if run.startswith(_GROUP)]
    spread = [column for column in parts if _differ(table, column)]
    notes = []
    if groups:
        several = f"; in {len(spread)} of them runs differ" if spread else ""
        message = f"{name}: values are means over the runs of {count(len(groups), 'group')}{several}."
        notes.append(Note("means_of_groups", message, (name,)))
    elif spread:
        message = (
            f"{name}: in {count(len(spread), 'column')} values are means over several logged steps, as in the chart; "
            "export the runs' full history to have the measurements."
        )
        notes.append(Note("means_of_steps", message, (name,)))
    return notes


def _differ(table: pd.DataFrame, column: str) -> bool:
    twins = [f"{column}{twin}" for twin in _TWINS]
    if not set(twins) <= set(table.columns):
        return False
    low, high = (as_numbers(table[twin])[0] for twin in twins)
    return bool((high - low > 1e-12 * abs(high)).any())
