"""Re-fits as a schedule makes them: what changed, which path ran, what was published, what landed, what failed."""

import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from bayescale.loading import as_posterior, require_whole
from bayescale.maintenance.outcome import Outcome, exit_code
from bayescale.maintenance.refit import RefitOptions, refit, refit_one
from bayescale.maintenance.source_rows import Rows, read_rows
from bayescale.maintenance.specs.spec import ModelSpec
from bayescale.maintenance.specs.spec_files import read_spec, read_specs
from bayescale.maintenance.store.posteriors import Store
from bayescale.report import maintained_report
from bayescale.report.elements import Report
from tests.conftest import simulated_runs
from tests.maintenance.conftest import GOLDEN, PLAIN, RISK, Heard

SPEC = f"""\
{PLAIN}
[[forecast]]
run = "large"
family = "a"
n_params = 5e9
n_tokens = 1e11

[alerts]
prob = 0.98
"""
LARGE = {"family": "a", "run": "large", "n_params": 5e9, "n_tokens": 1e11}
GOLDEN_SPEC = SPEC.replace(PLAIN, GOLDEN)
EXPECTED = 2.266  # of the law that the runs are simulated from


def written(folder: Path, runs: pd.DataFrame, spec: str = SPEC) -> Path:
    runs.to_csv(folder / "runs.csv", index=False)
    (folder / "made.toml").write_text(spec, encoding="utf-8")
    return folder / "made.toml"


def again(path: Path, store: str, **asked: bool) -> Outcome:
    return refit([read_spec(path)], store, RefitOptions(**asked))[0]


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, dict[str, Outcome]]:
    """A model's life: first fit, nothing new, a column comes, a run lands inside, the spec asks more, upstream one run
    is altered and one deleted, that version is rolled back."""
    folder = tmp_path_factory.mktemp("models")
    store = str(folder / "store")
    runs = simulated_runs(n=12)
    path = written(folder, runs)
    seen = {"dry": again(path, store, dry_run=True), "first": again(path, store), "same": again(path, store)}
    written(folder, runs.assign(lr=3e-4, note="of no use"))
    seen["wider"] = again(path, store)
    longer = pd.concat([runs, pd.DataFrame([LARGE | {"loss": EXPECTED}])], ignore_index=True)
    written(folder, longer)
    seen["landed"] = again(path, store)
    written(folder, longer, SPEC + '\n[card]\nclaim = "said later"\n')
    seen["asked"] = again(path, store)
    altered = longer.assign(loss=longer["loss"].where(longer["run"] != "a3", longer["loss"] * 1.01))
    written(folder, altered[altered["run"] != "b7"], SPEC + '\n[card]\nclaim = "said later"\n')
    seen["altered"] = again(path, store)
    Store.open(store).rollback("made", 3)
    seen["rolled back"] = again(path, store)
    return path, store, seen


def test_each_step_takes_its_path(life: tuple[Path, str, dict[str, Outcome]]) -> None:
    seen = life[2]
    assert (seen["dry"].status, seen["dry"].version) == ("would fit", None)
    assert (seen["first"].status, seen["first"].path, seen["first"].version) == ("published", "sampled", 1)
    assert (seen["same"].status, seen["same"].version) == ("unchanged", 1)
    assert (seen["landed"].status, seen["landed"].path) == ("published", "re-weighted")
    assert seen["landed"].why == "1 row was added: a, large"
    assert (seen["asked"].path, seen["altered"].path) == ("kept", "sampled, warm-started from version 1")
    assert (seen["wider"].status, seen["wider"].version) == ("unchanged", 1)
    changed, deleted = seen["altered"].upstream
    assert changed.startswith("1 row was changed upstream: a, a3: ")
    assert "→" in changed
    assert deleted == "1 row was deleted upstream: b, b7."
    assert all(one.exit_code == 0 for one in seen.values())


def test_history_and_lineage_tell_it(life: tuple[Path, str, dict[str, Outcome]]) -> None:
    store = Store.open(life[1])
    *history, back = store.history("made")
    assert back.kind == "rolled back"
    assert [one.lineage["path"] for one in history] == [
        "sampled",
        "re-weighted",
        "kept",
        "sampled, warm-started from version 1",
    ]
    assert [one.lineage["sampled_version"] for one in history] == [None, 1, 1, None]
    assert len({one.lineage["data_digest"] for one in history}) == 3
    assert history[-1].lineage["spec"]["card"]["claim"] == "said later"
    assert history[-1].lineage["upstream"] == list(life[2]["altered"].upstream)
    assert history[0].lineage["columns"] == ["family", "run", "n_params", "n_tokens", "loss"]
    for one in history:
        fit = as_posterior(store.load("made", one, require_whole))
        assert fit.forecast([LARGE]).table["law_median"].iloc[0] == pytest.approx(EXPECTED, rel=0.02)
        assert json.dumps(dict(one.lineage))


