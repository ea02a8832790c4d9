"""Alerts are pending until each channel that was set when they were recorded has received them."""

from datetime import UTC, datetime

from bayescale.maintenance.alerts.delivery import Channels
from bayescale.maintenance.alerts.payloads import Alert
from bayescale.maintenance.alerts.pending import ENTRY, pending_alerts, record_of
from bayescale.maintenance.store.versions import Kind, Version

BOTH = Channels("logger", "${ALERTS_URL}")
DRIFT = Alert("pile", "drift", "run a8")


def version(number: int, channels: Channels, kind: Kind = "published") -> Version:
    return Version("pile", number, kind, "", datetime.now(UTC), "", record_of([DRIFT], channels))


def test_nothing_is_recorded_without_alerts_or_channels() -> None:
    assert record_of([], BOTH) == {}
    assert record_of([DRIFT], Channels()) == {}
    assert record_of([DRIFT], BOTH) == {ENTRY: {"to": ["command", "webhook"], "alerts": [["drift", "run a8"]]}}


def test_each_channel_receives_what_it_has_not_received() -> None:
    history = [version(1, BOTH), version(2, Channels("logger"))]
    pending = pending_alerts("pile", history, {"webhook": 1}, BOTH)
    assert [(item.channel, item.number, item.alert) for item in pending] == [
        ("command", 1, DRIFT),
        ("command", 2, DRIFT),
    ]
    assert pending_alerts("pile", history, {"webhook": 2, "command": 2}, BOTH) == ()


def test_a_rollback_repeats_no_alert() -> None:
    assert pending_alerts("pile", [version(1, BOTH, "rolled back")], {}, BOTH) == ()
