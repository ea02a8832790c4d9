"""Only regular files are read, and no output replaces anything else; what cannot be written is refused before work."""

import os
import re
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import bayescale as bs
from bayescale.core.paths import irregular, unwritable
from bayescale.data.sources.object_store import find_files
from bayescale.report.render import files
from benchmarks.hostile_calls import deadline
from tests.cli.conftest import run

__all__ = ["run"]


@pytest.fixture
def odd_files(tmp_path: Path) -> Iterator[dict[str, Path]]:
    """A named pipe, a socket, and links to them and to devices."""
    os.mkfifo(tmp_path / "pipe.csv")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "s.csv"))
    for name, target in (("zero", "/dev/zero"), ("null", "/dev/null"), ("linked", tmp_path / "pipe.csv")):
        (tmp_path / f"{name}.csv").symlink_to(target)
    (tmp_path / "twice.csv").symlink_to(tmp_path / "zero.csv")
    yield {path.stem: path for path in tmp_path.glob("*.csv")}
    server.close()


def renamed(path: Path, suffix: str) -> Path:
    """A link of another suffix to the same thing."""
    link = path.with_suffix(suffix)
    if not link.is_symlink():
        link.symlink_to(path)
    return link


def test_only_regular_files_are_read(odd_files: dict[str, Path]) -> None:
    readers = [
        (".csv", bs.read_runs),
        (".parquet", bs.read_runs),
        (".jsonl", bs.read_runs),
        (".csv", bs.read_trials),
        (".parquet", bs.read_trials),
        (".eval", bs.read_trials),
        (".json", bs.read_trials),
        (".nc", bs.load),
        (".toml", bs.read_law),
        (".csv", lambda path: find_files([str(path)], 5.0)),
    ]
    assert len(odd_files) == 6
    for path in odd_files.values():
        for suffix, read in readers:
            with deadline(20.0), pytest.raises(bs.BayescaleError, match="regular file"):
                read(path if suffix == ".csv" else renamed(path, suffix))


def test_no_output_replaces_what_is_not_a_file(odd_files: dict[str, Path], tmp_path: Path) -> None:
    risk = bs.fit_risk(
        pd.DataFrame({"problem": list("abcdef"), "attempts": 10, "successes": [0, 1, 2, 3, 0, 5]}),
        mixing="beta",
        draws=100,
        random_seed=1,
    )
    content = bs.risk_report(risk, [100], title="Risk")
    for path in odd_files.values():
        kind = stat.S_IFMT(path.stat().st_mode)
        with deadline(20.0):
            with pytest.raises(bs.StoredPosteriorError, match="regular file"):
                risk.save(renamed(path, ".nc"))
            with pytest.raises(bs.InputError, match="regular file"):
                content.save(renamed(path, ".html"))
            with pytest.raises(bs.InputError, match="regular file"):
                files.write_text("x", path)
        assert stat.S_IFMT(path.stat().st_mode) == kind
        assert renamed(path, ".nc").is_symlink()
    with pytest.raises(bs.StoredPosteriorError, match=r"ends in \.nc"):
        risk.save(tmp_path / "risk")
    risk.save(tmp_path / "risk.nc")
    assert bs.load(tmp_path / "risk.nc").notes == risk.notes


def test_regular_files_and_folders_are_not_irregular(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x")
    (tmp_path / "b.csv").symlink_to(tmp_path / "a.csv")
    for path in (tmp_path, tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "none.csv", "\x00"):
        assert irregular(path) == ""
    assert irregular("/dev/null") == "a device"
    assert irregular("/proc/self/status") == "a file of the kernel"


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("-", "--json prints to standard output"),
        ("nowhere/a.nc", "there is no folder nowhere"),
        ("a.txt", "ends in .nc"),
        ("a\x00.nc", "NUL"),
        ("\ud800.nc", "surrogate"),
        ("a" * 300 + ".nc", "at most 200 bytes"),
        (".", "is a folder"),
    ],
)
def test_outputs_that_cannot_be_written_are_named(
    path: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert re.search(says, unwritable(path, (".nc",)))
    assert unwritable("a.nc", (".nc",)) == ""


@pytest.mark.parametrize(
    "words",
    [
        ["fit", "example:pile", "--prob", "2"],
        ["fit", "example:pile", "--prob", "nan"],
        ["fit", "example:pile", "--seed", "-1"],
        ["fit", "example:pile", "--out", "nowhere/fit.nc"],
        ["fit", "example:pile", "--out", "fit.txt"],
        ["fit", "example:pile", "--out", "/dev/null"],
        ["fit", "example:pile", "--out", "-"],
        ["fit", "example:pile", "--at", "n_params=7e10,n_tokens=1e12", "--report", "nowhere/a.html"],
        ["fit", "example:pile", "--family", "nothing", "--at", "n_params=7e10,n_tokens=1e12,family=x"],
        ["backtest", "example:pile", "--out", "nowhere/a.csv"],
        ["backtest", "example:pile", "--prob", "0"],
        ["backtest", "example:pile", "--seed", "-1"],
        ["backtest", "example:pile", "--at", "nan"],
        ["risk", "trials.csv", "--save", "nowhere/a.nc"],
        ["risk", "trials.csv", "--save", "a.txt"],
        ["risk", "trials.csv", "--out", "/dev/null"],
        ["risk", "trials.csv", "--seed", "-1"],
        ["risk", "trials.csv", "--prob", "1"],
        ["risk", "trials.csv", "--at", "inf"],
        ["demo", "--out", "trials.csv"],
        ["demo", "--out", "odd"],
        ["init", "example:pile", "--out", "/dev/null"],
        ["init", "example:pile", "--out", "trials.csv/model.toml"],
    ],
)
def test_commands_refuse_before_they_sample(
    words: list[str], run: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sampled(*_: object, **__: object) -> None:
        raise AssertionError("sampled")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bayescale.scaling.single_law.sample_posterior", sampled)
    monkeypatch.setattr("bayescale.risk.fit.sample", sampled)
    Path("trials.csv").write_text("problem,attempts,successes\na,10,1\nb,10,2\nc,10,0\n")
    Path("odd").mkdir()
    Path("odd/report.html").symlink_to("/dev/null")
    code, out, err = run(*words)  # type: ignore[operator]
    assert code == 2
    assert not out
    assert err
    assert sorted(os.listdir(tmp_path)) == ["odd", "trials.csv"]
