"""Test that no command prints lines wider than a terminal of 80 and of 100 columns."""

from pathlib import Path

import pytest

from bayescale.maintenance.store.posteriors import Store
from tests.cli.conftest import Run, arguments_for

A, B = "n_params=1e9,n_tokens=2e10,family=a", "n_params=3e9,n_tokens=2e10,family=b"
MONEY = ("--accelerator", "H100", "--mfu", "0.4", "--price-per-hour", "2", "--accelerators", "64")

#: Words of each command on a saved posterior.
ON_A_FIT = {
    "forecast": ("--at", A, "--at", "n_params=1e14,n_tokens=2e15"),
    "compare": ("--a", A, "--b", B),
    "compare-families": ("--along", "n_tokens", "--hold", "n_params=1e9"),
    "multiplier": ("--recipe", "a", "--baseline", "b", "--flops", "1e21"),
    "allocate": ("--flops", "1e21", "--flops", "1e27", *MONEY),
    "required": ("--loss", "2.3", "--loss", "1.2", *MONEY),
    "mixture": ("--flops", "1e21"),
    "plan": ("--candidate", A, "--candidate", B, "--at", "n_params=7e10,n_tokens=1e12,family=a"),
}


@pytest.fixture(params=[80, 100])
def width(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("COLUMNS", str(request.param))
    return int(request.param)


def require_fit(printed: tuple[int, str, str], width: int) -> None:
    code, out, err = printed
    assert code in (0, 2)
    assert out or err
    too_long = [line for line in f"{out}\n{err}".splitlines() if len(line) > width]
    assert not too_long, too_long[:3]


@pytest.mark.parametrize("command", ON_A_FIT)
def test_answers_from_a_posterior(run: Run, saved: Path, width: int, command: str) -> None:
    require_fit(run(command, saved, *ON_A_FIT[command]), width)


@pytest.mark.parametrize("words", [("laws",), ("laws", "joint"), ("laws", "farseer"), ("allocate", "none.nc")])
def test_lists_descriptions_and_refusals(run: Run, width: int, words: tuple[str, ...]) -> None:
    require_fit(run(*words), width)


def test_help_of_every_command(run: Run, width: int) -> None:
    from typer.main import get_command

    from bayescale.cli.app import app

    for name in get_command(app).commands:  # type: ignore[attr-defined]
        require_fit(run(name, "--help"), width)


@pytest.mark.parametrize("words", [("show", "pile"), ("history", "pile"), ("verify",)])
def test_maintained_models(run: Run, store: Store, width: int, words: tuple[str, ...]) -> None:
    name, *model = words
    require_fit(run(name, *model, *(("--store",) if model else ()), store.url), width)


def test_risk_with_checks(run: Run, prompts_table: Path, width: int) -> None:
    require_fit(run("risk", *arguments_for(prompts_table), "--mixing", "beta", "--seed", 4, "--checks"), width)
