"""Tables and figures of a report as files."""

from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from bayescale.errors import InputError
from bayescale.report.elements import Drawing, Report
from bayescale.report.render.export import escaped, latex_table
from bayescale.report.tables import Table


def shown(content: Report, kind: type) -> list[str]:
    return [part.name for part in content.parts if isinstance(part, kind) and not part.empty]


def test_every_table_and_figure_becomes_a_file(content: Report, tmp_path: Path) -> None:
    files = content.export(tmp_path / "paper")
    names = {str(path.relative_to(tmp_path / "paper")) for path in files}
    expected = {f"tables/{name}.{end}" for name in shown(content, Table) for end in ("csv", "tex")}
    assert names == expected | {f"figures/{name}.svg" for name in shown(content, Drawing)}
    table = pd.read_csv(tmp_path / "paper/tables/forecast.csv")
    records = content.part(Table, "forecast").records
    assert table["run_median"].tolist() == pytest.approx([row["run_median"] for row in records])
    for path in files:
        if path.suffix == ".svg":
            words = [e.text for e in ElementTree.parse(path).iter() if e.tag.endswith("text")]
            assert words
    assert content.export(tmp_path / "paper") == files


def test_a_folder_that_is_a_file_is_refused(content: Report, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(InputError, match="cannot be made"):
        content.export(tmp_path / "taken")


def test_latex_has_a_line_per_row_and_no_markup_of_names(content: Report) -> None:
    table = content.part(Table, "forecast")
    text = latex_table(table)
    assert text.count(r" \\" + "\n") == len(table.rows) + 1
    assert text.count(" & ") == (len(table.columns) - 1) * (len(table.rows) + 1)
    assert escaped(r"a_b & 5% of $x^2$ \input{f}") == (
        r"a\_b \& 5\% of \$x\textasciicircum{}2\$ \textbackslash{}input\{f\}"
    )
