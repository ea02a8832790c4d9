"""What becomes of a whole re-fit when it is killed, the disk is full, a source is gone, or the clock goes back. Nothing
here is staged: the command line is killed, the disk is full, servers do not answer."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from bayescale.core.digests import digest_of
from bayescale.core.gate import LEAST_ESS, MOST_RHAT
from bayescale.data.reading import read_runs
from bayescale.data.trials import read_trials
from bayescale.errors import StoredPosteriorError
from bayescale.loading import as_posterior, require_whole
from bayescale.maintenance.outcome import Outcome
from bayescale.maintenance.refit import RefitOptions, refit
from bayescale.maintenance.specs.spec_files import read_specs
from bayescale.maintenance.store.catalog import CATALOG, SCHEMA, SCHEMA_KEY, create_repository
from bayescale.maintenance.store.posteriors import Store
from bayescale.risk.result import Risk
from bayescale.scaling.model.design import make_design
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.retries import sample_posterior
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling.single_law import make_spec
from tests.conftest import TRUTH, simulated_runs
from tests.faults import ROOT, moments, shifted_clock
from tests.maintenance.conftest import GOLDEN, PLAIN, RISK
from tests.maintenance.refit_processes import Nursery

SAMPLER = Sampler(draws=1000, tune=300, chains=4, attempts=1)  # passes with room: see the test of shifted seeds
LOSSES = f"""\
{PLAIN}
[sampler]
draws = {SAMPLER.draws}
tune = {SAMPLER.tune}
chains = {SAMPLER.chains}
"""
COUNTS = RISK.replace("example:tau_airline", "runs.csv")


def loaded(store: Store, name: str, number: int | None = None) -> xr.DataTree:
    return store.load(name, number, require_whole)


def altered(table: pd.DataFrame, turn: int) -> pd.DataFrame:
    """The table after its source changed another row."""
    here = np.arange(len(table)) == turn % len(table)
    if "loss" in table:
        return table.assign(loss=table["loss"].where(~here, table["loss"] * 1.001))
    return table.assign(attempts=table["attempts"] + here)


@pytest.mark.slow
def test_fits_of_these_tests_pass_with_room_whatever_the_seed() -> None:
    """Draws differ in the last digits between processors, as they do between seeds: half as many would do."""
    runs = read_runs(simulated_runs(n=12))
    design = make_design(runs, make_spec("chinchilla", "family", False, "constant", None))
    for seed in range(6):
        found = sample_posterior(design, SAMPLER, seed, False).diagnosis
        assert min(found.ess_bulk, found.ess_tail) >= 2 * LEAST_ESS
        assert found.rhat - 1 <= 0.7 * (MOST_RHAT - 1)
        assert found.divergences == 0


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """A process that forks re-fits of models of risk."""
    models = tmp_path_factory.mktemp("models")
    (models / "tau.toml").write_text(RISK, encoding="utf-8")
    with Nursery(models) as running:
        yield running


def test_killed_at_any_moment_a_refit_leaves_what_was_published(nursery: Nursery, tmp_path: Path) -> None:
    """A model of risk, whose re-fit is short, so that each part of it is met: reading, fitting, checks, publication."""
    table = read_trials("example:tau_airline").table[["model", "problem", "attempts", "successes"]]
    store = killed(nursery, tmp_path, COUNTS, table, moments(6, seed=11))
    last = as_posterior(loaded(store, "made"))
    assert isinstance(last, Risk)
    assert last.groups["model"].tolist() == ["gpt-4o"]
    assert store.current("made").lineage["why"] == "rows changed"


@pytest.mark.slow
def test_killed_while_its_chains_run_a_refit_leaves_what_was_published(tmp_path: Path) -> None:
    table = simulated_runs(n=12)
    models = tmp_path / "compiled"
    models.mkdir()
    table.to_csv(models / "runs.csv", index=False)
    (models / "made.toml").write_text(LOSSES, encoding="utf-8")
    with Nursery(models) as compiled:
        store = killed(compiled, tmp_path, LOSSES, table, moments(10, seed=11))
    last = as_posterior(loaded(store, "made"))
    assert isinstance(last, Fit)
    assert last.families == ("a", "b")
    assert "changed upstream" in store.current("made").lineage["why"]


def killed(nursery: Nursery, folder: Path, spec: str, rows: pd.DataFrame, shares: list[float]) -> Store:
    """Kill re-fits after each of these shares of the time that one takes, and let a last one end. Returns the store."""
    models, url = folder / "models", str(folder / "store")
    models.mkdir()
    table = models / "runs.csv"
    (models / "made.toml").write_text(spec, encoding="utf-8")
    words = ("refit", str(models), "--store", url, "--json")
    rows.to_csv(table, index=False)
    assert nursery.end(nursery.start(*words)) == 0
    store = Store.open(url)
    first = digest_of(loaded(store, "made"))
    altered(rows, 0).to_csv(table, index=False)
    began = time.monotonic()
    assert nursery.end(nursery.start(*words)) == 0
    once = time.monotonic() - began
    numbers, stopped = [1, 2], 0
    altered(rows, 1).to_csv(table, index=False)
    for turn, share in enumerate(shares):
        refitting = nursery.start(*words)
        time.sleep(share * once)
        if nursery.kill(refitting) == 0:
            once *= share  # it took no longer
        else:
            stopped += 1
        store = Store.open(url)
        history = store.history("made")
        assert [one.number for one in history] == list(range(1, len(history) + 1))
        assert len(history) <= len(numbers) + 1
        assert {one.kind for one in history} == {"published"}
        assert digest_of(loaded(store, "made")) == history[-1].digest == store.current("made").digest
        if len(history) > len(numbers):  # it was done before it was killed: the next has something to do again
            altered(rows, turn + 2).to_csv(table, index=False)
        numbers = [one.number for one in history]
    assert stopped >= len(shares) // 2, "too many were done before they were killed for this to be a test"
    altered(rows, 20).to_csv(table, index=False)
    assert nursery.end(nursery.start(*words)) == 0
    store = Store.open(url)
    assert store.current("made").number == numbers[-1] + 1
    assert digest_of(loaded(store, "made", 1)) == first
    return store


def test_two_at_once_publish_once_or_say_so(nursery: Nursery, golden_draws: None, tmp_path: Path) -> None:
    """Of one model the first version, of the other the one after it, in which a run has landed."""
    models, url = tmp_path / "models", str(tmp_path / "store")
    models.mkdir()
    runs = simulated_runs()
    runs[:-1].to_csv(models / "runs.csv", index=False)
    (models / "made.toml").write_text(GOLDEN, encoding="utf-8")
    assert _refitted(models, url).status == "published"
    runs.to_csv(models / "runs.csv", index=False)
    (models / "tau.toml").write_text(RISK, encoding="utf-8")
    words = ("refit", str(models), "--store", url, "--json")
    outputs = [tmp_path / "one.json", tmp_path / "two.json"]
    for process in [nursery.start(*words, out=out) for out in outputs]:
        nursery.end(process)
    found = [json.loads(out.read_text(encoding="utf-8"))["models"] for out in outputs]
    store = Store.open(url)
    for place, (name, before) in enumerate({"made": 1, "tau": 0}.items()):
        statuses = sorted(models[place]["status"] for models in found)
        assert statuses in (["error", "published"], ["published", "published"], ["published", "unchanged"])
        assert len(store.history(name)) == before + statuses.count("published")
    last = as_posterior(loaded(store, "made"))
    assert isinstance(last, Fit)
    assert last.families == tuple(TRUTH)


FULL = """
mount -t tmpfs -o size=2m tmpfs "$0" && cp -r "$1/store" "$0/store" || exit 9
dd if=/dev/zero of="$0/filler" bs=4096 2>/dev/null
exec "$2" -c "$3" "$0" "$1"
"""
TWICE = """
import sys
from pathlib import Path
from bayescale.cli import main
disk, folder = sys.argv[1:]
for _ in range(2):
    sys.argv = ["bayescale", "refit", f"{folder}/models", "--store", f"{disk}/store", "--force", "--json"]
    try:
        main()
    except SystemExit as left:
        print("left with", left.code)
    Path(disk, "filler").unlink(missing_ok=True)
