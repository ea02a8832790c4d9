"""The state and the alerts of a model, from its history."""

from pathlib import Path

from bayescale.maintenance.store.posteriors import Store
from bayescale.report.site.record import ModelRecord, read_record
from tests.report.site.conftest import DRIFT


def test_a_run_outside_its_forecast_is_an_alert(both: ModelRecord) -> None:
    assert both.alerts[["version", "kind", "message"]].to_numpy().tolist() == [[2, "drift", DRIFT]]
    state, sentence = both.state
    assert state == "warned"
    assert "1 run outside the forecast" in sentence


def test_a_failed_fit_is_an_alert_and_the_state(store: Store) -> None:
    record = read_record(store, "stopped")
    assert record.current is not None
    assert record.alerts["kind"].tolist() == ["failed"]
    assert record.state == ("failed", "The last fit was not published: divergences")


def test_a_rollback_repeats_no_alert(both: ModelRecord, store: Store) -> None:
    versions = (
        *both.versions,
        type(both.versions[-1])(**{**vars(both.versions[-1]), "kind": "rolled back", "number": 3}),
    )
    assert len(ModelRecord("both", versions, both.ledger).alerts) == 1


def test_without_a_posterior(store: Store, empty_record: ModelRecord) -> None:
    assert read_record(store, "unborn").state == ("failed", "No posterior was published yet.")
    assert empty_record.current is None
    assert empty_record.card == {}


def test_a_damaged_model_says_so(store: Store, tmp_path: Path) -> None:
    record = read_record(store, "absent")
    assert record.versions == ()
    assert record.state[0] == "failed"
    assert "absent" in record.state[1]
