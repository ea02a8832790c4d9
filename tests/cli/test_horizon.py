"""`bayescale horizon`: answers, files and exit codes."""

import json
import re
from pathlib import Path

import pytest

import bayescale as bs
from tests.cli.conftest import Run
from tests.golden import golden_horizon
from tests.horizon.simulation import RELEASED, agent_trials


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "agents.csv"
    trials = agent_trials()
    trials.assign(release_date=trials["model"].map(RELEASED)).to_csv(path, index=False)
    return path


@pytest.fixture
def without_sampling(monkeypatch: pytest.MonkeyPatch) -> None:
    """The golden posterior of the same trials in place of a new one."""
    monkeypatch.setattr("bayescale.horizon.fit.fit_horizon", lambda *_, **__: golden_horizon("agents"))


@pytest.mark.usefixtures("without_sampling")
def test_the_terminal_gets_claims_and_tables(run: Run, table: Path, tmp_path: Path) -> None:
    out_file, saved = tmp_path / "report.html", tmp_path / "horizon.nc"
    code, out, err = run("horizon", table, "--out", out_file, "--save", saved, "--on", "2026-01-01", "--reach", 480)
    assert code == 0, err
    assert "has the longest horizon" in out
    assert "Probability that a horizon is reached" in out
    assert "2026-01-01" in out
    assert out_file.exists()
    assert isinstance(bs.load(saved), bs.Horizon)


@pytest.mark.usefixtures("without_sampling")
def test_json_is_one_document(run: Run, table: Path) -> None:
    code, out, err = run("horizon", table, "--json", "--level", 0.5)
    assert code == 0, err
    assert len(json.loads(out)["horizons"]) == 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--level", 2), "between 0 and 1"),
        (("--on", "soon"), "--on"),
        (("--agent", "bot"), "column 'bot' is not in the trials"),
        (("--released", "nobody=2024-01-01"), "no agent is named 'nobody'"),
        (("--reach", -1), "--reach"),
    ],
)
def test_wrong_input_ends_with_code_2(run: Run, table: Path, arguments: tuple[object, ...], message: str) -> None:
    code, _, err = run("horizon", table, *arguments)
    assert code == 2
    assert message in err


@pytest.mark.usefixtures("without_sampling")
def test_a_redacted_report_names_no_agent(run: Run, table: Path) -> None:
    code, out, err = run("horizon", table, "--redact")
    assert code == 0, err
    assert "agent 1" in out
    assert not re.search(r"\blate\b", out)
    assert "alert(1)" not in out
    assert table.name not in out
