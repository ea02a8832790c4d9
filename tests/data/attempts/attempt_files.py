"""Files of attempts in every format, and what tests compare counts with."""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bayescale.data.trials import Trials, read_trials
from bayescale.errors import InputError

type Row = dict[str, Any]


HOSTILE = [
    "it's",
    'say "x"',
    "a;DROP TABLE counted;--",
    "'); COPY counted TO 'x.csv'; --",
    "a,b",
    "new\nline",
    "tab\there",
    "bell\x07",
    "\u202eright to left",
    "ünïcödé 中文 🙂",
    "c0",
    "NULL",
    "$1",
    "{x}",
    "read_csv('/etc/passwd')",
    "back\\slash",
]


def write_parquet(path: Path, rows: Sequence[Row], names: Sequence[str]) -> Path:
    columns = {name: [row.get(name) for row in rows] for name in names}
    pq.write_table(pa.table(columns), path.with_suffix(".parquet"))
    return path.with_suffix(".parquet")


def write_csv(path: Path, rows: Sequence[Row], names: Sequence[str]) -> Path:
    path = path.with_suffix(".csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(names)
        writer.writerows([["" if row.get(name) is None else row[name] for name in names] for row in rows])
    return path


def write_jsonl(path: Path, rows: Sequence[Row], names: Sequence[str]) -> Path:
    path = path.with_suffix(".jsonl")
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


FORMATS: list[Callable[[Path, Sequence[Row], Sequence[str]], Path]] = [write_parquet, write_csv, write_jsonl]


def refused(source: object, *says: str, **options: Any) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        read_trials(source, **options)
    for piece in says:
        assert piece in str(caught.value), str(caught.value)
    return caught.value.problems


def counts(trials: Trials) -> dict[tuple[str, ...], tuple[int, int, int]]:
    keys = [*trials.columns, "problem"]
    return {
        tuple(row[name] for name in keys): (row["attempts"], row["successes"], row["errors"])
        for row in trials.table.to_dict("records")
    }
