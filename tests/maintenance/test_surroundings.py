"""A scheduled job survives what happens around it: damaged stores, alerts that are owed, errors after the commit, a
model that takes no end. Files are damaged, servers do not answer, processes are killed: nothing here is staged.
"""

import json
import shutil
import zipfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pandas as pd
import pytest

from bayescale.errors import StoredPosteriorError
from bayescale.maintenance.alerts import delivery as alerts
from bayescale.maintenance.alerts import pending as pending_alerts
from bayescale.maintenance.outcome import Outcome
from bayescale.maintenance.refit import RefitOptions, refit
from bayescale.maintenance.specs.spec_files import read_specs
from bayescale.maintenance.store import catalog, integrity
from bayescale.maintenance.store.posteriors import Store
from bayescale.maintenance.store.publication import FIRST
from tests.cli.conftest import Run
from tests.data.sources import hostile_servers
from tests.maintenance.conftest import RISK, Heard

WEBHOOK = '\n[alerts]\nwebhook = "${ALERTS_URL}"\n'
RELEASE_0_1 = Path(__file__).parents[1] / "fixtures" / "release_0_1.zip"


def cut(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def in_order(folder: Path) -> list[Path]:
    """The files of a folder, the newest first."""
    return sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns, reverse=True)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of one model of risk, and a store that has two versions of it."""
    folder = tmp_path_factory.mktemp("published")
    (folder / "models").mkdir()
    (folder / "models" / "tau.toml").write_text(RISK, encoding="utf-8")
    for force in (False, True):
        assert again(folder, force=force).status == "published"
    return folder


def again(folder: Path, **asked: object) -> Outcome:
    return refit(read_specs(folder / "models"), str(folder / "store"), RefitOptions(**asked))[0]  # type: ignore[arg-type]


@pytest.fixture
def folder(published: Path, tmp_path: Path) -> Path:
    shutil.copytree(published, tmp_path / "copy")
    return tmp_path / "copy"


def whole(folder: Path) -> bool:
    return not integrity.damaged(integrity.verify(Store.open(folder / "store")))


def cut_all(folder: Path) -> None:
    for path in folder.iterdir():
        cut(path)


def remove_all(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def without_index(home: Path) -> None:
    (home / "repo").unlink()
    shutil.rmtree(home / "overwritten")


HARM: dict[str, Callable[[Path], None]] = {
    "the last manifest is cut": lambda home: cut(in_order(home / "manifests")[0]),
    "the last manifest is gone": lambda home: in_order(home / "manifests")[0].unlink(),
    "a bit of the last manifest is flipped": lambda home: flip(in_order(home / "manifests")[0]),
    "all manifests are cut": lambda home: cut_all(home / "manifests"),
    "the last snapshot is cut": lambda home: cut(in_order(home / "snapshots")[0]),
    "the last snapshot is gone": lambda home: in_order(home / "snapshots")[0].unlink(),
    "all snapshots are gone": lambda home: remove_all(home / "snapshots"),
    "all manifests are gone": lambda home: shutil.rmtree(home / "manifests"),
    "index and copies are gone": without_index,
    "everything is gone": shutil.rmtree,
}


@pytest.mark.parametrize("what", HARM)
def test_a_damaged_posterior_is_made_anew_from_the_data(folder: Path, what: str) -> None:
    store = Store.open(folder / "store")
    before = len(store.history("tau"))
    HARM[what](folder / "store" / "tau")
    assert not whole(folder)
    found = again(folder)
    assert found.status == "published", found.why
    assert again(folder).status == "unchanged"
    history = store.history("tau")
    assert history[-1].number == found.version
    assert store.load("tau", None, lambda tree: None) is not None
    if "index and" not in what and "everything" not in what and "all snapshots" not in what:
        assert "damaged or missing" in found.why
        assert len(history) > before, "what was lost stays in the history"


INDEX: dict[str, Callable[[Path], None]] = {
    "cut": cut,
    "emptied": lambda path: path.write_bytes(b"") and None,
    "gone": Path.unlink,
    "of zeros": lambda path: path.write_bytes(bytes(5000)) and None,
    "a folder's worth of text": lambda path: path.write_text("x" * 5000) and None,
}


@pytest.mark.parametrize("of", ["tau", catalog.CATALOG])
@pytest.mark.parametrize("what", INDEX)
def test_an_index_is_restored_from_the_copy_beside_it(
    folder: Path, what: str, of: str, caplog: pytest.LogCaptureFixture
) -> None:
    INDEX[what](folder / "store" / of / "repo")
    found = again(folder)
    assert (found.status, found.version) == ("unchanged", 2)
    assert "was restored from its copy" in " ".join([*found.notes, caplog.text])
    assert [one.number for one in Store.open(folder / "store").history("tau")] == [1, 2]
    assert whole(folder)


def test_an_index_that_may_not_be_read_is_not_replaced(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = folder / "store" / "tau" / "repo"
    index.unlink()
    index.mkdir()  # reading it is an error of the system, not a damaged index
    with pytest.raises(StoredPosteriorError, match="cannot be restored"):
        integrity.health_of(Store.open(folder / "store"), "tau", repair_damage=True)
    assert index.is_dir()


def test_a_dry_run_says_what_is_damaged_and_changes_nothing(folder: Path) -> None:
    shutil.rmtree(folder / "store" / "tau" / "manifests")
    files = sorted(path for path in (folder / "store").rglob("*"))
    found = again(folder, dry_run=True)
    assert found.status == "would fit"
    assert "damaged or missing" in found.why
    assert files == sorted(path for path in (folder / "store").rglob("*"))


def test_verify_names_what_is_damaged(folder: Path) -> None:
    store = Store.open(folder / "store")
    assert whole(folder)
    cut(in_order(folder / "store" / "tau" / "manifests")[-1])  # of version 1
    (finding,) = integrity.damaged(integrity.verify(store))
    assert (finding.model, finding.version, finding.part) == ("tau", 1, "posterior")
    assert again(folder).status == "unchanged", "the current version is whole"


def test_two_first_publications_conflict(published: Path, tmp_path: Path) -> None:
    tree = Store.open(published / "store").load("tau", None, lambda tree: None)
    store = Store.create(tmp_path / "store")
    assert store.publish("tau", tree, {}, parent=FIRST).number == 1
    with pytest.raises(StoredPosteriorError, match="published meanwhile as the first one"):
        store.publish("tau", tree, {}, parent=FIRST)
    assert len(store.history("tau")) == 1


def test_an_error_after_the_commit_does_not_hide_the_version(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(catalog, "flush_to_disk", full)
    found = again(folder, force=True)
    assert (found.status, found.version) == ("published", 3)
    assert "The version is published, but a later step failed" in found.notes[-1]
    assert "No space left" in found.notes[-1]
    monkeypatch.undo()
    assert again(folder).status == "unchanged"


def test_an_error_before_the_commit_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bayescale.maintenance.store.publication.write_tree", full)
    found = again(folder, force=True)
    assert found.status == "error"
    assert "No space left" in found.why
    assert Store.open(folder / "store").current("tau").number == 2


# Alerts.


def drifting(folder: Path, words: str = WEBHOOK) -> None:
    """Have the model's spec name a webhook."""
    (folder / "models" / "tau.toml").write_text(RISK + words, encoding="utf-8")


