"""Offline runs that the real client wrote, read without a server."""

import subprocess
import sys
from pathlib import Path

import pytest

from bayescale.data.sources import RunValues, WandBOffline, mark_of, read_source
from bayescale.errors import InputError
from bayescale.maintenance.source_rows import read_rows
from bayescale.maintenance.specs.spec_files import read_spec

pytest.importorskip("wandb")

WRITE = """
import wandb
for n in (1, 2, 3):
    config = {"n_params": 1e8 * n, "batch_size": 32, "text": "x" * 20_000, "model": {"depth": 3}}
    run = wandb.init(project="p", name=f"run-{n}", group="a", config=config)
    for step in (0, 10, 20):
        run.log({"val/loss": 4.0 - step / 10 - n / 10, "other": "y" * 20_000}, step=step)
    run.finish(exit_code=int(n == 3))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("offline")
    settings = {"WANDB_MODE": "offline", "WANDB_SILENT": "true", "WANDB_DIR": str(folder)}
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), **settings}
    subprocess.run([sys.executable, "-c", WRITE], env=environment, check=True, timeout=120, capture_output=True)
    return folder


def test_curves_and_summaries(folder: Path) -> None:
    pattern = f"{folder}/wandb/offline-run-*"
    table = read_source(WandBOffline(pattern, RunValues("step", "val/loss", "batch_size * 1024")))
    rows = table.rows.sort_values(["run_name", "n_tokens"])  # folders that begin in the same second have random names
    assert rows["run_name"].tolist() == ["run-1"] * 2 + ["run-2"] * 2
    assert rows["history.val/loss"].tolist() == pytest.approx([2.9, 1.9, 2.8, 1.8])
    assert rows["n_tokens"].tolist() == [327680.0, 655360.0] * 2
    assert table.notes == ("1 run left out: failed.",)
    last = read_source(WandBOffline(pattern)).rows.sort_values("run_name")
    assert last["summary.val/loss"].tolist() == pytest.approx([1.9, 1.8])
    assert last["config.model.depth"].tolist() == [3, 3]
    assert mark_of(WandBOffline(pattern)) == mark_of(WandBOffline(pattern))


def test_a_run_that_is_still_written_is_left_out(folder: Path, tmp_path: Path) -> None:
    files = sorted(folder.glob("wandb/offline-run-*/*.wandb"))
    whole, cut, damaged = (tmp_path / name for name in ("a.wandb", "b.wandb", "c.wandb"))
    data = files[0].read_bytes()
    whole.write_bytes(data)
    cut.write_bytes(data[: len(data) // 2])
    damaged.write_bytes(data[:2000] + b"\0" + data[2001:])
    table = read_source(WandBOffline(f"{tmp_path}/*.wandb"))
    assert len(table.rows) == 1
    assert any("left out: running" in note for note in table.notes)
    assert any("c.wandb: a checksum does not match" in note for note in table.notes)
    running = read_source(WandBOffline(str(cut), RunValues("step", "val/loss"), ("running",)))
    assert any("last record is not whole" in note for note in running.notes)
    with pytest.raises(InputError, match="no run is finished; there is: 1 running"):
        read_source(WandBOffline(str(cut)))
    whole.write_bytes(b"something else")
    with pytest.raises(InputError, match=r"a\.wandb: is no run of the client"):
        read_source(WandBOffline(str(whole)))


def test_a_spec_reads_folders_beside_it(folder: Path) -> None:
    (folder / "scaling.toml").write_text(
        '[data.wandb]\nfolders = "wandb/offline-run-*"\nrows = "step"\nmetric = "val/loss"\n'
        'tokens_per_step = "batch_size * 1024"\n[data.rename]\n"config.n_params" = "n_params"\n'
        '"history.val/loss" = "loss"\n'
    )
    rows = read_rows(read_spec(folder / "scaling.toml"))
    assert sorted(set(rows.value.table["n_params"])) == [1e8, 2e8]
    (folder / "wrong.toml").write_text('[data.wandb]\nfolders = "a"\nproject = "b/c"\n')
    with pytest.raises(InputError, match="needs exactly one of files, project and folders"):
        read_spec(folder / "wrong.toml")
