"""`bayescale mixture`: refusals."""

from pathlib import Path

from tests.cli.conftest import Run


def test_a_fit_without_weights_is_refused(run: Run, saved: Path) -> None:
    code, out, err = run("mixture", saved, "--flops", "1e21")
    assert code == 2
    assert not out
    assert "two or more weights" in err


def test_a_weight_that_is_no_number_is_refused(run: Run, saved: Path) -> None:
    code, _, err = run("mixture", saved, "--flops", "1e21", "--baseline", "web=much")
    assert code == 2
    assert "--baseline web='much' is not a number" in err
