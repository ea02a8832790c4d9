"""Where a fit is: lines on standard error, a cell of a notebook, nothing where nobody wants it."""

import io
import os
import re
import sys
from types import SimpleNamespace

import pytest

from bayescale.scaling.sampling import progress
from bayescale.scaling.sampling.nuts import _DrawCount
from bayescale.scaling.sampling.progress import Cell, Lines, Progress, Silent, Terminal, in_notebook, watch
from bayescale.scaling.sampling.retries import _Escalation, sample_posterior
from bayescale.scaling.sampling.sampler import Sampler
from tests.scaling.sampling.small_families import design_of, small_families


def test_progress_is_escaped_text_and_a_bar() -> None:
    state = Progress(("<b>",), 300, 6000, 2)
    assert repr(state) == "<b>\n300 of 6,000 draws, 2 divergent"
    assert '<progress max="6000" value="300"' in state._repr_html_()
    assert "<b>" not in state._repr_html_()


def test_pytest_is_no_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not in_notebook()
    pytest.importorskip("ipykernel")
    monkeypatch.setitem(sys.modules, "ipykernel", sys.modules.get("ipykernel", SimpleNamespace()))
    assert not in_notebook()  # it is imported, and no kernel runs


def test_lines_estimate_the_remaining_time_at_growing_intervals() -> None:
    written: list[str] = []
    now = [0.0]
    lines = Lines(written.append, lambda: now[0])
    lines.stage("compiled")
    for second in range(100):
        now[0] = float(second)
        lines.draws("attempt 1 of 3", 10 * second, 1000, 0)
    assert written[0] == "compiled"
    assert written[1] == "attempt 1 of 3: 100 of 1,000 draws after 10 s; about 90 s to go"
    assert [re.search(r"after (\d+) s", line)[1] for line in written[1:]] == ["10", "20", "40", "80"]  # type: ignore[index]


def test_a_new_attempt_is_timed_anew() -> None:
    written: list[str] = []
    now = [0.0]
    lines = Lines(written.append, lambda: now[0])
    lines.draws("attempt 1 of 3", 0, 100, 0)
    now[0] = 50.0
    lines.draws("attempt 2 of 3", 0, 100, 0)
    now[0] = 60.0
    lines.draws("attempt 2 of 3", 50, 100, 3)
    assert written == ["attempt 2 of 3: 50 of 100 draws after 10 s, 3 divergent; about 10 s to go"]


def test_draws_are_counted_over_all_chains() -> None:
    count = _DrawCount(1000)
    count.update(
        [SimpleNamespace(finished_draws=200, divergences=1), SimpleNamespace(finished_draws=300, divergences=0)]
    )
    assert (count.draws, count.divergences, count.total) == (500, 1, 1000)


def test_a_cell_is_updated_at_most_twice_a_second() -> None:
    seen: list[Progress] = []
    cell = Cell(seen.append)
    cell.stage("compiled")
    for done in range(1000):
        cell.draws("attempt 1 of 3", done, 1000, 0)
    assert seen[0].stages == ("compiled",)
    assert len(seen) <= 3


def test_watch_follows_the_kind_of_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(watch(False), Silent)
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    lines = watch(True)
    lines.stage("compiled")
    assert isinstance(lines, Lines)
    assert stream.getvalue() == "compiled\n"
    monkeypatch.setattr(stream, "isatty", lambda: True)
    assert isinstance(watch(True), Terminal)
    monkeypatch.setattr(sys, "stderr", None)  # of a program without a console
    assert isinstance(watch(True), Silent)


def test_a_repeated_attempt_is_shown_and_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(progress, "_write", written.append)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    design = design_of(small_families(2, 9))
    draws = _Escalation(design, Sampler(draws=120, tune=200, chains=2, attempts=2), True).run(1, None)
    text = "".join(written)
    assert re.search(r"chinchilla: 18 rows, \d+ unknowns; compiled in", text)
    assert "attempt 1 of 2 (mode and curvature): 2 chains of 200 + 120 draws" in text
    assert "attempt 1 of 2 failed the gate after" in text
    assert "attempt 2 of 2" in text
    (note,) = draws.notes
    assert note.startswith("sampling took attempt 2 of 2")
    assert "attempt 1 (mode and curvature): " in note


NOTEBOOK = """
import os
import bayescale as bs
from tests.conftest import simulated_runs
short = bs.Sampler(draws=400, tune=300, chains=4)
counts = []
for seed in range(4):
    try:
        bs.fit(simulated_runs(n=12), law="chinchilla", discrepancy=False, sampler=short, random_seed=seed)
    except bs.ChecksFailed:
        pass
    counts.append(len(os.listdir("/proc/self/fd")))
print("descriptors", *counts)
"""


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="descriptors are counted in /proc")
def test_sampling_leaves_no_files_open() -> None:
    design, counts = design_of(small_families(2, 6)), []
    for seed in range(3):
        sample_posterior(design, Sampler(draws=100, tune=100, attempts=1), seed, True)
        counts.append(len(os.listdir("/proc/self/fd")))
    assert max(counts[1:]) <= counts[0], counts


@pytest.mark.slow
@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="descriptors are counted in /proc")
def test_fits_in_a_notebook_leave_no_files_open() -> None:
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(NOTEBOOK)])
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    outputs = notebook.cells[0].outputs
    printed = "".join(output.get("text", "") for output in outputs)
    counts = [int(number) for number in printed.split("descriptors", maxsplit=1)[1].split()[:4]]
    assert max(counts[1:]) <= counts[0], counts
    displays = [output for output in outputs if output.output_type == "display_data"]
    assert any("attempt 1 of 3" in str(display.data) for display in displays)


def test_stages_go_to_standard_error_alone(capfd: pytest.CaptureFixture[str]) -> None:
    sampler = Sampler(draws=100, tune=100, chains=2, attempts=1)
    sample_posterior(design_of(small_families(2, 6)), sampler, 1, True)
    printed = capfd.readouterr()
    assert printed.out == ""
    assert "attempt 1 of 1" in printed.err
    assert "compiled in" in printed.err
