"""The content of a file says which log it is, at every door."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

import bayescale as bs
from bayescale.cli import app
from bayescale.data.eval_logs.kinds import INSPECT, log_kind
from bayescale.data.sources import Attempts, read_source, trials_of
from bayescale.maintenance.source_rows import read_rows
from bayescale.maintenance.specs.spec_files import read_spec
from tests.data.eval_logs import attempt_logs as logs
from tests.data.eval_logs.log_files import refused

GARAK = logs.garak_attempt(0, {"d": [1.0, 0.0]})
WRITE: dict[str, Callable[[Path], Path]] = {
    "a report of garak": lambda at: logs.garak_report(at / "x.report.jsonl", [GARAK]),
    "a memory of PyRIT": lambda at: logs.pyrit_memory(at / "x.db", [("a", "A", "success"), ("a", "A", "failure")]),
    "results of tau-bench": lambda at: logs.tau_results(at / "x.json", {0: [1.0, 0.0]}),
    "results of EvalPlus": lambda at: logs.evalplus_results(at / "x.json", {"t": [("pass", None), ("fail", None)]}),
    "results of HumanEval": lambda at: logs.humaneval_results(at / "x.jsonl", {"t": [True, False]}),
    "an artifact of JailbreakBench": lambda at: logs.jailbreak_artifact(at / "x.json", {"p": True, "q": False}),
}


@pytest.mark.parametrize("name", WRITE)
def test_every_door_reads_every_log(name: str, tmp_path: Path) -> None:
    path = WRITE[name](tmp_path)
    kind = log_kind([path])
    assert kind is not None
    assert kind.name == name
    trials = bs.read_trials(path)
    assert trials.table[["attempts", "successes"]].sum().tolist() == [2, 1]
    assert trials_of(read_source(Attempts(str(path)))).digest == trials.digest
    described = CliRunner().invoke(app, ["describe", str(path), "--json"], catch_exceptions=False)
    assert json.loads(described.stdout)["kind"] == "trials"
    (tmp_path / "risk.toml").write_text(f'budgets = [10]\n[data]\nsource = "{path.name}"\n[risk]\n')
    assert read_rows(read_spec(tmp_path / "risk.toml")).digest == trials.digest


def test_compressed_logs(tmp_path: Path) -> None:
    path = WRITE["results of tau-bench"](tmp_path)
    packed = tmp_path / "y.json.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert bs.read_trials(packed).table["successes"].tolist() == [1]


def test_logs_of_several_kinds_are_refused(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    first, second = WRITE["results of tau-bench"](tmp_path), WRITE["results of EvalPlus"](tmp_path / "b")
    refused([first, second], "not results of tau-bench as the other files")
    (tmp_path / "c.json").write_text("{")
    assert log_kind([tmp_path / "c.json"]) is INSPECT
