"""The command line: parse, call, exit code. A module for each kind of command; `app` is what they register with."""

from bayescale.cli import asks, care, compute, decisions, fits, maintain, risk
from bayescale.cli.app import app, main

__all__ = ["app", "asks", "care", "compute", "decisions", "fits", "main", "maintain", "risk"]
