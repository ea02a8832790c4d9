"""Pending alerts: recorded in the commit that they are about, and given to each channel at least once.

A re-fit may be killed between its commit and its alerts, and an address may be out of reach. The record of a version
therefore contains its alerts and their channels; the store records, for each channel, the version up to which
everything was delivered. The next re-fit of the model delivers the rest, whether anything changed or not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from bayescale.errors import BayescaleError
from bayescale.maintenance.alerts.delivery import Channel, Channels, deliver_to
from bayescale.maintenance.alerts.payloads import Alert
from bayescale.maintenance.store.posteriors import Store
from bayescale.maintenance.store.versions import Version

ENTRY = "alerts"  # of a lineage
MAX_ALERTS = 100  # of a channel in one re-fit


@dataclass(frozen=True)
class PendingAlert:
    """An alert that a channel has not received.

    Parameters
    ----------
    channel : str
        The channel.
    number : int
        The version that the alert is about.
    alert : Alert
        The alert.
    """

    channel: Channel
    number: int
    alert: Alert


def record_of(alerts: Sequence[Alert], channels: Channels) -> dict[str, Any]:
    """Return what a commit records of its alerts.

    Parameters
    ----------
    alerts : sequence of Alert
        The alerts.
    channels : Channels
        Where they go.

    Returns
    -------
    dict of str to Any
        Empty where there are no alerts or no channels.
    """
    if not alerts or not channels.names:
        return {}
    return {ENTRY: {"to": list(channels.names), "alerts": [[alert.kind, alert.message] for alert in alerts]}}


def pending_alerts(
    model: str, history: Sequence[Version], delivered: Mapping[str, int], channels: Channels
) -> tuple[PendingAlert, ...]:
    """Return the alerts of a history that today's channels have not received, the oldest first.

    Parameters
    ----------
    model : str
        The model's name.
    history : sequence of Version
        The history.
    delivered : mapping of str to int
        For each channel, the version up to which alerts were delivered.
    channels : Channels
        Where alerts go now.

    Returns
    -------
    tuple of PendingAlert
        The alerts.
    """
    return tuple(_pending(model, history, delivered, channels))


def _pending(
    model: str, history: Sequence[Version], delivered: Mapping[str, int], channels: Channels
) -> Iterator[PendingAlert]:
    for version in history:
        if ENTRY not in version.lineage or version.kind == "rolled back":
            continue
        waiting = [name for name in channels.names if version.number > delivered.get(name, 0)]
        record = version.lineage[ENTRY] if waiting else {}
        for channel in waiting:
            if channel in record.get("to", ()):
                for kind, message in record.get("alerts", ()):
                    yield PendingAlert(channel, version.number, Alert(model, str(kind), str(message)))


def deliver_pending(store: Store, model: str, channels: Channels, about: int | None) -> tuple[str, ...]:
    """Deliver the pending alerts of a model, and record how far that came.

    Parameters
    ----------
    store : Store
        The store.
    model : str
        The model's name.
    channels : Channels
        Where alerts go now.
    about : int or None
        The version that this re-fit made; delivered alerts of other versions are noted.

    Returns
    -------
    tuple of str
        What could not be delivered, and what was delivered late.

    Raises
    ------
    StoredPosteriorError
        The store cannot be read.
    """
    if not channels.names or model not in store.models():
        return ()
    marks = store.delivered(model)
    waiting = pending_alerts(model, store.history(model), marks, channels)
    notes: list[str] = []
    for channel in get_args(Channel.__value__):
        alerts = [pending for pending in waiting if pending.channel == channel][:MAX_ALERTS]
        notes += _by_channel(store, model, channel, alerts, channels, about)
    return tuple(notes)


def _by_channel(
    store: Store, model: str, channel: Channel, waiting: Sequence[PendingAlert], channels: Channels, about: int | None
) -> list[str]:
    reached, notes = 0, []
    late = sorted({pending.number for pending in waiting} - {about})
    for position, pending in enumerate(waiting):
        problems = deliver_to(channel, channels, pending.alert)
        if problems:
            left = len(waiting) - position
            rest = (
                f"; {left} alerts are pending, and the next re-fit tries again"
                if left > 1
                else "; the next re-fit tries again"
            )
            notes += [f"{problem}{rest}" for problem in problems]
            break
        if position + 1 == len(waiting) or waiting[position + 1].number != pending.number:
            reached = pending.number
    if reached:
        try:
            store.mark_delivered(model, channel, reached)
        except BayescaleError as error:
            notes.append(
                f"alerts were delivered, but this could not be recorded: they will be delivered again ({error})"
            )
        done = [number for number in late if number <= reached]
        if done:
            notes.append(f"pending alerts of version {', '.join(map(str, done))} were delivered to the {channel}")
    return notes
