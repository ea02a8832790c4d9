"""What comes in: tables of runs, read and validated whole. Nothing downstream sees raw input."""

from bayescale.data.runs import Runs, needs, read_runs

__all__ = ["Runs", "needs", "read_runs"]
