"""Exports of Weights & Biases: charts become curves, tables of runs rows."""

from pathlib import Path

import pandas as pd
import pytest

from bayescale.data.runs import needs
from bayescale.data.sources import Table, WandB, read_source, runs_of
from bayescale.errors import InputError

FIXTURES = Path(__file__).resolve().parents[5] / "shared" / "data" / "adapter_fixtures" / "wandb"

HEADER = ",".join(["Step", *(f"{run} - loss{twin}" for run in ("lr - 3e-4", "big") for twin in ("", "__MIN", "__MAX"))])
CHART = f"""{HEADER}
"100","3.5","3.5","3.5","","",""
"200","3.1","3.1","3.1","3.3","3.3","3.3"
"300","","","","NaN","NaN","NaN"
"""


def read(folder: Path, text: str, metric: str = "") -> Table:
    path = folder / "export.csv"
    path.write_text(text)
    return read_source(WandB(str(path), metric=metric))


def test_a_chart_is_one_row_for_each_run_and_step(tmp_path: Path) -> None:
    table = read(tmp_path, CHART)
    assert table.rows[["run", "Step", "loss"]].to_numpy().tolist() == [
        ["lr - 3e-4", "100", "3.5"],
        ["lr - 3e-4", "200", "3.1"],
        ["big", "200", "3.3"],
        ["big", "300", "NaN"],
    ]
    assert table.notes == ()


def test_a_diverged_step_is_named_and_can_be_left_out(tmp_path: Path) -> None:
    runs = runs_of(read(tmp_path, CHART), rename={"Step": "step"})
    assert "'loss': blank or not finite in row 4" in "".join(runs.notes)
    with pytest.raises(InputError, match="'loss': blank or not finite in row 4"):
        needs(runs, ["loss"])
    kept = runs.exclude(blank="loss", reason="diverged")
    needs(kept, ["loss"])
    assert kept.table["row"].tolist() == [1, 2, 3]
    assert kept.notes[-1] == "1 row left out (row 4): diverged"


def test_several_metrics_are_columns(tmp_path: Path) -> None:
    text = '"_step","a - loss","a - tokens","b - loss","b - tokens"\n"1","3","1e6","3.5","1e6"\n"2","2.9","2e6","",""\n'
    runs = runs_of(read(tmp_path, text), rename={"_step": "step", "tokens": "n_tokens"})
    assert runs.table[["run", "step", "loss", "n_tokens"]].to_numpy().tolist() == [
        ["a", 1.0, 3.0, 1e6],
        ["a", 2.0, 2.9, 2e6],
        ["b", 1.0, 3.5, 1e6],
    ]


def test_the_metric_may_hold_the_mark_that_separates(tmp_path: Path) -> None:
    text = '"Step","a - eval - loss"\n"1","3"\n'
    assert list(read(tmp_path, text).rows.columns) == ["run", "Step", "loss", "source_file"]
    rows = read(tmp_path, text, metric="eval - loss").rows
    assert rows[["run", "eval - loss"]].to_numpy().tolist() == [["a", "3"]]
    with pytest.raises(InputError, match="is not of metric='loss - x'"):
        read(tmp_path, text, metric="loss - x")


def test_means_are_said(tmp_path: Path) -> None:
    grouped = '"Step","Group: a - loss","Group: a - loss__MIN","Group: a - loss__MAX"\n"1","3","2.9","3.1"\n'
    table = read(tmp_path, grouped)
    assert table.rows["run"].tolist() == ["a"]
    assert "means over the runs of 1 group; in 1 of them runs differ" in table.notes[0]
    drawn = grouped.replace("Group: ", "")
    assert "means over several logged steps" in read(tmp_path, drawn).notes[0]


def test_a_table_of_runs_keeps_those_that_finished(tmp_path: Path) -> None:
    text = '"Name","State","loss"\n"a","finished","3.1"\n"b","crashed","9"\n"c","running","5"\n'
    table = read(tmp_path, text)
    assert runs_of(table, rename={"Name": "run"}).table[["run", "loss"]].to_numpy().tolist() == [["a", 3.1]]
    assert table.notes == ("1 run left out: crashed.", "1 run left out: running.")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n", "is not an export of Weights & Biases"),
        ('"Step","a - loss"\n"1","2\n', "unclosed quote"),
        ('"Step","a - loss"\n"1"\n', "line 2"),
        ("", "the file is empty"),
        ('"loss","a - loss"\n"1","2"\n', "has the name of"),
    ],
)
def test_what_is_no_export_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read(tmp_path, text)


def test_only_csv(tmp_path: Path) -> None:
    (tmp_path / "wandb-summary.json").write_text("{}")
    with pytest.raises(InputError, match="are read as CSV"):
        read_source(WandB(f"{tmp_path}/*"))


@pytest.mark.shared
@pytest.mark.skipif(not FIXTURES.exists(), reason="the public data sets are not beside the checkout")
def test_a_published_export() -> None:
    path = FIXTURES / "wandb_export_grouped_runs.csv"
    table = read_source(WandB(str(path)))
    wide = pd.read_csv(path)
    runs = runs_of(table, rename={"test-tokens/avg_loss": "loss", "Step": "step"})
    assert len(runs.table) == wide.filter(regex="avg_loss$").notna().sum().sum()
    k1 = runs.table[runs.table["run"] == "k_is_1"]
    assert k1["loss"].tolist() == wide["Group: k_is_1 - test-tokens/avg_loss"].dropna().tolist()
    assert k1["step"].tolist() == wide["Step"].tolist()
    assert any("means over the runs of 10 groups" in note for note in runs.notes)
