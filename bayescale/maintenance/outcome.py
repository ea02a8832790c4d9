"""Outcomes of re-fits: status, reason, exit code and alerts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bayescale.core.display import Page, Shown
from bayescale.maintenance.alerts.delivery import alerts_for
from bayescale.maintenance.alerts.payloads import Alert

if TYPE_CHECKING:
    import pandas as pd


type Status = Literal["unchanged", "would fit", "published", "failed", "error"]

EXIT_CODES: dict[Status, int] = {"unchanged": 0, "would fit": 0, "published": 0, "failed": 3, "error": 2}
DRIFT = 4  # exit code of a published model with a run outside its forecast


@dataclass(frozen=True, repr=False)
class Outcome(Shown):
    """The outcome of one model's re-fit.

    Parameters
    ----------
    model : str
        The model's name.
    status : str
        "unchanged", "would fit", "published", "failed" (its checks) or "error" (wrong input).
    why : str
        What asked for a fit, or what prevented it.
    path : str
        How the posterior was obtained: "sampled" (", warm-started from version N"), "re-weighted", "kept" (same
        posterior, new forecasts); "" without a posterior.
    version : int or None
        The current version.
    seconds : float
        Wall time.
    drift : tuple of str
        Runs that landed outside their forecasts.
    upstream : tuple of str
        Rows changed or deleted upstream since the published version.
    notes : tuple of str
        Rows left out, why a path was not taken, repairs of the store, alerts that were not delivered.
    attempt : int or None
        The entry of the history that this re-fit made, published or not.
    """

    model: str
    status: Status
    why: str
    path: str = ""
    version: int | None = None
    seconds: float = 0.0
    drift: tuple[str, ...] = ()
    upstream: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    attempt: int | None = None

    @property
    def exit_code(self) -> int:
        """The exit code of this outcome."""
        return DRIFT if self.status == "published" and self.drift else EXIT_CODES[self.status]

    @property
    def head(self) -> str:
        """The outcome in one line."""
        how = f" as version {self.version} ({self.path})" if self.status == "published" else ""
        return f"{self.model}: {self.status}{how}, {self.seconds:.1f} s: {self.why}"

    @property
    def lines(self) -> tuple[str, ...]:
        """Details: runs outside their forecasts, changes upstream, notes."""
        return (*(f"DRIFT {line}" for line in self.drift), *self.upstream, *self.notes)

    @property
    def _page(self) -> Page:
        return Page(self.head, None, self.lines)


class Outcomes(Shown, tuple[Outcome, ...]):
    """The outcomes of several models: a tuple, in the order of the specs."""

    @property
    def _page(self) -> Page:
        names = ("model", "status", "version", "path", "why")
        rows = [
            [str(value) if (value := getattr(outcome, name)) is not None else "" for name in names] for outcome in self
        ]
        notes = tuple(f"{outcome.model}: {line}" for outcome in self for line in outcome.lines)
        published = sum(outcome.status == "published" for outcome in self)
        return Page(f"{published} of {len(self)} models published", _frame(rows, names) if rows else None, notes)


def _frame(rows: list[list[str]], names: tuple[str, ...]) -> "pd.DataFrame":
    import pandas as pd  # finding that nothing changed needs no tables

    return pd.DataFrame(rows, columns=names)


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """Return the exit code of several models: 3 (failed fit) outranks 2 (wrong input), and both outrank 4 (drift).

    Parameters
    ----------
    outcomes : sequence of Outcome
        The outcomes.

    Returns
    -------
    int
        The exit code.
    """
    codes = {outcome.exit_code for outcome in outcomes}
    return next((code for code in (3, 2, DRIFT) if code in codes), 0)


def alerts_of(model: str, outcome: Outcome) -> tuple[Alert, ...]:
    """Return the alerts of an outcome.

    Parameters
    ----------
    model : str
        The model's name.
    outcome : Outcome
        The outcome.

    Returns
    -------
    tuple of Alert
        The alerts.
    """
    failed = [outcome.why] if outcome.status in ("failed", "error") else []
    return alerts_for(model, failed, outcome.upstream, outcome.drift)
