"""Calls of the command line in this process, and tables of attempts for them."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayescale import cli

type Run = Callable[..., tuple[int, str, str]]

QUICK = ("--mixing", "beta", "--seed", "4")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call the command line in this process: exit code, standard output, standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["bayescale", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        captured = capsys.readouterr()
        return int(left.value.code or 0), captured.out, captured.err

    return call


def write_attempts(folder: Path, groups: dict[str, float], column: str, problems: int, attempts: int) -> Path:
    """Write counts of attempts. `groups` holds the second parameter of each group's Beta distribution of rates."""
    rng = np.random.default_rng(8)
    rows = [
        (value, f"=p{i}", attempts, rng.binomial(attempts, rng.beta(0.5, b)))
        for value, b in groups.items()
        for i in range(problems)
    ]
    path = folder / "attempts.csv"
    pd.DataFrame(rows, columns=[column, "problem", "attempts", "successes"]).to_csv(path, index=False)
    return path
