"""The scalars of one run from events in the order they were written, as TensorBoard displays them after restarts.

A run that crashes and restarts from a checkpoint logs some steps again. Points after that checkpoint belong to an
abandoned branch. TensorBoard drops them by two rules, which are applied here: a session that starts at a step abandons
every later point, and a value at an earlier step abandons the later points of its tag.
"""

from collections import defaultdict
from dataclasses import dataclass, field

import pandas as pd

from bayescale.core.notes import Note
from bayescale.core.text import count


@dataclass
class History:
    """Values by tag and step while the events of a run are read.

    Attributes
    ----------
    points : dict of str to dict of int to float
        {tag: {step: value}}, with rising steps.
    abandoned : int
        Points dropped because the run went back before their step.
    repeated : int
        Values logged again at the last logged step.
    restarts : set of int
        Steps that the run went back to.
    """

    points: defaultdict[str, dict[int, float]] = field(default_factory=lambda: defaultdict(dict))
    abandoned: int = 0
    repeated: int = 0
    restarts: set[int] = field(default_factory=set)

    def start(self, step: int) -> None:
        """Record that a session starts: points at its step and later are abandoned, whatever their tag.

        Parameters
        ----------
        step : int
            The step.
        """
        for tag in self.points:
            self._go_back(tag, step)

    def add(self, tag: str, step: int, value: float) -> None:
        """Record a logged value.

        Parameters
        ----------
        tag : str
            Name of the scalar.
        step : int
            The step.
        value : float
            The value.
        """
        values = self.points[tag]
        last = next(reversed(values), None)
        if last is not None and step < last:
            self._go_back(tag, step)
        self.repeated += step in values
        values[step] = value

    def _go_back(self, tag: str, step: int) -> None:
        values = self.points[tag]
        dropped = 0
        while values and next(reversed(values)) >= step:
            values.popitem()
            dropped += 1
        if dropped:
            self.abandoned += dropped
            self.restarts.add(step)

    def table(self, run: str) -> pd.DataFrame:
        """Return the points of the run.

        Parameters
        ----------
        run : str
            Name of the run.

        Returns
        -------
        DataFrame of shape (n_steps, n_tags + 2)
            One row per step with `run`, `step` and a column per tag.
        """
        rows: defaultdict[int, dict[str, float]] = defaultdict(dict)
        for tag, values in self.points.items():
            for step, value in values.items():
                rows[step][tag] = value
        return pd.DataFrame([{"run": run, "step": step} | rows[step] for step in sorted(rows)])

    def notes(self, run: str) -> list[Note]:
        """Return notes on the values that are dropped.

        Parameters
        ----------
        run : str
            Name of the run.

        Returns
        -------
        list of Note
            The notes.
        """
        notes = []
        if self.abandoned:
            steps = sorted(self.restarts)
            where = f"step {steps[0]}" if len(steps) == 1 else f"{len(steps)} earlier steps, the first {steps[0]}"
            verb = "is" if self.abandoned == 1 else "are"
            message = (
                f"{run}: {count(self.abandoned, 'value')} of an abandoned branch {verb} left out: the run went back to "
                f"{where}."
            )
            notes.append(Note("abandoned_branch", message, (run,)))
        if self.repeated:
            message = f"{run}: {count(self.repeated, 'value')} logged again for a step; the last one counts."
            notes.append(Note("repeated_steps", message, (run,)))
        return notes
