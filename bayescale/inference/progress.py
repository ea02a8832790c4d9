"""How far sampling has come, in a notebook. On a terminal the sampler's own bar does that."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

type Moved = Callable[[int, int], None]


@dataclass(frozen=True)
class Progress:
    """Draws done of those asked for, over all chains, tuning among them."""

    attempt: str
    done: int
    total: int
    divergences: int

    def __repr__(self) -> str:
        divergent = f", {self.divergences} divergent" if self.divergences else ""
        return f"sampling ({self.attempt}): {self.done} of {self.total} draws{divergent}"

    def _repr_html_(self) -> str:
        bar = f'<progress max="{self.total}" value="{self.done}" aria-label="draws"></progress>'
        return f"<div>{bar} {escape(repr(self))}</div>"


def in_notebook() -> bool:
    """Whether output goes to a notebook's cell."""
    if "ipykernel" not in sys.modules:
        return False
    from ipykernel.zmqshell import ZMQInteractiveShell
    from IPython import get_ipython

    return isinstance(get_ipython(), ZMQInteractiveShell)


def shown_in_cell(attempt: str, total: int) -> Moved:
    """A bar in the cell that runs, and what moves it: told of draws done and of divergences."""
    from IPython.display import display

    handle = display(Progress(attempt, 0, total, 0), display_id=True)  # type: ignore[no-untyped-call]

    return lambda done, divergences: handle.update(Progress(attempt, done, total, divergences))
