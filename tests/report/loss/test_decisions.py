"""Tables of decisions: the values of the answers, with infinite ones and units in words."""

import pytest

from bayescale.plots.wording import size_text
from bayescale.report.loss.decisions import allocation_table, comparison_table, requirement_table
from bayescale.report.tables import Table
from bayescale.scaling.result import Fit

RUN = {"n_params": 1e9, "n_tokens": 2e10, "family": "a"}


def cells(table: Table, row: int = 0) -> dict[str, str]:
    return dict(zip(table.columns, table.rows[row], strict=True))


def test_a_comparison_names_both_sides(plain_fit: Fit) -> None:
    answer = plain_fit.compare(RUN, {**RUN, "family": None}, 0.8)
    table = comparison_table(answer, "loss")
    row, record = cells(table), answer.table.iloc[0]
    assert table.caption == "loss of a against b"
    assert row["a"] == "n_params=1B, n_tokens=20B, a"
    assert row["b"] == "n_params=1B, n_tokens=20B, a new family"
    assert row["law, a less b"] == f"{record['law_difference_median']:+.4g}"
    assert row["a below b: law"] == f"{100 * record['law_below']:.0f}\u00a0%"
    assert "law, 80 %" in row
    assert "flag" not in row


def test_an_allocation_has_a_row_per_budget(plain_fit: Fit) -> None:
    answer = plain_fit.allocate([1e20, 1e22], family="a", tokens_served=1e12)
    table = allocation_table(answer)
    assert table.caption == "Compute-optimal runs, 1T tokens served"
    assert [row[0] for row in table.rows] == ["a", "a"]
    for place, record in answer.table.iterrows():
        row = cells(table, int(str(place)))
        assert row["parameters"] == size_text(record["n_params_median"])
        ends = [size_text(record[f"n_tokens_{end}"]) for end in ("lower", "upper")]
        assert row["training tokens, 90 %"] == "\u00a0to\u00a0".join(ends)
    assert cells(table, 1)["flag"] == answer.table["flag"].iloc[1] != ""
    assert allocation_table(plain_fit.allocate(1e20, family="a")).caption == "Compute-optimal runs"


@pytest.mark.parametrize(("loss", "never"), [(2.3, "0\u00a0%"), (1.2, "100\u00a0%")])
def test_compute_for_a_loss_is_infinite_where_it_is_never_reached(plain_fit: Fit, loss: float, never: str) -> None:
    row = cells(requirement_table(plain_fit.required(loss, family="a")))
    assert row["loss"] == f"{loss:.3f}"
    assert row["never"] == never
    for column in ("compute (FLOP)", "compute, 90 %", "parameters", "training tokens, 90 %"):
        assert (row[column] == "∞") is (loss == 1.2)
