"""Test what a fit contains."""

from pathlib import Path
from typing import Any

import pytest

import bayescale as bs
from bayescale.scaling.result import Fit
from tests.conftest import MadeUp, simulated_runs

SETTINGS: dict[str, Any] = {"law": "chinchilla", "discrepancy": False, "random_seed": 1}


def test_a_fit_summarises_its_posterior(plain_fit: Fit) -> None:
    assert plain_fit.families == ("a", "b")
    assert plain_fit.law.name == "chinchilla"
    assert repr(plain_fit).startswith("Fit(law='chinchilla', 50 runs, 2 families, 4 chains of ")
    table = plain_fit.summary()
    assert table.columns.tolist() == ["parameter", "family", "median", "lower", "upper"]
    assert table["parameter"].tolist()[:4] == ["E", "E", "A", "A"]
    lower, upper = table[(table.parameter == "alpha") & (table.family == "a")][["lower", "upper"]].to_numpy()[0]
    assert lower < 0.34 < upper
    assert "alpha" in plain_fit._repr_html_()


def test_priors_are_saved_with_the_fit(monkeypatch: pytest.MonkeyPatch, made_up: MadeUp, tmp_path: Path) -> None:
    monkeypatch.setattr("bayescale.scaling.single_law.sample_posterior", lambda design, *rest: made_up(design))
    with pytest.raises(bs.ChecksFailed) as caught:
        bs.fit(simulated_runs(), law="chinchilla", priors={"alpha": bs.lognormal(0.4, 0.1)}, family=None)
    fitted = caught.value.fit
    fitted.save(tmp_path / "fit.nc")
    back = bs.load(tmp_path / "fit.nc")
    assert back.law.prior("alpha") == bs.lognormal(0.4, 0.1)
    assert back.law == fitted.law
    assert back.families == ("all",)
    assert back.notes == fitted.notes
