"""What a store records of a model, read once for all of its pages. No posterior is read."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from bayescale.core.text import count
from bayescale.errors import StoredPosteriorError
from bayescale.maintenance.store.posteriors import Store
from bayescale.maintenance.store.versions import Version
from bayescale.report.findings import state_of
from bayescale.report.maintained import card_of
from bayescale.report.site.page import State


@dataclass(frozen=True, eq=False)
class ModelRecord:
    """The history and the forecast log of a model.

    Parameters
    ----------
    name : str
        The model.
    versions : tuple of Version
        The history, oldest first.
    ledger : DataFrame
        The table of `Store.ledger`.
    damage : str, default ""
        Why the model cannot be read; then it has neither history nor forecast log.
    """

    name: str
    versions: tuple[Version, ...]
    ledger: pd.DataFrame
    damage: str = ""

    @property
    def posteriors(self) -> tuple[Version, ...]:
        """The versions that published a posterior, oldest first."""
        return tuple(version for version in self.versions if version.has_posterior)

    @property
    def current(self) -> Version | None:
        """The version published last; None before the first."""
        return self.posteriors[-1] if self.posteriors else None

    @property
    def card(self) -> dict[str, Any]:
        """The card of the current spec."""
        return {} if self.current is None else card_of(self.current.lineage)

    @cached_property
    def alerts(self) -> pd.DataFrame:
        """What people had to know, newest first: version, time, model, kind and message."""
        rows = [
            {"version": version.number, "time": version.time, "model": self.name, "kind": kind, "message": message}
            for version in reversed(self.versions)
            for kind, message in _alerts_of(version)
        ]
        return pd.DataFrame(rows, columns=["version", "time", "model", "kind", "message"])

    @property
    def state(self) -> tuple[State, str]:
        """The state of the model, and a sentence on it."""
        if self.damage:
            return "failed", f"It cannot be read: {self.damage}"
        if self.current is None:
            return "failed", "No posterior was published yet."
        attempts = [version for version in self.versions if version.kind in ("published", "rolled back", "noted")]
        if attempts[-1].kind == "noted":
            return "failed", f"The last fit was not published: {attempts[-1].lineage.get('why', attempts[-1].message)}"
        lineage = self.current.lineage
        outside, changed = lineage.get("drift", ()), lineage.get("upstream", ())
        warned = sum(state_of(row) in ("warning", "failed") for row in lineage.get("checks", ()))
        problems = [
            *([f"{count(len(outside), 'run')} outside the forecast"] if outside else []),
            *(["rows changed upstream"] if changed else []),
            *([f"{count(warned, 'check')} with a warning"] if warned else []),
        ]
        if problems:
            return "warned", f"The posterior is current, with {', '.join(problems)}."
        return "passed", "The posterior is current and passed its checks."


def _alerts_of(version: Version) -> Iterator[tuple[str, str]]:
    """Kinds and messages of the alerts of a version. A rollback repeats the lineage of an earlier one: it has none."""
    if version.kind == "noted" and version.lineage.get("why"):
        yield "failed", str(version.lineage["why"])
    if version.kind != "rolled back":
        yield from (("changed", str(line)) for line in version.lineage.get("upstream", ()))
        yield from (("drift", str(line)) for line in version.lineage.get("drift", ()))


def read_record(store: Store, name: str) -> ModelRecord:
    """Read what a store records of a model. A damaged model has a record that says so.

    Parameters
    ----------
    store : Store
        The store.
    name : str
        The model.

    Returns
    -------
    ModelRecord
        The record.
    """
    try:
        return ModelRecord(name, tuple(store.history(name)), store.ledger(name))
    except StoredPosteriorError as error:
        return ModelRecord(name, (), pd.DataFrame(), str(error).splitlines()[0])