@pytest.fixture(scope="module")
def reports(life: tuple[Path, str, dict[str, Outcome]]) -> list[Report]:
    """The model's report, and its redacted one."""
    return [maintained_report.report_of(Store.open(life[1]), "made", None, 0.9, redact) for redact in (False, True)]


@pytest.mark.parametrize("suffix", [".html", ".md", ".json"])
def test_a_redacted_report_names_no_run_of_the_store(reports: list[Report], tmp_path: Path, suffix: str) -> None:
    texts = []
    for report in reports:
        report.save(tmp_path / f"report{suffix}")
        texts.append(re.sub(r"<[^>]*>", "\n", (tmp_path / f"report{suffix}").read_text(encoding="utf-8")))
    plain, redacted = texts
    assert "1 row was added: a, large" in plain
    assert "runs.csv" in plain
    assert re.search(r"\b[ab]\d\b", plain)
    for name in ("a, large", '"large"', "\nlarge\n", "| large |", "runs.csv"):
        assert name not in redacted
    assert not re.search(r"\b[ab]\d\b", redacted)
    assert "1 row was added" in redacted
    assert "rolled back to version 3" in redacted
    assert "This report is redacted" in redacted


def test_what_was_rolled_back_is_not_made_again(life: tuple[Path, str, dict[str, Outcome]]) -> None:
    seen = life[2]["rolled back"]
    assert (seen.status, seen.version) == ("unchanged", 5)
    assert "version 4, which was rolled back: use --force to fit them again" in seen.why


