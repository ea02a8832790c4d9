"""Rows that cannot be used are left out with a reason: in Python, on the command line, in specs."""

import numpy as np
import pandas as pd
import pytest

import bayescale as bs
from bayescale.data.reading import read_runs
from bayescale.data.runs import needs
from bayescale.data.runs_validation.exclusion import blank_rows, rows_of_values
from bayescale.errors import InputError


def diverged(value: object) -> pd.DataFrame:
    loss = pd.Series([3.5, 3.3, value, 2.9], dtype=object)
    return pd.DataFrame(
        {"run": list("abcd"), "n_params": [1e8, 2e8, 3e8, 8e8], "n_tokens": [2e9, 4e9, 3e9, 1.6e10], "loss": loss}
    )


UNUSABLE = [
    None,
    np.nan,
    np.inf,
    -np.inf,
    "",
    "NaN",
    "nan",
    "Infinity",
    "-Infinity",
    "inf",
    "N/A",
    "-",
    "#DIV/0!",
    "diverged",
    "OOM",
]


@pytest.mark.parametrize("value", UNUSABLE)
def test_a_run_that_diverged_is_named_refused_by_a_fit_and_can_be_left_out(value: object) -> None:
    runs = read_runs(diverged(value))
    (note,) = runs.notes
    assert "column 'loss': blank or not finite in row 3" in note
    with pytest.raises(InputError) as caught:
        bs.fit(runs, law="chinchilla")
    assert note in caught.value.problems
    assert 'runs.exclude(blank="loss", reason="diverged")' in note
    assert '--exclude-blank loss --reason "diverged"' in note
    kept = runs.exclude(blank="loss", reason="diverged")
    needs(kept, ["n_params", "loss"])
    assert kept.table["row"].tolist() == [1, 2, 4]
    assert kept.notes == ("1 row left out (row 3): diverged",)


def test_a_loss_that_is_no_number_is_still_refused() -> None:
    with pytest.raises(InputError, match="'3,1' \\(row 3\\) is not a finite number"):
        read_runs(diverged("3,1"))


def test_rows_are_left_out_by_their_values() -> None:
    runs = read_runs(diverged(3.1)).exclude(where={"run": "b", "n_params": 2e8}, reason="wrong tokenizer")
    assert runs.table["run"].tolist() == ["a", "c", "d"]
    assert runs.exclude(where={"run": "b"}, reason="was fixed").notes[-1].startswith("no row is left out any more")


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"blank": "loss", "reason": ""}, "reason='' must state why"),
        ({"blank": "loss", "reason": None}, "reason=None must be text"),
        ({"reason": "diverged"}, "either blank='column' or where="),
        ({"reason": "diverged", "blank": "loss", "where": {"run": "a"}}, "either blank='column' or where="),
        ({"reason": "diverged", "where": {}}, "where={} must be values by column"),
        ({"reason": "diverged", "where": "run"}, "where='run' must be a mapping or None"),
        ({"reason": "diverged", "blank": "los"}, "no column 'los'. Did you mean 'loss'?"),
        ({"reason": "diverged", "blank": ["loss"]}, "blank=['loss'] must be text or None"),
    ],
)
def test_a_rule_that_cannot_be_followed_says_why(rule: dict[str, object], says: str) -> None:
    with pytest.raises(InputError) as caught:
        read_runs(diverged(3.1)).exclude(**rule)  # type: ignore[arg-type]
    assert says in str(caught.value)


def test_not_every_row_can_go() -> None:
    with pytest.raises(InputError, match="no row of 4 remains"):
        read_runs(diverged(3.1).assign(note="x")).exclude(where={"note": "x"}, reason="all of them")


def test_blanks_are_the_same_in_numbers_and_in_text() -> None:
    numbers = pd.Series([1.0, np.nan, np.inf, -np.inf])
    assert blank_rows(numbers).tolist() == [False, True, True, True]
    assert blank_rows(numbers.map(str)).tolist() == [False, True, True, True]
    assert rows_of_values(numbers, ("NaN",)).tolist() == [False, True, False, False]
    assert rows_of_values(numbers, ("Infinity", 1)).tolist() == [True, False, True, False]
