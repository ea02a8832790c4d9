"""The report of a maintained model: the posterior's report, the card, and the history of the store."""

from typing import Any

import pandas as pd
import pytest

from bayescale.errors import InputError
from bayescale.maintenance.store.posteriors import Store
from bayescale.report.elements import Facts, Notes
from bayescale.report.maintained_report import report_of
from bayescale.report.tables import Table
from bayescale.risk.fit import fit_risk
from bayescale.scaling.result import Fit

CARD = {
    "owner": "Ada",
    "claim": "Family a\nwill reach 2.1.",
    "known_limits": ["only dense models", "family b is small"],
    "sources": ["a table"],
}
TARGETS = [{"n_params": 1e10, "n_tokens": 2e11, "family": "a"}]


@pytest.fixture(autouse=True)
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are tested in loss/test_figures.py."""
    monkeypatch.setattr("bayescale.report.loss.content.drawings", lambda *_: ())


@pytest.fixture(scope="module")
def store(plain_fit: Fit, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with two versions of a model with a forecast, and a model without one."""
    store = Store.create(tmp_path_factory.mktemp("maintained") / "store")
    lineage: dict[str, Any] = {"spec": {"card": CARD, "forecast": TARGETS}, "notes": ["a note"], "data_digest": "abc"}
    for path in ("sampled", "re-weighted"):
        store.publish("model", plain_fit.tree, {**lineage, "path": path})
    store.publish("bare", plain_fit.tree, {"spec": {"card": {}}, "notes": []})
    return store


def test_card_and_history_follow_the_report_of_the_posterior(store: Store, plain_fit: Fit) -> None:
    report = report_of(store, "model", None, 0.8, redact=False)
    assert [section.id for section in report.sections][-2:] == ["card", "history"]
    assert report.title == "model, version 2"
    assert report.claim == "Family a will reach 2.1."
    assert report.part(Facts, "card").facts["Owner"] == "Ada"
    assert report.part(Facts, "card").facts["Rows"] == "sha256 abc"
    assert report.part(Notes, "known_limits").items == tuple(CARD["known_limits"])
    assert "a note" in report.part(Notes, "notes").items
    assert len(report.part(Table, "history").records) == 2
    record = report.part(Table, "forecast").records[0]
    assert record["run_median"] == plain_fit.forecast(TARGETS, 0.8).table["run_median"].iloc[0]


def test_a_version_has_a_report_of_its_own(store: Store) -> None:
    assert report_of(store, "model", 1, 0.9, redact=False).title == "model, version 1"


def test_a_redacted_report_leaves_out_texts_with_names(store: Store) -> None:
    report = report_of(store, "model", None, 0.9, redact=True)
    assert report.claim == ""
    assert report.part(Notes, "known_limits").items == (
        "only dense models",
        "1 of 2 known limits left out, because they mention a name.",
    )
    forecast = report.part(Table, "forecast")
    assert forecast.rows[0][forecast.columns.index("family")] == "family 1"


def test_a_spec_without_a_forecast_has_no_report(store: Store) -> None:
    with pytest.raises(InputError, match=r"the spec of 'bare' has no \[\[forecast\]\]"):
        report_of(store, "bare", None, 0.9, redact=False)


def test_a_model_of_risk_is_reported_at_its_budgets(store: Store) -> None:
    counts = pd.DataFrame({"problem": list("abcdef"), "attempts": [50] * 6, "successes": [0, 1, 2, 5, 9, 20]})
    lineage = {"spec": {"risk": {}, "budgets": [100, 2000], "card": CARD}, "notes": []}
    store.publish("risk", fit_risk(counts, mixing="beta", draws=100, random_seed=1).tree, lineage)
    report = report_of(store, "risk", None, 0.9, redact=False)
    assert report.title == "risk, version 1"
    assert [record["budget"] for record in report.part(Table, "forecast").records] == [100, 2000]
    assert [section.id for section in report.sections][-2:] == ["card", "history"]
