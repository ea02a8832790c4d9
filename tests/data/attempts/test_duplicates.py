"""Attempts that occur more than once are found in every format, with their keys and how often."""

from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayescale.data.attempts.duplicates import repeated_attempts
from bayescale.data.attempts.scan import scanned
from bayescale.data.trials import read_trials
from tests.data.attempts.attempt_files import FORMATS, Row, refused, write_parquet

KEY = st.tuples(st.sampled_from("pq"), st.sampled_from("123"))


@settings(max_examples=15, deadline=None)
@given(st.lists(KEY, min_size=1, max_size=8))
def test_repeated_attempts_are_those_that_a_counter_finds(keys: list[tuple[str, str]]) -> None:
    frame = pd.DataFrame(keys, columns=["problem", "attempt"])
    with scanned(frame, {"problem": "problem", "attempt": "attempt"}, "frame") as scan:
        messages = repeated_attempts(scan, [])
    repeated = {key: times for key, times in sorted(Counter(keys).items()) if times > 1}
    listed = "; ".join(f"problem {problem}, attempt {n} ({times} times)" for (problem, n), times in repeated.items())
    assert messages == ([f"the same attempt more than once: {listed}; keep one row of each."] if repeated else [])


DUPLICATES = [
    {"problem": "p", "model": "a", "attempt": 1, "success": True},
    {"problem": "p", "model": "a", "attempt": 2, "success": True},
    {"problem": "p", "model": "b", "attempt": 1, "success": True},
    {"problem": "p", "model": "a", "attempt": 1, "success": False},
]


@pytest.mark.parametrize("write", [*FORMATS, None])
def test_repeated_attempts_are_refused_with_check_duplicates(tmp_path: Path, write: Any) -> None:
    def source(rows: list[Row]) -> object:
        return (
            write(tmp_path / "a.x", rows, ["problem", "model", "attempt", "success"]) if write else pd.DataFrame(rows)
        )

    assert read_trials(source(DUPLICATES)).table["attempts"].sum() == 4
    (problem,) = refused(source(DUPLICATES), check_duplicates=True)
    assert problem == "the same attempt more than once: model a, problem p, attempt 1 (2 times); keep one row of each."
    assert read_trials(source(DUPLICATES[:3]), check_duplicates=True).table["attempts"].sum() == 3
    blank = [*DUPLICATES[:3], {"problem": "p", "model": "a", "attempt": None, "success": True}]
    (problem,) = refused(source(blank), check_duplicates=True)
    assert problem == "column 'attempt': blank in 1 row, which cannot be distinguished; number every attempt."


def test_many_repeated_attempts_are_cut_with_a_count(tmp_path: Path) -> None:
    rows = [{"problem": f"p{i % 3}", "attempt": i, "success": True} for i in range(30)]
    (problem,) = refused(write_parquet(tmp_path / "a.x", rows + rows, list(rows[0])), check_duplicates=True)
    assert problem.startswith(
        "the same attempt more than once: problem p0, attempt 0 (2 times); problem p0, attempt 12 "
    )
    assert problem.endswith("(2 times) and 22 more; keep one row of each.")


def test_checking_duplicates_needs_attempts_with_ids() -> None:
    frame = pd.DataFrame({"problem": ["p"], "success": [True], "attempt_no": [1]})
    (problem,) = refused(frame, check_duplicates=True)
    assert "needs the column 'attempt', the attempt's id or number. Did you mean 'attempt_no'?" in problem
