"""The command line: it parses options, calls the library and returns an exit code. It computes nothing."""

from bayescale.cli import (
    decisions,
    describe,
    families,
    fit,
    horizon,
    integrity,
    learn_priors,
    maintenance,
    mixture,
    preview,
    query,
)
from bayescale.cli.app import app, main
from bayescale.cli.attempts import next_attempts, risk, test_time_compute

__all__ = [
    "app",
    "decisions",
    "describe",
    "families",
    "fit",
    "horizon",
    "integrity",
    "learn_priors",
    "main",
    "maintenance",
    "mixture",
    "next_attempts",
    "preview",
    "query",
    "risk",
    "test_time_compute",
]
