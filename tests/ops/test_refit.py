"""Re-fits as a schedule makes them: what changed, which path ran, what was published, what landed, what failed."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from bayescale.fitted import as_posterior, require_whole
from bayescale.ops.refit import Asked, Outcome, exit_code, refit, refit_one
from bayescale.ops.spec_files import read_spec, read_specs
from bayescale.store.posteriors import Store
from tests.conftest import TRUTH, simulated_runs

SPEC = """\
[data]
source = "runs.csv"

[model]
law = "chinchilla"
discrepancy = false
noise = "constant"

[[forecast]]
run = "large"
family = "a"
n_params = 5e9
n_tokens = 1e11

[alerts]
prob = 0.98
"""
LARGE = {"family": "a", "run": "large", "n_params": 5e9, "n_tokens": 1e11}
EXPECTED = 2.266  # of the law that the runs are simulated from


def written(folder: Path, runs: pd.DataFrame, spec: str = SPEC) -> Path:
    runs.to_csv(folder / "runs.csv", index=False)
    (folder / "made.toml").write_text(spec, encoding="utf-8")
    return folder / "made.toml"


def again(path: Path, store: str, **asked: bool) -> Outcome:
    return refit([read_spec(path)], store, Asked(**asked))[0]


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, dict[str, Outcome]]:
    """A model's life: first fit, nothing new, a run lands inside, the spec asks more, a run is altered upstream."""
    folder = tmp_path_factory.mktemp("models")
    store = str(folder / "store")
    runs = simulated_runs(n=12)
    path = written(folder, runs)
    seen = {"dry": again(path, store, dry_run=True), "first": again(path, store), "same": again(path, store)}
    longer = pd.concat([runs, pd.DataFrame([LARGE | {"loss": EXPECTED}])], ignore_index=True)
    written(folder, longer)
    seen["landed"] = again(path, store)
    written(folder, longer, SPEC + '\n[card]\nclaim = "said later"\n')
    seen["asked"] = again(path, store)
    altered = longer.assign(loss=longer["loss"].where(longer["run"] != "a3", longer["loss"] * 1.01))
    written(folder, altered, SPEC + '\n[card]\nclaim = "said later"\n')
    seen["altered"] = again(path, store)
    return path, store, seen


def test_each_step_takes_its_path(life: tuple[Path, str, dict[str, Outcome]]) -> None:
    seen = life[2]
    assert (seen["dry"].status, seen["dry"].version) == ("would fit", None)
    assert (seen["first"].status, seen["first"].path, seen["first"].version) == ("published", "sampled", 1)
    assert (seen["same"].status, seen["same"].version) == ("unchanged", 1)
    assert (seen["landed"].status, seen["landed"].path) == ("published", "re-weighted")
    assert seen["landed"].why == "1 row was added: a, large"
    assert (seen["asked"].path, seen["altered"].path) == ("kept", "sampled")
    assert any("a, a3" in note and "→" in note for note in seen["altered"].notes)
    assert all(one.exit_code == 0 for one in seen.values())


def test_history_and_lineage_tell_it(life: tuple[Path, str, dict[str, Outcome]]) -> None:
    store = Store.open(life[1])
    history = store.history("made")
    assert [one.lineage["path"] for one in history] == ["sampled", "re-weighted", "kept", "sampled"]
    assert [one.lineage["sampled_version"] for one in history] == [None, 1, 1, None]
    assert len({one.lineage["data_digest"] for one in history}) == 3
    assert history[-1].lineage["spec"]["card"]["claim"] == "said later"
    for one in history:
        fit = as_posterior(store.load("made", one, require_whole))
        assert fit.forecast([LARGE]).table["law_median"].iloc[0] == pytest.approx(EXPECTED, rel=0.02)
        assert json.dumps(dict(one.lineage))


