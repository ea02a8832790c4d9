"""The progress of a fit: a line a stage on standard error, or a bar in a notebook's cell.

All of it comes from the calling thread: a notebook opens files for every thread that displays something.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Protocol, override

FIRST_ESTIMATE = 5.0  # seconds of sampling before the first line that says how long it takes
LEAST_SHARE = 0.1  # of the draws, before which a remaining time is no better than a guess
BAR_SECONDS = 0.5  # least time between two updates of a bar
CLEAR = "\r\x1b[2K"  # back to the start of a terminal's line, which is emptied


class Watch(Protocol):
    """What shows the progress of a fit. Both methods are called from the thread that fits, and return at once."""

    def stage(self, text: str) -> None:
        """Show that a stage begins, or something that became known about it.

        Parameters
        ----------
        text : str
            One line.
        """

    def draws(self, attempt: str, done: int, total: int, divergences: int) -> None:
        """Show the draws of an attempt so far.

        Parameters
        ----------
        attempt : str
            Name of the attempt.
        done, total : int
            Draws made and requested, over all chains, tuning included.
        divergences : int
            Divergent draws so far.
        """


class Silent(Watch):
    """Shows nothing."""

    @override
    def stage(self, text: str) -> None:
        return

    @override
    def draws(self, attempt: str, done: int, total: int, divergences: int) -> None:
        return


@dataclass
class Lines(Watch):
    """A line a stage. While an attempt runs, a line after 5, 10, 20, ... seconds estimates the remaining time.

    Attributes
    ----------
    write : callable
        Takes one line without its end.
    clock : callable
        Seconds; replaced in tests.
    attempt : str
        Name of the attempt that runs.
    began, next_line : float
        When it began, and when its next line is due.
    """

    write: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    attempt: str = ""
    began: float = 0.0
    next_line: float = 0.0

    @override
    def stage(self, text: str) -> None:
        self.write(text)

    @override
    def draws(self, attempt: str, done: int, total: int, divergences: int) -> None:
        now = self.clock()
        if attempt != self.attempt:
            self.attempt, self.began, self.next_line = attempt, now, now + FIRST_ESTIMATE
        if now < self.next_line or done < LEAST_SHARE * total or done >= total:
            return
        spent = now - self.began
        self.next_line = now + spent
        divergent = f", {divergences} divergent" if divergences else ""
        remaining = spent * (total - done) / done
        self.write(
            f"{attempt}: {done:,} of {total:,} draws after {spent:.0f} s{divergent}; about {remaining:.0f} s to go"
        )


@dataclass(frozen=True)
class Progress:
    """The stages so far and, while an attempt runs, its draws; shown in a notebook's cell.

    Attributes
    ----------
    stages : tuple of str
        Lines.
    done, total : int
        Draws made and requested; a total of 0 shows no bar.
    divergences : int
        Divergent draws so far.
    """

    stages: tuple[str, ...]
    done: int = 0
    total: int = 0
    divergences: int = 0

    def __repr__(self) -> str:
        divergent = f", {self.divergences} divergent" if self.divergences else ""
        bar = [f"{self.done:,} of {self.total:,} draws{divergent}"] if self.total else []
        return "\n".join([*self.stages, *bar])

    def _repr_html_(self) -> str:
        bar = f'<progress max="{self.total}" value="{self.done}" aria-label="draws"></progress>' if self.total else ""
        lines = "<br>".join(escape(line) for line in repr(self).splitlines())
        return f"<div>{lines} {bar}</div>"


@dataclass
class Cell(Watch):
    """One display of a notebook's cell, updated in place at most twice a second.

    Attributes
    ----------
    update : callable
        Replaces what the cell shows.
    stages : list of str
        Lines so far.
    last : float
        Time of the last update.
    """

    update: Callable[[Progress], None]
    stages: list[str] = field(default_factory=list)
    last: float = 0.0

    @override
    def stage(self, text: str) -> None:
        self.stages.append(text)
        self.update(Progress(tuple(self.stages)))

    @override
    def draws(self, attempt: str, done: int, total: int, divergences: int) -> None:
        now = time.monotonic()
        if now - self.last >= BAR_SECONDS:
            self.last = now
            self.update(Progress(tuple(self.stages), done, total, divergences))


@dataclass
class Terminal(Watch):
    """A line a stage, and below them one line that is rewritten while an attempt runs.

    Attributes
    ----------
    write : callable
        Takes text as it is.
    last : float
        Time of the last update.
    """

    write: Callable[[str], object]
    last: float = 0.0

    @override
    def stage(self, text: str) -> None:
        self.write(f"{CLEAR}{text}\n")

    @override
    def draws(self, attempt: str, done: int, total: int, divergences: int) -> None:
        now = time.monotonic()
        if now - self.last >= BAR_SECONDS:
            self.last = now
            self.write(f"{CLEAR}{attempt}: {Progress((), done, total, divergences)!r}")


def watch(progress: bool) -> Watch:
    """Choose what shows the progress of a fit.

    Parameters
    ----------
    progress : bool
        Whether to show it.

    Returns
    -------
    Watch
        Nothing without `progress`, a cell in a notebook, lines on standard error elsewhere.
    """
    if not progress or sys.stderr is None:
        return Silent()
    if in_notebook():
        from IPython.display import display

        handle = display(Progress(()), display_id=True)  # type: ignore[no-untyped-call]
        return Cell(handle.update)
    if sys.stderr.isatty():
        return Terminal(_write)
    return Lines(lambda text: _write(f"{text}\n"))


def _write(text: str) -> None:
    """Write to standard error at once."""
    sys.stderr.write(text)
    sys.stderr.flush()


def in_notebook() -> bool:
    """Check whether output goes to a notebook's cell.

    Returns
    -------
    bool
        Whether an IPython kernel runs.
    """
    if "ipykernel" not in sys.modules:
        return False
    from ipykernel.zmqshell import ZMQInteractiveShell
    from IPython import get_ipython

    return isinstance(get_ipython(), ZMQInteractiveShell)
