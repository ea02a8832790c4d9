"""Readers and validation of what comes in: runs and trials, whole, with notes. No model is fitted here."""

from bayescale.data.reading import read_runs
from bayescale.data.runs import Runs, needs

__all__ = ["Runs", "needs", "read_runs"]
