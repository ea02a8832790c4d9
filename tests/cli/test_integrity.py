"""`bayescale verify` and `bayescale scrub`."""

import json
from pathlib import Path

import xarray as xr
from typer.testing import CliRunner

from bayescale.cli import app
from bayescale.maintenance.store.posteriors import Store
from tests.cli.conftest import Run
from tests.maintenance.store.test_faults import cut


def test_verify_says_what_is_damaged_and_leaves_with_2(store: Store, tree: xr.DataTree) -> None:
    for _ in range(2):
        store.publish("model", tree, {"rows": "x" * 1000})
    whole = CliRunner().invoke(app, ["verify", store.url])
    assert whole.exit_code == 0
    assert "no damage" in whole.output
    manifest = max((Path(store.url) / "model" / "manifests").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    data = bytearray(manifest.read_bytes())
    data[len(data) // 2] ^= 1
    manifest.write_bytes(data)
    done = CliRunner().invoke(app, ["verify", store.url, "--json"])
    assert done.exit_code == 2
    found = json.loads(done.output)
    assert (found["damaged"], found["exit_code"]) == (1, 2)
    assert [one["part"] for one in found["findings"] if one["harm"]] == ["posterior"]
    cut(Path(store.url) / "model" / "repo")
    done = CliRunner().invoke(app, ["verify", store.url])
    assert done.exit_code == 2
    assert "model, history:" in done.output


def test_an_empty_store_has_no_damage(run: Run, store: Store) -> None:
    assert run("verify", store.url) == (0, "0 parts of 0 models checked: no damage\n", "")
    assert run("scrub", store.url) == (0, "no record contains a secret\n", "")
    assert json.loads(run("verify", store.url, "--json")[1]) == {"findings": [], "damaged": 0, "exit_code": 0}


def test_a_folder_that_is_no_store_is_wrong_input(run: Run, tmp_path: Path) -> None:
    for command in ("verify", "scrub"):
        code, out, err = run(command, tmp_path)
        assert (code, out) == (2, "")
        assert str(tmp_path) in err


def test_scrub_counts_the_rewritten_versions(run: Run, store: Store, tree: xr.DataTree) -> None:
    address = "postgresql://reader:hush-hush@host/runs"
    for name, number in (("one", 1), ("two", 2), ("clean", 1)):
        for _ in range(number):
            source = "example:pile" if name == "clean" else address
            store.publish(name, tree, {"spec": {"data": {"sql": {"url": source}}}})
    code, out, err = run("scrub", store.url)
    assert code == 0
    assert sorted(out.splitlines()) == [
        "one: 1 version rewritten without secrets",
        "two: 2 versions rewritten without secrets",
    ]
    assert "change them" in err
    assert "hush" not in out + err
    assert json.loads(run("scrub", store.url, "--json")[1]) == {"scrubbed": {}}
