"""The command line: it parses options, calls the library and returns an exit code. It computes nothing."""

from bayescale.cli import (
    decisions,
    describe,
    fit,
    integrity,
    learn_priors,
    maintenance,
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
    "describe",
    "fit",
    "integrity",
    "learn_priors",
    "main",
    "maintenance",
    "next_attempts",
    "preview",
    "query",
    "risk",
    "test_time_compute",
]
