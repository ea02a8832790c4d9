"""`bayescale verify` and `bayescale scrub`."""

import json
from pathlib import Path

import xarray as xr
from typer.testing import CliRunner

from bayescale.cli import app
from bayescale.maintenance.store.posteriors import Store
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
