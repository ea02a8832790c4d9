"""The command line: parse, call, exit code. A module for each kind of command; `app` is what they register with."""

from bayescale.cli import decisions, fit, integrity, maintenance, query, risk, test_time_compute
from bayescale.cli.app import app, main

__all__ = ["app", "asks", "care", "compute", "decisions", "fits", "main", "maintain", "risk"]
