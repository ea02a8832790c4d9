"""The tables of families compared along one input."""

from bayescale.report.loss.families import family_tables
from bayescale.scaling.decisions.families.comparison import compare_families
from bayescale.scaling.result import Fit
from tests.scaling.decisions.decision_cases import fewer, settled


def test_tables_have_a_row_per_family_and_per_pair(plain_fit: Fit) -> None:
    compared = compare_families(plain_fit, "n_tokens", at={"n_params": 1e9})
    families, pairs = family_tables(compared, "loss")
    assert [row[0] for row in families.rows] == ["a", "b"]
    assert [row[:2] for row in pairs.rows] == [("a", "b")]
    assert families.records[0]["asymptote_median"] == compared.table["asymptote_median"][0]
    assert "90 %" in " ".join(families.columns)


def test_a_gain_that_is_never_made_is_infinite_in_words(plain_fit: Fit) -> None:
    flat = {"E": 1.7, "A": 400.0, "alpha": 0.34, "B": 3.0, "beta": 1e-4}
    compared = compare_families(settled(fewer(plain_fit, 2), {"a": flat}), "n_tokens", at={"n_params": 1e9})
    families, _ = family_tables(compared, "loss")
    row = dict(zip(families.columns, families.rows[0], strict=True))
    assert row["half at n_tokens"] == "∞"
    assert families.records[0]["half_median"] is None
    assert "beyond its largest run" in row["flag"]
