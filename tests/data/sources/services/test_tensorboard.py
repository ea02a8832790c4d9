"""Event files written by TensorBoard's own writer and by TensorFlow, whole and cut off."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bayescale.data.sources import TensorBoard, read_source, runs_of
from bayescale.errors import InputError, SourceError

pytest.importorskip("tensorboard")

FIXTURES = Path(__file__).resolve().parents[5] / "shared" / "data" / "adapter_fixtures" / "tensorboard"


def write(folder: Path, steps: Mapping[int, Mapping[str, float]], *, tensors: bool = False, suffix: str = "") -> Path:
    """An event file of scalars, as TensorFlow 1 (plain values) or 2 (tensors) writes them; gives its path."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.plugins.scalar.summary import scalar_pb
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    before = set(folder.glob("*")) if folder.exists() else set()
    writer = EventFileWriter(str(folder), filename_suffix=suffix)
    for step, values in steps.items():
        event = Event(step=step, wall_time=1e9 + step)
        for tag, value in values.items():
            if tensors:
                event.summary.value.extend(_tagged(scalar_pb(tag, value), tag))
            else:
                event.summary.value.add(tag=tag, simple_value=value)
        writer.add_event(event)
    writer.close()
    (path,) = set(folder.glob("*")) - before
    return path


def _tagged(summary: Any, tag: str) -> Any:
    for value in summary.value:
        value.tag = tag
    return summary.value


CURVE = {step: {"loss": 4.0 - step / 100, "lr": 0.5} for step in (0, 50, 100)}


@pytest.mark.parametrize("tensors", [False, True])
def test_scalars_are_curves(tmp_path: Path, tensors: bool) -> None:
    write(tmp_path / "logs/a", CURVE, tensors=tensors)
    write(tmp_path / "logs/b/eval", {7: {"loss": 2.5}}, tensors=tensors)
    table = read_source(TensorBoard(f"{tmp_path}/logs"))
    assert table.rows[["run", "step", "loss"]].to_numpy().tolist() == [
        ["a", 0, 4.0],
        ["a", 50, 3.5],
        ["a", 100, 3.0],
        ["b/eval", 7, 2.5],
    ]
    assert runs_of(table, columns=["run", "step"]).table["loss"].tolist() == [4.0, 3.5, 3.0, 2.5]
    few = read_source(TensorBoard(f"{tmp_path}/logs", tags=("lr",)))
    assert list(few.rows.columns) == ["run", "step", "lr"]
    assert few.notes == ("b/eval: no scalar of these tags in its event files.",)


def test_a_run_that_was_resumed_counts_its_last_values(tmp_path: Path) -> None:
    write(tmp_path / "a", CURVE, suffix=".1")
    write(tmp_path / "a", {100: {"loss": 2.0}, 150: {"loss": 1.75}}, suffix=".2")
    table = read_source(TensorBoard(str(tmp_path)))
    assert table.rows["loss"].tolist() == [4.0, 3.5, 2.0, 1.75]
    assert table.notes == ("a: 1 value logged again for a step; the last one counts.",)


def test_only_runs_that_went_on_are_read_again(tmp_path: Path) -> None:
    write(tmp_path / "a", CURVE)
    write(tmp_path / "b", CURVE)
    source = TensorBoard(str(tmp_path))
    first = read_source(source)
    assert read_source(source, since=first).fresh == ()
    write(tmp_path / "b", {150: {"loss": 2.9}}, suffix=".more")
    second = read_source(source, since=first)
    assert second.fresh == (f"{tmp_path}/b",)
    assert second.digest == read_source(source).digest != first.digest


def test_a_file_cut_anywhere_is_found(tmp_path: Path) -> None:
    path = write(tmp_path, {step: {"loss": 1.0 + step} for step in range(3)})
    data = path.read_bytes()
    whole = {0}  # sizes at which a record ends
    place = 0
    while place < len(data):
        place += 16 + int.from_bytes(data[place : place + 8], "little")
        whole.add(place)
    assert len(whole) == 5
    for size in set(range(1, len(data))) - whole:
        path.write_bytes(data[:size])
        with pytest.raises(InputError, match=f"ends inside record .* \\(byte {size}\\)"):
            read_source(TensorBoard(str(path)))
    path.write_bytes(b"")
    with pytest.raises(InputError, match="is empty"):
        read_source(TensorBoard(str(path)))


