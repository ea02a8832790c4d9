"""Alerts that are owed: recorded in the commit that they are about, and given to each channel at least once.

A re-fit may be killed between its commit and its alerts, and an address may be out of reach. The record of a version
therefore holds its alerts and the channels that are to hear of them; the store keeps, for each channel, the version up
to which everything was delivered. The next re-fit of the model delivers the rest, whether anything changed or not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from bayescale.errors import BayescaleError
from bayescale.maintenance.alerts import Alert, Channel, Channels, deliver_by
from bayescale.maintenance.store.posteriors import Store
from bayescale.maintenance.store.versions import Version

ENTRY = "alerts"  # of a lineage
MOST = 100  # alerts that are delivered at once: more are said to be there


@dataclass(frozen=True)
class Owed:
    """An alert that a channel has not heard of, and the version that it is about."""

    channel: Channel
    number: int
    alert: Alert


def record_of(alerts: Sequence[Alert], channels: Channels) -> dict[str, Any]:
    """What a commit keeps of its alerts; nothing where there are none, or nobody to tell."""
    if not alerts or not channels.names:
        return {}
    return {ENTRY: {"to": list(channels.names), "alerts": [[one.kind, one.message] for one in alerts]}}


def owed(model: str, history: Sequence[Version], delivered: Mapping[str, int], channels: Channels) -> tuple[Owed, ...]:
    """The alerts of a history that today's channels have not heard of, the oldest first."""
    return tuple(_owed(model, history, delivered, channels))


def _owed(model: str, history: Sequence[Version], delivered: Mapping[str, int], channels: Channels) -> Iterator[Owed]:
    for version in history:
        if ENTRY not in version.lineage or version.kind == "rolled back":
            continue
        waiting = [one for one in channels.names if version.number > delivered.get(one, 0)]
        said = version.lineage[ENTRY] if waiting else {}
        for channel in waiting:
            if channel in said.get("to", ()):
                for kind, message in said.get("alerts", ()):
                    yield Owed(channel, version.number, Alert(model, str(kind), str(message)))


def deliver_owed(store: Store, model: str, channels: Channels, about: int | None) -> tuple[str, ...]:
    """Deliver what is owed of a model, and record how far that came.

    Parameters
    ----------
    store : Store
        The store that holds the model.
    model : str
        The model's name.
    channels : Channels
        Where alerts go now.
    about : int or None
        The version that was just made; what is delivered of others is said.

    Returns
    -------
    tuple of str
        What could not be delivered, and what was delivered late.
    """
    if not channels.names or model not in store.models():
        return ()
    marks = store.delivered(model)
    waiting = owed(model, store.history(model), marks, channels)
    notes: list[str] = []
    for channel in get_args(Channel.__value__):
        mine = [one for one in waiting if one.channel == channel][:MOST]
        notes += _by_channel(store, model, channel, mine, channels, about)
    return tuple(notes)


def _by_channel(
    store: Store, model: str, channel: Channel, waiting: Sequence[Owed], channels: Channels, about: int | None
) -> list[str]:
    reached, notes = 0, []
    late = sorted({one.number for one in waiting} - {about})
    for place, one in enumerate(waiting):
        problems = deliver_by(channel, channels, one.alert)
        if problems:
            left = len(waiting) - place
            rest = (
                f"; {left} are owed, and the next re-fit tries again" if left > 1 else "; the next re-fit tries again"
            )
            notes += [f"{problem}{rest}" for problem in problems]
            break
        if place + 1 == len(waiting) or waiting[place + 1].number != one.number:
            reached = one.number
    if reached:
        try:
            store.mark_delivered(model, channel, reached)
        except BayescaleError as error:
            notes.append(f"alerts were delivered, which could not be recorded: they come again ({error})")
        done = [number for number in late if number <= reached]
        if done:
            notes.append(f"alerts of version {', '.join(map(str, done))}, which were owed, reached the {channel}")
    return notes
