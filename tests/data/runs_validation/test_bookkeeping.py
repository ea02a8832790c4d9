"""Columns that say nothing of a measurement are recognised by name and by values."""

import pandas as pd
import pytest

from bayescale.data.runs_validation.bookkeeping import is_bookkeeping


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("timestamp", ["x", "y"], True),
        ("Created At", ["x", "y"], True),
        ("optimizer", ["adam", "sgd"], False),
        ("count", [3, 1, 2], True),
        ("width", [128, 256, 512], False),
        ("trace", ["0f3a9c1d22", "1f3a9c1d23"], True),
        ("day", ["2024-01-01", "2024-01-02"], True),
        ("value", [0.1, 0.2], False),
    ],
)
def test_bookkeeping(name: str, values: list[object], expected: bool) -> None:
    assert is_bookkeeping(pd.Series(values, name=name)) is expected