def test_the_run_that_landed_is_scored_once_and_forecast_no_more(life: tuple[Path, str, dict[str, Outcome]]) -> None:
    ledger = Store.open(life[1]).ledger("made")
    assert len(ledger) == 1
    row = ledger.iloc[0]
    assert (row["scored_run"], row["observed"], row["version"], row["scored_version"]) == ("large", EXPECTED, 1, 2)
    assert row["inside"] == 1
    assert 0.05 < row["pit"] < 0.95


def test_a_run_outside_its_forecast_is_drift(tmp_path: Path) -> None:
    store, runs = str(tmp_path / "store"), simulated_runs(n=12)
    path = written(tmp_path, runs)
    again(path, store)
    written(tmp_path, pd.concat([runs, pd.DataFrame([LARGE | {"loss": 1.2 * EXPECTED}])], ignore_index=True))
    found = again(path, store)
    assert found.status == "published"
    assert found.exit_code == 4
    assert "large (a) reached 2.719" in found.drift[0]
    assert Store.open(store).history("made")[-1].lineage["drift"] == list(found.drift)


def test_what_fails_replaces_nothing_and_is_not_tried_again(tmp_path: Path) -> None:
    store, runs = str(tmp_path / "store"), simulated_runs(n=12)
    path = written(tmp_path, runs)
    again(path, store)
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
    assert "failed before" in twice.why
    assert len(opened.history("made")) == 2
    written(tmp_path, runs)
    assert again(path, store).status == "unchanged" or opened.current("made").number >= 1


def test_one_models_failure_does_not_stop_the_others(tmp_path: Path) -> None:
    written(tmp_path, simulated_runs(n=12))
    (tmp_path / "broken.toml").write_text('[data]\nsource = "none.csv"\n', encoding="utf-8")
    (tmp_path / "risk.toml").write_text(
        '[data]\nsource = "example:tau_airline"\n[risk]\nby = ["model"]\n', encoding="utf-8"
    )
    found = {one.model: one for one in refit(read_specs(tmp_path), str(tmp_path / "store"), Asked())}
    assert (found["broken"].status, found["broken"].exit_code) == ("error", 2)
    assert "none.csv" in found["broken"].why
    assert found["made"].status == "published"
    assert found["risk"].status == "published"
    assert exit_code(list(found.values())) == 2
    risk = as_posterior(Store.open(str(tmp_path / "store")).load("risk", None, require_whole))
    assert risk.at([1000]).table["new_median"].iloc[0] > 0.5


@pytest.mark.parametrize(
    ("statuses", "code"),
    [([("published", ())], 0), ([("published", ("x",)), ("unchanged", ())], 4), ([("error", ()), ("failed", ())], 3)],
)
def test_exit_codes(statuses: list[tuple[str, tuple[str, ...]]], code: int) -> None:
    outcomes = [Outcome("a", status, "", drift=drift) for status, drift in statuses]  # type: ignore[arg-type]
    assert exit_code(outcomes) == code


def test_two_at_once_publish_once_or_say_so(tmp_path: Path) -> None:
    path = written(tmp_path, simulated_runs(n=12))
    store = str(tmp_path / "store")
    Store.create(store)
    command = [sys.executable, "-m", "bayescale", "refit", str(path), "--store", store, "--json"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    answers = [json.loads(one.communicate(timeout=500)[0])["models"][0] for one in both]
    statuses = sorted(one["status"] for one in answers)
    assert statuses in (["error", "published"], ["published", "published"], ["published", "unchanged"])
    history = Store.open(store).history("made")
    assert len(history) == statuses.count("published")
    assert as_posterior(Store.open(store).load("made", None, require_whole)).families == tuple(TRUTH)


def test_secrets_stay_out_of_lineage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUSH", "s3cr3t")
    text = '[data]\nsql = { url = "postgresql://reader:${HUSH}@127.0.0.1:9/none", query = "SELECT 1" }\n'
    (tmp_path / "db.toml").write_text(text, encoding="utf-8")
    found = refit_one(read_spec(tmp_path / "db.toml"), Store.create(str(tmp_path / "store")), Asked())
    assert found.status == "error"
    assert "s3cr3t" not in str(found)
