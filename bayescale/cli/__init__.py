"""The command line: it parses options, calls the library and returns an exit code. It computes nothing."""

from bayescale.cli import (
    decisions,
    fit,
    integrity,
    maintenance,
    mixture,
    next_attempts,
    preview,
    query,
    risk,
    test_time_compute,
)
from bayescale.cli.app import app, main

__all__ = [
    "app",
    "decisions",
    "fit",
    "integrity",
    "main",
    "maintenance",
    "mixture",
    "next_attempts",
    "preview",
    "query",
    "risk",
    "test_time_compute",
]
