"""Where a fit is: a line a stage on standard error, or a bar in a notebook's cell. All of it from the calling thread:
a notebook opens files for every thread that displays something."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Protocol

FIRST_ESTIMATE = 5.0  # seconds of sampling before the first line that says how long it takes
LEAST_SHARE = 0.1  # of the draws, before which a remaining time is no better than a guess
BAR_SECONDS = 0.5  # least time between two updates of a bar
CLEAR = "\r\x1b[2K"  # back to the start of a terminal's line, which is emptied


class Watch(Protocol):
    """What shows where a fit is. Both methods are called from the thread that fits, and return at once."""

    def stage(self, text: str) -> None:
        """A stage begins, or something about it became known."""

    def moved(self, attempt: str, done: int, total: int, divergences: int) -> None:
        """`done` of `total` draws of an attempt are there, over all chains, tuning among them."""


class Silent:
    """Shows nothing."""

    def stage(self, text: str) -> None:
        return

    def moved(self, attempt: str, done: int, total: int, divergences: int) -> None:
        return


@dataclass
class Lines:
    """A line a stage. While an attempt runs, a line after 5, 10, 20 … seconds says about how long it still takes."""

    write: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    attempt: str = ""
    began: float = 0.0
    next_line: float = 0.0

    def stage(self, text: str) -> None:
        self.write(text)

    def moved(self, attempt: str, done: int, total: int, divergences: int) -> None:
        now = self.clock()
        if attempt != self.attempt:
            self.attempt, self.began, self.next_line = attempt, now, now + FIRST_ESTIMATE
        if now < self.next_line or done < LEAST_SHARE * total or done >= total:
            return
        spent = now - self.began
        self.next_line = now + spent
        divergent = f", {divergences} divergent" if divergences else ""
        left = spent * (total - done) / done
        self.write(f"{attempt}: {done:,} of {total:,} draws after {spent:.0f} s{divergent}; about {left:.0f} s to go")


@dataclass(frozen=True)
class Progress:
    """The stages so far and, while an attempt runs, its draws done of those asked for; shown in a notebook's cell."""

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
class Cell:
    """One display of a notebook's cell, updated in place at most twice a second."""

    update: Callable[[Progress], None]
    stages: list[str] = field(default_factory=list)
    last: float = 0.0

    def stage(self, text: str) -> None:
        self.stages.append(text)
        self.update(Progress(tuple(self.stages)))

    def moved(self, attempt: str, done: int, total: int, divergences: int) -> None:
        now = time.monotonic()
        if now - self.last >= BAR_SECONDS:
            self.last = now
            self.update(Progress(tuple(self.stages), done, total, divergences))


@dataclass
class Terminal:
    """A line a stage, and below them one line that is rewritten while an attempt runs."""

    write: Callable[[str], object]
    last: float = 0.0

    def stage(self, text: str) -> None:
        self.write(f"{CLEAR}{text}\n")

    def moved(self, attempt: str, done: int, total: int, divergences: int) -> None:
        now = time.monotonic()
        if now - self.last >= BAR_SECONDS:
            self.last = now
            self.write(f"{CLEAR}{attempt}: {Progress((), done, total, divergences)!r}")


def watch(progress: bool) -> Watch:
    """What shows where a fit is: nothing unless asked for, a cell in a notebook, lines on standard error elsewhere."""
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
    sys.stderr.write(text)
    sys.stderr.flush()


def in_notebook() -> bool:
    """Whether output goes to a notebook's cell."""
    if "ipykernel" not in sys.modules:
        return False
    from ipykernel.zmqshell import ZMQInteractiveShell
    from IPython import get_ipython

    return isinstance(get_ipython(), ZMQInteractiveShell)