def test_to_see_that_nothing_changed_brings_nothing_that_fits(life: tuple[Path, str, dict[str, Outcome]]) -> None:
    heavy = ("pymc", "pytensor", "numba", "nutpie", "arviz", "matplotlib", "scipy", "duckdb", "sklearn")
    code = (
        "import sys; from bayescale.cli import main; sys.argv[0] = 'bayescale'\n"
        "try: main()\n"
        f"finally: print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, "refit", str(life[0]), "--store", life[1]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "unchanged" in done.stdout
    assert done.stderr.splitlines()[-1] == "[]"


def test_the_run_that_landed_is_scored_once_and_forecast_no_more(life: tuple[Path, str, dict[str, Outcome]]) -> None:
    ledger = Store.open(life[1]).ledger("made")
    assert len(ledger) == 1
    row = ledger.iloc[0]
    assert (row["scored_run"], row["observed"], row["version"], row["scored_version"]) == ("large", EXPECTED, 1, 2)
    assert row["inside"] == 1
    assert 0.05 < row["pit"] < 0.95


def test_a_run_outside_its_forecast_is_drift_and_people_hear_of_it(
    tmp_path: Path, server: tuple[str, type[Heard]], golden_draws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERTS_URL", server[0])
    store, runs = str(tmp_path / "store"), simulated_runs()
    spec = GOLDEN_SPEC + 'webhook = "${ALERTS_URL}"\n'
    path = written(tmp_path, runs, spec)
    again(path, store)
    assert server[1].posted == []
    landed = pd.DataFrame([LARGE | {"loss": 1.2 * EXPECTED}])
    written(tmp_path, pd.concat([runs[runs["run"] != "b7"], landed], ignore_index=True), spec)
    script, heard = tmp_path / "hear.py", tmp_path / "heard"
    script.write_text("import sys\nopen(sys.argv[1], 'a').write(sys.stdin.read() + chr(10))\n", encoding="utf-8")
    found = refit([read_spec(path)], store, RefitOptions(command=f"{sys.executable} {script} {heard}"))[0]
    said = [json.loads(line) for line in heard.read_text(encoding="utf-8").splitlines()]
    assert server[1].posted == said
    assert [(one["model"], one["kind"]) for one in said] == [("made", "changed"), ("made", "drift")]
    assert said[0]["message"] == "1 row was deleted upstream: b, b7."
    assert said[1]["message"] == found.drift[0]
    assert "hush" not in str(found)
    assert "hush" not in str(dict(Store.open(store).history("made")[-1].lineage))
    assert found.status == "published"
    assert found.exit_code == 4
    assert "large (a) reached 2.719" in found.drift[0]
    assert Store.open(store).history("made")[-1].lineage["drift"] == list(found.drift)


def test_what_fails_replaces_nothing_and_is_not_tried_again(
    tmp_path: Path, golden_draws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, runs = str(tmp_path / "store"), simulated_runs()
    path = written(tmp_path, runs, GOLDEN_SPEC)
    again(path, store)
    monkeypatch.undo()  # from here on it samples
    hopeless = SPEC.replace(
        "[[forecast]]", "[sampler]\ndraws = 100\ntune = 100\nchains = 2\nattempts = 1\n\n[[forecast]]"
    )
    written(tmp_path, runs, hopeless)
    failed = again(path, store)
    assert (failed.status, failed.exit_code) == ("failed", 3)
    opened = Store.open(store)
    assert opened.current("made").number == 1
    assert [one.kind for one in opened.history("made")] == ["published", "noted"]
    twice = again(path, store)
    assert twice.status == "failed"
    assert "the same rows and spec failed on" in twice.why
    assert len(opened.history("made")) == 2
    written(tmp_path, runs, GOLDEN_SPEC)
    assert again(path, store).status == "unchanged" or opened.current("made").number >= 1


def test_one_models_failure_does_not_stop_the_others(tmp_path: Path, golden_draws: None) -> None:
    written(tmp_path, simulated_runs(), GOLDEN_SPEC)
    (tmp_path / "broken.toml").write_text('[data]\nsource = "none.csv"\n', encoding="utf-8")
    (tmp_path / "risk.toml").write_text(RISK, encoding="utf-8")
    found = {one.model: one for one in refit(read_specs(tmp_path), str(tmp_path / "store"), RefitOptions())}
    assert (found["broken"].status, found["broken"].exit_code) == ("error", 2)
    assert "none.csv" in found["broken"].why
    assert found["made"].status == "published"
    assert found["risk"].status == "published"
    assert exit_code(list(found.values())) == 2
    risk = as_posterior(Store.open(str(tmp_path / "store")).load("risk", None, require_whole))
    assert risk.at([1000]).table["new_median"].iloc[0] > 0.5


def test_what_was_not_foreseen_in_one_model_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.toml").write_text(RISK, encoding="utf-8")

    def broken(spec: ModelSpec, mark: str = "") -> Rows:
        if spec.name == "one":
            raise ZeroDivisionError("hush")
        return read_rows(spec, mark)

    monkeypatch.setattr("bayescale.maintenance.refit.read_rows", broken)
    one, two = refit(read_specs(tmp_path), str(tmp_path / "store"), RefitOptions())
    assert (one.status, one.why) == ("error", "unexpected error ZeroDivisionError: please report it with the log")
    assert two.status == "published"
    assert "ZeroDivisionError: hush" in caplog.text


@pytest.mark.parametrize(
    ("statuses", "code"),
    [([("published", ())], 0), ([("published", ("x",)), ("unchanged", ())], 4), ([("error", ()), ("failed", ())], 3)],
)
def test_exit_codes(statuses: list[tuple[str, tuple[str, ...]]], code: int) -> None:
    outcomes = [Outcome("a", status, "", drift=drift) for status, drift in statuses]  # type: ignore[arg-type]
    assert exit_code(outcomes) == code


def test_secrets_stay_out_of_lineage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUSH", "s3cr3t")
    text = '[data]\nsql = { url = "postgresql://reader:${HUSH}@127.0.0.1:9/none", query = "SELECT 1" }\n'
    (tmp_path / "db.toml").write_text(text, encoding="utf-8")
    found = refit_one(read_spec(tmp_path / "db.toml"), Store.create(str(tmp_path / "store")), RefitOptions())
    assert found.status == "error"
    assert "s3cr3t" not in str(found)


def test_secrets_and_markup_of_a_source_are_in_nothing_that_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("sqlalchemy")
    monkeypatch.setenv("HUSH", "s3cr3t")
    (tmp_path / "s3cr3t").mkdir()
    hostile = "<script>alert(1)</script>"
    runs = simulated_runs(n=12)
    runs.loc[runs["run"] == "a3", "run"] = hostile
    with sqlite3.connect(tmp_path / "s3cr3t" / "runs.db") as database:
        runs.assign(note='=HYPERLINK("http://127.0.0.1:9")').to_sql("runs", database, index=False)
    database.close()
    source = 'sql = { url = "sqlite:///${HUSH}/runs.db", query = "SELECT * FROM runs" }'
    spec = SPEC.replace('source = "runs.csv"', source) + f'\n[card]\nclaim = "{hostile}"\n'
    path = tmp_path / "made.toml"
    path.write_text(spec, encoding="utf-8")
    store = Store.create(str(tmp_path / "store"))
    found = refit_one(read_spec(path), store, RefitOptions())
    assert found.status == "published"
    lineage = dict(store.current("made").lineage)
    said = [str(found), json.dumps(lineage), caplog.text]
    report = maintained_report.report_of(store, "made", None, 0.9, False)
    for name in ("made.html", "made.md", "made.json"):
        report.save(tmp_path / name)
        said.append((tmp_path / name).read_text(encoding="utf-8"))
    assert not [text for text in said if "s3cr3t" in text]
    assert not [text for text in said[3:5] if hostile in text]
    assert "${HUSH}" in lineage["source"]
    assert "HYPERLINK" not in "".join(said), "a column that no law uses is not read"
    everything = b"".join(one.read_bytes() for one in (tmp_path / "store").rglob("*") if one.is_file())
    assert b"s3cr3t" not in everything
