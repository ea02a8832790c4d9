"""`bayescale init` checks the name of the spec."""

from pathlib import Path

from tests.cli.conftest import Run


def test_a_spec_is_a_toml_file(run: Run, runs_table: Path, tmp_path: Path) -> None:
    code, _, err = run("init", runs_table, "--out", tmp_path / "model.txt")
    assert code == 2
    assert "must end in .toml" in err
    assert not (tmp_path / "model.txt").exists()
