"""Measure the cost of reading raw attempts, compared with the same aggregation by DuckDB alone.

DuckDB writes a file with one row per attempt, in no order: 5 models, 4 attacks, 10,000 problems, a truth value for
success and an id per attempt. The DuckDB query groups by model, attack and problem and returns a table of counts.
`read_trials` returns validated trials of the same file. Each is timed in a separate process, in alternation, with the
peak of its resident memory. Start of the interpreter and imports are not timed. The check for duplicates is a separate
pass.

    python -m benchmarks.attempts [--rows 100000000] [--repeats 3] [--format parquet]
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd

from benchmarks.shared import CHECKOUT, write_table

FORMATS = {"parquet": "parquet", "csv": "csv", "jsonl": "json"}
BARE, READ, CHECKED = "DuckDB's query", "read_trials", "read_trials, check_duplicates"
NOTES = (
    "Median seconds over repeats, each in a process of its own, by turns; peak is the largest resident memory of a "
    "process in MB, imports included. The difference and the ratio are to DuckDB's query in the same turn.",
)


def make(path: Path, rows: int) -> None:
    """Write `rows` attempts in random order."""
    duckdb.connect().execute(
        f"""COPY (
            SELECT 'model-' || hash(i) % 5 AS model, 'attack-' || hash(i + 1) % 4 AS attack,
                'behaviour-' || hash(i + 2) % 10_000 AS problem, i AS attempt, hash(i + 3) % 37 = 0 AS success
            FROM range({rows}) AS attempts(i)
        ) TO '{path}' (FORMAT {FORMATS[path.suffix[1:]]})"""
    )


def bare(path: Path) -> int:
    """Aggregate with DuckDB alone; returns the number of attempts in the table."""
    counted = duckdb.connect().execute(
        f"""SELECT model, attack, problem, count(*) AS attempts, count(*) FILTER (WHERE success) AS successes
            FROM '{path}' GROUP BY ALL"""
    )
    return int(counted.df()["attempts"].sum())


def read(path: Path) -> int:
    """The same by `read_trials`."""
    from bayescale.data.trials import read_trials

    return int(read_trials(path).table["attempts"].sum())


def checked(path: Path) -> int:
    """The same, looking for duplicate attempts as well."""
    from bayescale.data.trials import read_trials

    return int(read_trials(path, check_duplicates=True).table["attempts"].sum())


WAYS: dict[str, Callable[[Path], int]] = {BARE: bare, READ: read, CHECKED: checked}


def measure(way: str, path: Path) -> dict[str, float]:
    """Seconds, peak memory in MB and attempts of one method, in this process."""
    import bayescale.data.trials  # noqa: F401  imports are not timed

    start = time.perf_counter()
    attempts = WAYS[way](path)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # kilobytes on Linux
    return {"seconds": seconds, "peak": peak, "attempts": attempts}


def measured(way: str, path: Path) -> dict[str, float]:
    """`measure` in a separate process."""
    command = [sys.executable, "-m", "benchmarks.attempts", "--measure", way, str(path)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def run(rows: int, repeats: int, suffix: str) -> pd.DataFrame:
    """Measure every method `repeats` times, in alternation, on one file; returns the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"attempts.{suffix}"
        make(path, rows)
        size = path.stat().st_size / 1e6
        turns = [{way: measured(way, path) for way in WAYS} for _ in range(repeats)]
    assert {one["attempts"] for turn in turns for one in turn.values()} == {rows}
    table = pd.DataFrame(
        {
            "way": way,
            "format": suffix,
            "rows": rows,
            "file MB": size,
            "seconds": statistics.median(turn[way]["seconds"] for turn in turns),
            "difference": statistics.median(turn[way]["seconds"] - turn[BARE]["seconds"] for turn in turns),
            "ratio": statistics.median(turn[way]["seconds"] / turn[BARE]["seconds"] for turn in turns),
            "peak MB": max(turn[way]["peak"] for turn in turns),
        }
        for way in WAYS
    )
    write_table(f"attempts_{suffix}", table, NOTES)
    return table


def main() -> None:
    """Command line: measure at the requested size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--format", choices=FORMATS, default="parquet")
    parser.add_argument("--measure", nargs=2, metavar=("WAY", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        way, path = options.measure
        print(json.dumps(measure(way, Path(path))))
    else:
        print(run(options.rows, options.repeats, options.format).to_string(index=False))


if __name__ == "__main__":
    main()
