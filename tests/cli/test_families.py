"""`bayescale compare-families`: the same numbers as in Python, and refusals."""

import json
from pathlib import Path

import numpy as np

from bayescale.scaling.result import Fit
from tests.cli.conftest import Run

AT = ("--along", "n_tokens", "--hold", "n_params=1e9")


def test_compare_families(run: Run, saved: Path, plain_fit: Fit) -> None:
    code, out, _ = run("compare-families", saved, *AT, "--high", "1e13", "--json")
    tables = json.loads(out)
    expected = plain_fit.compare_families("n_tokens", at={"n_params": 1e9}, high=1e13)
    assert code == 0
    assert [row["family"] for row in tables["families"]] == expected.table["family"].tolist()
    medians = [row["asymptote_median"] for row in tables["families"]]
    np.testing.assert_allclose(medians, expected.table["asymptote_median"])
    assert tables["pairs"][0]["a_ahead_high"] == expected.pairs["a_ahead_high"][0]
    _, out, _ = run("compare-families", saved, *AT, "--family", "b", "--family", "a")
    assert "Families in pairs" in out
    assert "loss of families along n_tokens" in out


def test_refusals(run: Run, saved: Path) -> None:
    code, out, err = run("compare-families", saved, *AT, "--family", "a")
    assert (code, out) == (2, "")
    assert "name two or more different families" in err
    assert "also takes n_params" in run("compare-families", saved, "--along", "n_tokens")[2]
    assert "is no range" in run("compare-families", saved, *AT, "--low", "1e12", "--high", "1e9")[2]
