"""Calls of the command line in this process, and tables of attempts for them."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bayescale import cli
from bayescale.data.trials import read_trials
from bayescale.risk.fit import fit_risk
from bayescale.risk.result import Risk
from bayescale.scaling.result import Fit
from tests.maintenance.store.conftest import store, tree  # noqa: F401

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


@pytest.fixture
def saved(plain_fit: Fit, tmp_path: Path) -> Path:
    """The golden posterior of the Chinchilla law, as a file."""
    plain_fit.save(tmp_path / "fit.nc")
    return tmp_path / "fit.nc"


@pytest.fixture
def runs_table(tmp_path: Path) -> Path:
    """Runs under other people's names, one of them without tokens."""
    path = tmp_path / "runs.csv"
    pairs = [(n, n * ratio) for n in (1e8, 3e8, 1e9, 3e9) for ratio in (5, 20, 80, 320)]
    frame = pd.DataFrame(pairs, columns=["Model Size", "n_tokens"]).assign(family="\x1b[31mred")
    law = 1.7 + 406 / frame["Model Size"] ** 0.34 + 411 / frame["n_tokens"] ** 0.28
    frame["loss"] = law * np.exp(0.01 * np.random.default_rng(1).standard_normal(len(frame)))
    without_tokens = frame.head(1).assign(n_tokens=None, loss=frame["loss"] + 0.1)  # a run of its own: no repeated loss
    pd.concat([frame, without_tokens]).to_csv(path, index=False)
    return path


@pytest.fixture
def prompts_table(tmp_path: Path) -> Path:
    """Counts under other people's names: two models, two attacks, and prompts that nobody should trust."""
    rng = np.random.default_rng(8)
    rows = [
        (model, attack, f"<b>\x1b[31mprompt</b> {i}", 50, rng.binomial(50, rng.beta(0.5, b)), 1)
        for model, b in (("\x1b[31mred", 8.0), ("plain", 20.0))
        for attack in ("gcg", "pair")
        for i in range(15)
    ]
    names = ["model", "attack", "Prompt", "attempts", "successes", "errors"]
    path = tmp_path / "attempts.csv"
    pd.DataFrame(rows, columns=names).to_csv(path, index=False)
    return path


def arguments_for(table: Path) -> tuple[object, ...]:
    return (table, "--rename", "Prompt=problem", "--by", "model")


def python(table: Path, **settings: Any) -> Risk:
    """What the same question gives in Python."""
    trials = read_trials(table, rename={"Prompt": "problem"})
    return fit_risk(trials, ["model"], mixing="beta", random_seed=4, **settings)
