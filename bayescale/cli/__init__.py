"""The command line: parse, call, exit code. Nothing is computed here."""

from bayescale.cli import decisions, fit, integrity, maintenance, query, risk, test_time_compute
from bayescale.cli.app import app, main

__all__ = ["app", "decisions", "fit", "integrity", "main", "maintenance", "query", "risk", "test_time_compute"]
