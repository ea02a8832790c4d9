"""Tables of counts without problems, and the problems of tables that are not."""

from typing import Any

import pandas as pd
import pytest

from bayescale.data.trials import read_trials
from bayescale.errors import InputError


def good(rows: int = 8) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "model": "m",
            "problem": [f"p{row}" for row in range(1, rows + 1)],
            "attempts": 100,
            "successes": range(rows),
            "errors": 0,
        }
    )


def problems(source: Any, **options: Any) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        read_trials(source, **options)
    for problem in caught.value.problems:
        assert problem in str(caught.value)
    return caught.value.problems or (str(caught.value),)


def only(found: tuple[str, ...]) -> str:
    assert len(found) == 1, found
    return found[0]


def two_models() -> pd.DataFrame:
    """Counts of two problems for each of two models."""
    return pd.DataFrame(
        {
            "model": ["a", "a", "b", "b"],
            "problem": ["p", "q", "p", "q"],
            "attempts": [10, 20, 30, 40],
            "successes": [1, 0, 30, 4],
            "judge": ["v1", "v1", "v1", "v2"],
        }
    )
