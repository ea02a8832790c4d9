"""The scalars of one run from events in the order they were written, as TensorBoard shows them after restarts.

A run that crashes and restarts from a checkpoint logs some steps again. What was logged after that checkpoint belongs
to a branch that was abandoned. TensorBoard drops it, by two signs that are followed here: a session that starts at a
step abandons every later point, and a value at an earlier step abandons the later points of its own tag.
"""

from collections import defaultdict
from dataclasses import dataclass, field

import pandas as pd

from bayescale.core.text import count


@dataclass
class History:
    """Values by tag and step while a run's events are read.

    points     {tag: {step: value}}, steps rising.
    abandoned  points dropped because the run went back before their step.
    repeated   values that were logged again at the step logged last.
    restarts   steps that the run went back to.
    """

    points: defaultdict[str, dict[int, float]] = field(default_factory=lambda: defaultdict(dict))
    abandoned: int = 0
    repeated: int = 0
    restarts: set[int] = field(default_factory=set)

    def start(self, step: int) -> None:
        """A session starts at `step`: points at it and later are abandoned, whatever their tag."""
        for tag in self.points:
            self._go_back(tag, step)

    def add(self, tag: str, step: int, value: float) -> None:
        """A value that was logged."""
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
        """One row per step with a column per tag, and `run`."""
        rows: defaultdict[int, dict[str, float]] = defaultdict(dict)
        for tag, values in self.points.items():
            for step, value in values.items():
                rows[step][tag] = value
        return pd.DataFrame([{"run": run, "step": step} | rows[step] for step in sorted(rows)])

    def notes(self, run: str) -> list[str]:
        """What was dropped."""
        notes = []
        if self.abandoned:
            steps = sorted(self.restarts)
            where = f"step {steps[0]}" if len(steps) == 1 else f"{len(steps)} earlier steps, the first {steps[0]}"
            verb = "is" if self.abandoned == 1 else "are"
            notes.append(
                f"{run}: {count(self.abandoned, 'value')} of an abandoned branch {verb} left out: the run went back to "
                f"{where}."
            )
        if self.repeated:
            notes.append(f"{run}: {count(self.repeated, 'value')} logged again for a step; the last one counts.")
        return notes
