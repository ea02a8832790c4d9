"""`bayescale capability`: answers, files and exit codes."""

import json
from pathlib import Path

import pytest

import bayescale as bs
from tests.capability.simulation import BENCHMARKS, scores_table
from tests.cli.conftest import Run
from tests.golden import golden_capability

OPTIONS = [text for name in BENCHMARKS for text in ("--benchmark", name)]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "models.csv"
    scores_table()[0].to_csv(path, index=False)
    return path


@pytest.fixture
def without_sampling(monkeypatch: pytest.MonkeyPatch) -> None:
    """The golden posterior of the same scores in place of a new one."""
    monkeypatch.setattr("bayescale.capability.fit.fit_capability", lambda *_, **__: golden_capability("models"))


@pytest.mark.usefixtures("without_sampling")
def test_the_terminal_gets_the_forecast(run: Run, table: Path, tmp_path: Path) -> None:
    out_file, saved = tmp_path / "report.html", tmp_path / "capability.nc"
    code, out, err = run("capability", table, *OPTIONS, "--out", out_file, "--save", saved, "--at", "model=1-1")
    assert code == 0, err
    assert "On choice, 1-1 scores" in out
    assert "gain per tenfold compute" in out
    assert out_file.exists()
    assert isinstance(bs.load(saved), bs.Capability)


@pytest.mark.usefixtures("without_sampling")
def test_json_is_one_document(run: Run, table: Path) -> None:
    code, out, err = run("capability", table, *OPTIONS, "--json")
    assert code == 0, err
    assert len(json.loads(out)["forecast"]) == 14


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--chance", "mmlu=0.25"), "no benchmark 'mmlu'"),
        (("--items", "code=many"), "is not a number"),
        (("--model", "name"), "no column 'name'"),
        (("--benchmark", "none"), "no column 'none'"),
    ],
)
def test_wrong_input_ends_with_code_2(run: Run, table: Path, arguments: tuple[str, ...], message: str) -> None:
    code, _, err = run("capability", table, *OPTIONS, *arguments)
    assert code == 2
    assert message in err


def test_scores_in_percent_are_converted(run: Run, table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal names an option that the command has; sampling is not tested here."""
    scores, tables = scores_table()[0].rename(columns={"choice": "mmlu"}), []
    scores["mmlu"] *= 100
    scores.to_csv(table, index=False)
    columns = ("--benchmark", "mmlu", "--benchmark", "open")

    def stop(runs: bs.Runs, *_: object, **__: object) -> bs.Capability:
        tables.append(runs.table)
        return golden_capability("models")

    code, _, err = run("capability", table, *columns)
    assert code == 2
    assert "--units mmlu=percent" in " ".join(err.split())
    monkeypatch.setattr("bayescale.capability.fit.fit_capability", stop)
    code, _, err = run("capability", table, *columns, "--units", "mmlu=percent")
    assert code == 0, err
    assert tables[-1]["mmlu"].max() <= 1