"""


def test_on_a_full_disk_a_refit_says_so_and_the_next_one_publishes(tmp_path: Path) -> None:
    alone = ["unshare", "--user", "--map-root-user", "--mount"]
    if shutil.which("unshare") is None or subprocess.run([*alone, "true"], capture_output=True).returncode:
        pytest.skip("no file system of a given size can be made here without leave")
    models, disk = tmp_path / "models", tmp_path / "disk"
    models.mkdir()
    disk.mkdir()
    (models / "tau.toml").write_text(RISK, encoding="utf-8")
    assert refit(read_specs(models), str(tmp_path / "store"), RefitOptions())[0].status == "published"
    command = [*alone, "sh", "-c", FULL, str(disk), str(tmp_path), sys.executable, TWICE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    full, after = _outcomes(done.stdout)
    assert (full["exit_code"], full["models"][0]["status"]) == (2, "error")
    assert "No space left on device" in full["models"][0]["why"]
    assert (after["exit_code"], after["models"][0]["status"], after["models"][0]["version"]) == (0, "published", 2)


def _outcomes(said: str) -> list[dict[str, Any]]:
    """The documents that two re-fits printed, each followed by how it left."""
    parts = [part[part.index("{") : part.rindex("}") + 1] for part in said.split("left with")[:2]]
    return [json.loads(part) for part in parts]


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        held: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    held.append(listening.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        for one in held:
            one.close()
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=10)


MLFLOW = '[data]\ntimeout = 1.0\nmlflow = {{ url = "http://127.0.0.1:{port}", experiment = "runs" }}\n'


def test_sources_that_are_down_slow_or_cut_stop_their_own_model_only(tmp_path: Path, silent: int) -> None:
    runs = simulated_runs(n=12)
    whole = runs.to_csv(index=False)
    (tmp_path / "row.csv").write_text(whole[: whole.rindex(",")], encoding="utf-8")
    runs.to_parquet(tmp_path / "cut.parquet")
    data = (tmp_path / "cut.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(data[: len(data) // 2])
    (tmp_path / "empty.csv").write_bytes(b"")
    texts = {
        "down": MLFLOW.format(port=9),
        "slow": MLFLOW.format(port=silent),
        "row": '[data]\nsource = "row.csv"\ncomplete_file = true\n',
        "cut": '[data]\nsource = "cut.parquet"\n',
        "empty": '[data]\nsource = "empty.csv"\n',
        "gone": '[data]\nsource = "gone.csv"\n',
        "risk": RISK,
    }
    models = tmp_path / "models"
    models.mkdir()
    for name, text in texts.items():
        (models / f"{name}.toml").write_text(
            text.replace('source = "', 'source = "../').replace("../ex", "ex"), "utf-8"
        )
    began = time.monotonic()
    found = {one.model: one for one in refit(read_specs(models), str(tmp_path / "store"), RefitOptions())}
    assert found["risk"].status == "published"
    wrong = {name: one.why for name, one in found.items() if name != "risk"}
    assert {found[name].status for name in wrong} == {"error"}
    assert "the server cannot be reached" in wrong["down"]
    assert "no whole answer within 1 s" in wrong["slow"]
    assert "row.csv" in wrong["row"]
    assert "cut.parquet" in wrong["cut"]
    assert "empty.csv" in wrong["empty"]
    assert "there is no such file" in wrong["gone"]
    assert time.monotonic() - began < 60, "a server that never answers is not waited for"
    assert Store.open(str(tmp_path / "store")).models() == ("risk",)


@pytest.mark.parametrize("schema", [0, SCHEMA + 1])
def test_a_store_of_another_schema_is_left_as_it_is(tmp_path: Path, schema: int) -> None:
    (tmp_path / "tau.toml").write_text(RISK, encoding="utf-8")
    store = Store.create(str(tmp_path / "store"))
    create_repository(store.place, CATALOG).handle.update_metadata({SCHEMA_KEY: schema})
    before = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    with pytest.raises(StoredPosteriorError, match=f"has schema {schema}, and this version .* reads schema {SCHEMA}"):
        refit(read_specs(tmp_path), store.url, RefitOptions())
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*")) == before


def test_a_posterior_of_another_schema_is_made_anew_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "tau.toml"
    path.write_text(RISK, encoding="utf-8")
    url = str(tmp_path / "store")
    refit(read_specs(tmp_path), url, RefitOptions())
    store = Store.open(url)
    last = store.current("tau")
    foreign = store.load("tau", None, require_whole)
    foreign.attrs = foreign.attrs | {"bayescale_schema": "99"}
    store.publish("tau", foreign, dict(last.lineage))
    path.write_text(RISK + '[card]\nclaim = "asked later"\n', encoding="utf-8")
    (found,) = refit(read_specs(tmp_path), url, RefitOptions())
    assert (found.status, found.path, found.version) == ("published", "sampled", 3)
    assert any("sampled again" in note and "has schema 99" in note for note in found.notes)


def test_while_the_clock_is_back_nothing_is_published_and_nothing_lost(tmp_path: Path) -> None:
    shifted = os.environ | shifted_clock(tmp_path, -3600)
    models, url = tmp_path / "models", str(tmp_path / "store")
    models.mkdir()
    (models / "tau.toml").write_text(RISK, encoding="utf-8")
    assert _refitted(models, url).status == "published"
    command = [sys.executable, "-m", "bayescale", "refit", str(models), "--store", url, "--force", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=shifted, capture_output=True, text=True, timeout=300)
    said = json.loads(done.stdout)["models"][0]
    assert (done.returncode, said["status"]) == (2, "error")
    assert "the clock went back, or was ahead then" in said["why"]
    assert [one.number for one in Store.open(url).history("tau")] == [1]
    again = _refitted(models, url, force=True)
    assert (again.status, again.version) == ("published", 2)


def _refitted(models: Path, url: str, force: bool = False) -> Outcome:
    return refit(read_specs(models), url, RefitOptions(force=force))[0]
