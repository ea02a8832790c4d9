"""Projects of Weights & Biases through the real client, against a server that speaks its GraphQL queries."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import bayescale as bs
from bayescale.data.sources import RunValues, SourceError, WandBProject, read_source, runs_of, stamps
from bayescale.errors import InputError
from bayescale.maintenance.source_rows import read_rows
from bayescale.maintenance.specs.spec_files import read_spec
from tests.data.sources.services.wandb_server import KEY, State, run, serving

pytest.importorskip("wandb")

CONFIG = {"n_params": 1e8, "batch_size": 32, "data": {"seq_len": 1024}, "family": "a"}
HISTORY = [{"_step": step, "val/loss": 5.0 - step / 10, "lr": 0.1} for step in (0, 10, 20)] + [{"_step": 25, "lr": 0.1}]
RUNS = [
    run("r1", CONFIG, {"_step": 25, "val/loss": 3.0, "n_tokens": 2e9}, history=HISTORY),
    run("r2", CONFIG | {"n_params": 2e8}, {"_step": 25, "val/loss": 2.9, "n_tokens": 4e9}, history=HISTORY),
    run("r3", CONFIG, {}, state="crashed"),
]
NAMES = {"config.n_params": "n_params", "summary.n_tokens": "n_tokens", "config.family": "family"}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[State]:
    for name, value in {"WANDB_API_KEY": KEY, "WANDB_SILENT": "true", "WANDB_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("WANDB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("WANDB_ERROR_REPORTING", "false")
    with serving([dict(record) for record in RUNS]) as state:
        yield state


def source(state: State, **fields: Any) -> WandBProject:
    return WandBProject("team/scaling", url=state.address, key="${WANDB_API_KEY}", **fields)


def test_summaries_are_one_row_per_run(server: State) -> None:
    table = read_source(source(server, filters='{"group": "sweep"}'))
    assert table.rows["summary.val/loss"].tolist() == [3.0, 2.9]
    assert table.rows["config.data.seq_len"].tolist() == [1024, 1024]
    assert table.notes == ("1 run left out: crashed.",)
    runs = runs_of(table, rename={**NAMES, "summary.val/loss": "loss"})
    assert runs.table[["family", "run", "n_params", "loss"]].to_numpy().tolist() == [
        ["a", "r1", 1e8, 3.0],
        ["a", "r2", 2e8, 2.9],
    ]
    sent = next(query for query in server.queries if "runs(filters" in query["query"])
    assert sent["variables"]["filters"] == '{"group": "sweep"}'
    assert KEY not in repr(table.of)


def test_histories_are_curves_with_tokens(server: State) -> None:
    selection = RunValues("step", "val/loss", "batch_size * data.seq_len")
    rows = read_source(source(server, selection=selection)).rows
    assert rows["history.val/loss"].tolist() == [4.0, 3.0] * 2
    assert rows["n_tokens"].tolist() == [32 * 1024 * 10.0, 32 * 1024 * 20.0] * 2
    with pytest.raises(InputError, match=r"'seq_len' is no number in the configuration of run 'run r1'"):
        read_source(source(server, selection=RunValues("step", "val/loss", "seq_len")))


def test_only_what_changed_is_read_again(server: State) -> None:
    first = read_source(source(server))
    assert stamps(source(server)) == first.cursor
    server.runs[1]["summaryMetrics"] = '{"_step": 30, "val/loss": 2.8}'
    assert read_source(source(server), since=first).fresh == ("r2",)


def test_what_cannot_be_read_is_refused(server: State) -> None:
    with pytest.raises(SourceError, match="Could not find project"):
        read_source(WandBProject("team/other", url=server.address, key="${WANDB_API_KEY}"))
    with pytest.raises(InputError, match="no run is preempted; there is: 1 crashed, 2 finished"):
        read_source(source(server, states=("preempted",)))
    server.knows_key = False
    with pytest.raises(SourceError, match="refuses or cannot be reached") as caught:
        read_source(source(server))
    assert KEY not in str(caught.value)
    for wrong in ({"project": "scaling"}, {"project": "team/scaling", "filters": "[]"}):
        with pytest.raises(InputError, match="these fields cannot be used"):
            WandBProject(**wrong)
    with pytest.raises(InputError, match="metric names what rows='step' takes"):
        RunValues("step")


def test_a_spec_and_an_address_read_what_a_source_reads(server: State, tmp_path: Path) -> None:
    rename = {**NAMES, "summary.val/loss": "loss"}
    expected = runs_of(read_source(source(server)), rename=rename)
    assert bs.read_runs(f"wandb://team/scaling?url={server.address}", rename=rename).digest == expected.digest
    lines = "\n".join(f'"{theirs}" = "{ours}"' for theirs, ours in rename.items())
    (tmp_path / "scaling.toml").write_text(
        f'[data.wandb]\nproject = "team/scaling"\nurl = "{server.address}"\nkey = "${{WANDB_API_KEY}}"\n'
        f'filters = {{ "config.family" = "a" }}\n[data.rename]\n{lines}\n'
    )
    assert read_rows(read_spec(tmp_path / "scaling.toml")).value.table["loss"].tolist() == [3.0, 2.9]