def test_a_damaged_file_is_found(tmp_path: Path) -> None:
    path = write(tmp_path, CURVE)
    data = bytearray(path.read_bytes())
    for place in (3, len(data) // 2, len(data) - 6):
        damaged = data.copy()
        damaged[place] ^= 0x40
        path.write_bytes(damaged)
        with pytest.raises(SourceError, match="damaged"):
            read_source(TensorBoard(str(path)))
    (tmp_path / "table.tfevents.csv").write_text("family,run\na,1\n" * 9)
    with pytest.raises(InputError, match="not an event file"):
        read_source(TensorBoard(f"{tmp_path}/table*"))


def test_a_run_with_a_damaged_file_is_left_out_where_others_are_whole(tmp_path: Path) -> None:
    whole, damaged = write(tmp_path / "whole", CURVE), write(tmp_path / "damaged", CURVE)
    data = bytearray(damaged.read_bytes())
    data[len(data) // 2] ^= 0x40
    damaged.write_bytes(data)
    table = read_source(TensorBoard(str(tmp_path)))
    assert table.rows["run"].unique().tolist() == ["whole"]
    assert len(table.rows) == len(read_source(TensorBoard(str(whole))).rows)
    (note,) = table.notes
    assert note.startswith(f"left out: {damaged}: record ")
    assert "damaged" in note
    data[-6] ^= 0x40
    whole.write_bytes(data)
    with pytest.raises(SourceError, match="2 of 2 cannot be read") as caught:
        read_source(TensorBoard(str(tmp_path)))
    assert len(caught.value.problems) == 2


def test_nothing_there_is_said(tmp_path: Path) -> None:
    (tmp_path / "model.ckpt").write_text("")
    with pytest.raises(InputError, match=r"no file matches .*model\.ckpt"):
        read_source(TensorBoard(str(tmp_path)))
    with pytest.raises(InputError, match="is not an event file"):
        read_source(TensorBoard(f"{tmp_path}/*"))


def test_logs_in_an_object_store() -> None:
    system = pytest.importorskip("fsspec").filesystem("memory")
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        system.pipe_file("/tb/logs/a/x.tfevents.1", write(Path(folder), CURVE).read_bytes())
    try:
        assert read_source(TensorBoard("memory://tb/logs")).rows["run"].tolist() == ["a"] * 3
    finally:
        system.rm("/tb", recursive=True)


@pytest.mark.shared
@pytest.mark.skipif(not FIXTURES.exists(), reason="the public data sets are not beside the checkout")
def test_published_event_files() -> None:
    """Two files of one run, the second begun when the run was resumed at its last step and evaluated again."""
    tag = "loss_per_nonpadding_target_token"
    resumed = read_source(TensorBoard(f"{FIXTURES}/events.out.tfevents.small.v2", tags=(tag,))).rows
    whole = read_source(TensorBoard(f"{FIXTURES}/events.out.tfevents.long.v2", tags=(tag,))).rows
    assert whole["step"].tolist() == list(range(0, 1_000_001, 10_000))
    assert resumed["step"].tolist() == [1_000_000]
    assert resumed[tag].iloc[0] == pytest.approx(whole[tag].iloc[-1], rel=1e-5)
    both = read_source(TensorBoard(str(FIXTURES)))
    assert len(both.rows) == 101
    assert both.notes == (".: 21 values logged again for a step; the last one counts.",)


def log(
    folder: Path, values: Mapping[int, float], *, start: int | None = None, suffix: str = "", tag: str = ""
) -> None:
    """Append an event file of one scalar; `start` begins it with a session that starts at that step."""
    from tensorboard.compat.proto.event_pb2 import Event, SessionLog
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(str(folder), filename_suffix=suffix)
    if start is not None:
        writer.add_event(Event(wall_time=1.0, step=start, session_log=SessionLog(status=SessionLog.START)))
    for step, value in values.items():
        summary = Summary(value=[Summary.Value(tag=tag or "loss", simple_value=value)])
        writer.add_event(Event(wall_time=float(step), step=step, summary=summary))
    writer.close()


FIRST = {step: 5 - step / 500 for step in range(0, 1001, 100)}


@pytest.mark.parametrize("start", [500, None])
def test_an_abandoned_branch_is_dropped(tmp_path: Path, start: int | None) -> None:
    log(tmp_path / "r1", FIRST, suffix=".1")
    log(tmp_path / "r1", {550: 9.0, 650: 9.0, 750: 9.0}, start=start, suffix=".2")
    table = read_source(TensorBoard(str(tmp_path)))
    kept = [0, 100, 200, 300, 400] + ([] if start else [500])
    assert table.rows["step"].tolist() == [*kept, 550, 650, 750]
    assert table.rows["loss"].tolist()[-3:] == [9.0, 9.0, 9.0]
    dropped, where = (6, 500) if start else (5, 550)
    assert table.notes == (
        f"r1: {dropped} values of an abandoned branch are left out: the run went back to step {where}.",
    )


def test_a_restart_within_a_file_and_one_after_another(tmp_path: Path) -> None:
    log(tmp_path / "r1", {0: 5.0, 10: 4.0, 20: 3.9, 5: 4.4, 15: 3.8}, suffix=".1")
    log(tmp_path / "r1", {12: 3.7}, suffix=".2")
    table = read_source(TensorBoard(str(tmp_path)))
    assert table.rows["step"].tolist() == [0, 5, 12]
    assert table.rows["loss"].tolist() == pytest.approx([5.0, 4.4, 3.7])
    assert "3 values of an abandoned branch are left out: the run went back to 2 earlier steps" in table.notes[0]


def test_a_session_that_starts_anew_drops_every_tag(tmp_path: Path) -> None:
    log(tmp_path / "r1", {0: 1.0, 100: 0.5, 200: 0.1}, tag="lr", suffix=".0")
    log(tmp_path / "r1", {50: 3.0}, start=100, suffix=".1")
    assert read_source(TensorBoard(str(tmp_path))).rows["step"].tolist() == [0, 50]


def test_tags_logged_at_their_own_steps_are_no_restart(tmp_path: Path) -> None:
    log(tmp_path / "r1", {0: 4.0, 100: 3.0}, suffix=".0")
    log(tmp_path / "r1", {50: 3.6, 90: 3.2}, tag="eval", suffix=".1")
    table = read_source(TensorBoard(str(tmp_path)))
    assert table.rows["step"].tolist() == [0, 50, 90, 100]
    assert table.notes == ()


@pytest.mark.parametrize("keep", [0, -9])
def test_a_run_still_being_written_does_not_block_the_finished_ones(tmp_path: Path, keep: int) -> None:
    write(tmp_path / "done", CURVE)
    path = write(tmp_path / "going", {step: {"loss": 3.0} for step in range(5)})
    path.write_bytes(path.read_bytes()[:keep] if keep else b"")
    source = TensorBoard(str(tmp_path))
    table = read_source(source)
    assert set(table.rows["run"]) == {"done"}
    (note,) = table.notes
    assert note.startswith("left out: ")
    assert path.name in note
    assert read_source(source, since=table).fresh == ()
    path.unlink()
    write(tmp_path / "going", {step: {"loss": 3.0} for step in range(5)})
    assert set(read_source(source, since=table).rows["run"]) == {"done", "going"}


def test_a_crash_before_a_restart_keeps_what_was_written(tmp_path: Path) -> None:
    first = write(tmp_path / "a", CURVE, suffix=".1")
    first.write_bytes(first.read_bytes()[:-9])
    write(tmp_path / "a", {80: {"loss": 2.0}, 150: {"loss": 1.75}}, suffix=".2")
    table = read_source(TensorBoard(str(tmp_path)))
    assert table.rows["step"].tolist() == [0, 50, 80, 150]
    assert "a later file goes on where the run was cut off" in table.notes[0]


def test_the_logs_of_one_run_in_two_folders_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a", CURVE)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / path.name).write_bytes(path.read_bytes())
    with pytest.raises(InputError, match=r"a, .*b hold the same rows, which would count as evidence 2 times"):
        read_source(TensorBoard(str(tmp_path)))
