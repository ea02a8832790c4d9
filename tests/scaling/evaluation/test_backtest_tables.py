"""Tables of a backtest: means by cut and family, standard errors with runs as the unit, and coded notes."""

import numpy as np
import pandas as pd
import pytest

from bayescale.scaling.evaluation.backtest_tables import backtest_notes, backtest_summary, backtest_table


def points_of(inside: list[bool], **columns: object) -> pd.DataFrame:
    """Points of one law, one run each, with made-up scores."""
    count = len(inside)
    table = pd.DataFrame(
        {
            "law": "m1",
            "cut": 1.0,
            "family": ["a", "b"] * (count // 2),
            "run": [f"r{i}" for i in range(count)],
            "error": np.linspace(-0.1, 0.1, count),
            "inside": inside,
            "width": 0.2,
            "pit": np.where(inside, 0.5, 0.99),
            "interval_score": 0.3,
            "crps": 0.05,
            "log_score": 1.0,
            "continues": False,
            "known_family": True,
            "passed": True,
            "extrapolation": 3.0,
            "n_train": 20,
        }
    )
    return table.assign(**columns)


def test_the_table_has_every_family_and_all_together() -> None:
    table = backtest_table(points_of([True, False, True, False]))
    assert table["family"].tolist() == ["a", "b", "(all)"]
    assert table["coverage"].tolist() == [1.0, 0.0, 0.5]
    assert table["n_test"].tolist() == [2, 2, 4]
    assert table["error"].iloc[-1] == pytest.approx(np.abs(np.linspace(-0.1, 0.1, 4)).mean())


def test_the_standard_error_has_runs_as_the_unit() -> None:
    points = points_of([True, True, False, False])
    twice = pd.concat([points, points])
    for table in (points, twice):  # repeated rows of a run add no information
        assert backtest_summary(table)["coverage_se"].iloc[0] == pytest.approx(np.std([1, 1, 0, 0], ddof=1) / 2)
    all_inside = backtest_summary(points_of([True] * 4))["coverage_se"].iloc[0]
    assert all_inside == pytest.approx(np.sqrt(0.75 * 0.25 / 8))  # Agresti and Coull: (4 + 2) / (4 + 4)


def test_new_runs_are_summarised_where_there_are_any() -> None:
    points = points_of([True, True, False, False], continues=[True, True, False, False])
    assert backtest_summary(points)["coverage"].iloc[0] == 0
    assert backtest_summary(points.assign(continues=True))["coverage"].iloc[0] == 0.5


def test_notes_carry_codes_and_names() -> None:
    points = points_of([True] * 4, passed=False, known_family=[True, False, True, False])
    notes = {note.code: note for note in backtest_notes(points, 0.9)}
    assert set(notes) == {"backtest_fit_failed", "backtest_new_family"}
    assert notes["backtest_new_family"].names == ("b",)
    assert backtest_notes(points_of([True] * 4), 0.9) == ()


def test_laws_with_narrow_intervals_are_noted() -> None:
    narrow, sound = points_of([True, False, False, False]), points_of([True] * 4).assign(law="m2")
    (note,) = backtest_notes(narrow, 0.9)
    assert note.code == "backtest_narrow_laws"
    assert note.startswith("no law's 90 % intervals held on this table (best: 25 % of test rows)")
    (note,) = backtest_notes(pd.concat([narrow, sound]), 0.9)
    assert note == "m1: its 90 % intervals held 25 % of test rows"