def test_what_is_owed_is_delivered_by_the_next_refit(
    folder: Path, server: tuple[str, type[Heard]], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.open(folder / "store")
    tree = store.load("tau", None, lambda tree: None)
    drifting(folder)
    channels = alerts.Channels(None, "${ALERTS_URL}")
    said = [alerts.Alert("tau", "drift", "a run fell outside"), alerts.Alert("tau", "changed", "a row went")]
    lineage = dict(store.current("tau").lineage) | pending_alerts.record_of(said, channels)
    store.publish("tau", tree, lineage)  # and here the process was killed
    monkeypatch.setenv("ALERTS_URL", "http://127.0.0.1:9/hush")
    down = again(folder)
    assert "2 alerts are pending, and the next re-fit tries again" in " ".join(down.notes)
    assert "hush" not in str(down)
    monkeypatch.setenv("ALERTS_URL", server[0])
    up = again(folder)
    assert [(one["kind"], one["message"]) for one in server[1].posted] == [(one.kind, one.message) for one in said]
    assert "pending alerts of version 3 were delivered to the webhook" in up.notes
    assert again(folder).notes == ()
    assert len(server[1].posted) == 2


def test_a_channel_that_was_not_there_is_owed_nothing(
    folder: Path, server: tuple[str, type[Heard]], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.open(folder / "store")
    tree = store.load("tau", None, lambda tree: None)
    said = [alerts.Alert("tau", "drift", "a run fell outside")]
    lineage = dict(store.current("tau").lineage) | pending_alerts.record_of(said, alerts.Channels("true", None))
    store.publish("tau", tree, lineage)
    drifting(folder)
    monkeypatch.setenv("ALERTS_URL", server[0])
    again(folder)
    assert server[1].posted == []


@pytest.mark.parametrize(
    "behave", [hostile_servers.hang_up, hostile_servers.nonsense, hostile_servers.reset, "http://[::1/hush", "none"]
)
def test_a_webhook_of_one_model_leaves_the_others_alone(
    tmp_path: Path, behave: hostile_servers.Behaviour | str, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    models = tmp_path / "models"
    models.mkdir()
    (models / "a.toml").write_text('[data]\nsource = "none.csv"\n' + WEBHOOK, encoding="utf-8")
    (models / "b.toml").write_text(RISK, encoding="utf-8")
    with nullcontext(behave) if isinstance(behave, str) else hostile_servers.serving(behave) as address:
        monkeypatch.setenv("ALERTS_URL", address if address == behave else f"{address}/hush")
        code, out, err = run("refit", models, "--store", tmp_path / "s", "--json")
    found = json.loads(out)
    assert code == found["exit_code"] == 2
    assert [one["status"] for one in found["models"]] == ["error", "published"]
    assert "Traceback" not in err
    assert "hush" not in out + err


# Other releases.


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Specs, tables and a store as release 0.1 left them."""
    with zipfile.ZipFile(RELEASE_0_1) as archive:
        archive.extractall(tmp_path)
    return tmp_path


def outcomes(folder: Path, **asked: object) -> dict[str, Outcome]:
    found = refit(read_specs(folder / "models"), str(folder / "store"), RefitOptions(**asked))  # type: ignore[arg-type]
    return {one.model: one for one in found}


def test_a_store_of_release_0_1_is_unchanged_where_nothing_changed(old: Path) -> None:
    (old / "models" / "told.toml").unlink()  # holds a password, which is refused now
    found = outcomes(old)
    assert {name: (one.status, one.version) for name, one in found.items()} == {
        "made": ("unchanged", 1),
        "risk": ("unchanged", 1),
    }
    store = Store.open(old / "store")
    for name in store.models():
        assert store.load(name, None, lambda tree: None) is not None
    assert whole(old)


def test_rows_that_another_release_reads_in_another_way_raise_no_drift(
    old: Path, golden_draws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same bytes, but a release that comes to see a run at the forecast's inputs, far outside of what was forecast,
    and that knows every row by another key."""
    from bayescale.maintenance import source_rows

    (old / "models" / "told.toml").unlink()
    (old / "models" / "risk.toml").unlink()
    landed = {"family": "a", "run": "large", "n_params": 5e9, "n_tokens": 1e11, "loss": 9.0}
    whole_table = source_rows.read_source

    def read(source: object) -> object:
        table = whole_table(source)  # type: ignore[arg-type]
        rows = pd.concat([table.rows, pd.DataFrame([landed])], ignore_index=True)
        object.__setattr__(table, "rows", rows)
        return table

    monkeypatch.setattr(source_rows, "read_source", read)
    spec = old / "models" / "made.toml"
    spec.write_text(spec.read_text(encoding="utf-8").replace("draws = 600", "draws = 650"), encoding="utf-8")
    found = outcomes(old)["made"]
    assert found.status == "published", found.why
    assert (found.drift, found.upstream, found.exit_code) == ((), (), 0)


def test_a_run_that_really_landed_after_an_upgrade_is_scored_once(
    old: Path, golden_draws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (old / "models" / "told.toml").unlink()
    (old / "models" / "risk.toml").unlink()
    table = old / "models" / "runs.csv"
    landed = {"family": "a", "run": "large", "n_params": 5e9, "n_tokens": 1e11, "loss": 9.0}
    pd.concat([pd.read_csv(table), pd.DataFrame([landed])]).to_csv(table, index=False)
    found = outcomes(old)["made"]
    assert found.exit_code == 4
    assert "large (a) reached 9" in found.drift[0]
    monkeypatch.setattr("bayescale.maintenance.lineage.RELEASE", "another")
    later = outcomes(old, force=True)["made"]
    assert (later.status, later.drift, later.exit_code) == ("published", (), 0), "what was scored is not scored again"


def test_a_forecast_of_another_meaning_is_not_scored() -> None:
    from bayescale.maintenance import forecast_scores
    from bayescale.maintenance.store.forecast_log import COLUMNS, QUANTILES

    row = dict.fromkeys(COLUMNS, float("nan")) | {"family": "a", "run": "", "response": "loss", "inputs": "{}"}
    row |= {"run_lower": 1.0, "run_upper": 2.0, **dict(zip(QUANTILES, [1 + i / 99 for i in range(99)], strict=True))}
    new = pd.DataFrame([{"family": "a", "run": "r", "loss": 5.0}])
    for meaning, scored in ((float("nan"), 1), (float(forecast_scores.MEANING), 1), (forecast_scores.MEANING + 1.0, 0)):
        assert len(forecast_scores.score_landed(pd.DataFrame([row | {"meaning": meaning}]), new, "loss")) == scored


@pytest.mark.parametrize("kind", ["manifests", "snapshots"])
def test_files_that_the_system_does_not_give_are_not_taken_for_damaged(folder: Path, kind: str) -> None:
    path = in_order(folder / "store" / "tau" / kind)[0]
    kept = path.with_name("kept-aside")
    path.rename(kept)
    path.symlink_to(path)  # opening it is an error of the system
    found = again(folder)
    assert found.status == "error"
    assert "Nothing is repaired while a file cannot be read" in found.why
    path.unlink()
    kept.rename(path)
    assert (again(folder).status, again(folder).version) == ("unchanged", 2)


def test_an_error_that_was_not_foreseen_shows_no_secret(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("while posting to http://127.0.0.1:9/hush")

    drifting(folder)
    monkeypatch.setenv("ALERTS_URL", "http://127.0.0.1:9/hush")
    monkeypatch.setattr("bayescale.maintenance.refit.mark_of", broken)
    found = again(folder)
    assert "ZeroDivisionError" in found.why
    assert "ZeroDivisionError" in caplog.text
    assert "hush" not in caplog.text + str(found)


def test_a_name_in_a_stores_list_leads_nowhere(folder: Path) -> None:
    store = Store.open(folder / "store")
    key = f"{catalog.MODEL_KEY}../../elsewhere"
    catalog.create_repository(store.place, catalog.CATALOG).handle.update_metadata({key: "now"})
    assert store.models() == ("tau",)
    assert whole(folder)
