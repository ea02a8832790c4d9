"""Decisions from a saved posterior on the command line: the same numbers as in Python, and refusals."""

import json
from pathlib import Path

import pytest

from bayescale.scaling.result import Fit
from tests.cli.conftest import Run

A, B = "n_params=1e9,n_tokens=2e10,family=a", "n_params=1e9,n_tokens=2e10,family=b"


def test_compare(run: Run, saved: Path, plain_fit: Fit) -> None:
    code, out, _ = run("compare", saved, "--a", A, "--b", B, "--json")
    row = json.loads(out)["comparison"][0]
    one, other = ({"n_params": 1e9, "n_tokens": 2e10, "family": family} for family in "ab")
    assert code == 0
    assert row["law_below"] == plain_fit.compare(one, other).table["law_below"][0]
    _, out, _ = run("compare", saved, "--a", A, "--b", B.removesuffix(",family=b"))
    assert "n_params=1B, n_tokens=20B, a" in out
    assert "a new family" in out


def test_allocate_and_required(run: Run, saved: Path, plain_fit: Fit) -> None:
    _, out, _ = run("allocate", saved, "--flops", "1e20", "--flops", "1e22", "--family", "a", "--json")
    rows = json.loads(out)["allocation"]
    expected = plain_fit.allocate([1e20, 1e22], family="a").table["n_params_median"]
    assert [row["n_params_median"] for row in rows] == pytest.approx(expected.tolist())
    _, out, _ = run("allocate", saved, "--flops", "1e22", "--tokens-served", "1e12")
    assert "1T tokens served" in out
    _, out, _ = run("required", saved, "--loss", "2.3", "--loss", "1.2", "--family", "a")
    assert "∞" in out
    assert "∞ to" not in out.replace("\u00a0", " ")
    _, out, _ = run("required", saved, "--loss", "1.2", "--family", "a", "--json")
    row = json.loads(out)["requirement"][0]
    assert row["flops_median"] is None
    assert row["never"] == 1


def test_multiplier(run: Run, saved: Path, plain_fit: Fit) -> None:
    code, out, _ = run("multiplier", saved, "--recipe", "a", "--baseline", "b", "--flops", "1e21", "--json")
    row = json.loads(out)["multiplier"][0]
    assert code == 0
    assert row["multiplier_median"] == plain_fit.multiplier("a", "b", 1e21).table["multiplier_median"][0]
    _, out, _ = run("multiplier", saved, "--recipe", "a", "--baseline", "b", "--flops", "1e21")
    assert "Compute that b takes for the loss of a" in out


def test_money_and_formulas(run: Run, saved: Path) -> None:
    money = ("--accelerator", "H100", "--mfu", "0.4", "--price-per-hour", "2")
    _, out, _ = run("allocate", saved, "--price", "1e6", *money, "--family", "a", "--json")
    row = json.loads(out)["allocation"][0]
    assert row["price"] == pytest.approx(1e6)
    assert row["flops"] == pytest.approx(5e5 * 989e12 * 0.4 * 3600)
    _, out, _ = run("required", saved, "--loss", "2.3", *money, "--family", "a")
    assert "accelerator hours" in out
    _, out, _ = run(
        "allocate", saved, "--flops", "1e21", "--family", "a", "--cost", "6*n_params*n_tokens + 1e9*n_tokens"
    )
    assert "training tokens" in out


def test_wrong_arguments_are_errors(run: Run, saved: Path) -> None:
    for arguments, said in (
        (("compare", saved, "--a", A, "--b", "n_params=1e9"), "b: input 'n_tokens' is missing"),
        (("allocate", saved, "--flops", "1e20", "--family", "aa"), "Did you mean 'a'"),
        (("allocate", saved, "--flops", "1e20", "--hold", "lr=x"), "is not a number"),
        (("allocate", saved, "--flops", "1e20", "--hold", "lr=1"), "not an input that can be held fixed"),
        (("required", saved, "--loss", "-1"), "loss="),
        (("allocate", saved), "give a budget"),
        (("allocate", saved, "--price", "5"), "--price needs --accelerator"),
        (("allocate", saved, "--flops", "1e21", "--mfu", "0.4"), "--mfu needs --accelerator"),
        (("allocate", saved, "--flops", "1e21", "--accelerator", "H100"), "needs --mfu"),
        (("allocate", saved, "--flops", "1e21", "--cost", "6*n_params"), "exactly two inputs"),
        (("allocate", saved.with_name("none.nc"), "--flops", "1e20"), "none.nc"),
    ):
        code, out, err = run(*arguments)
        assert code == 2
        assert out == ""
        assert said in err
