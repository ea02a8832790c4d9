"""Reports as files: as what their names end in, or not at all."""

from pathlib import Path

import pytest

from bayescale.errors import InputError
from bayescale.report.elements import Report, Section, Text
from bayescale.report.render.files import require_writable, write

REPORT = Report("title", "", True, "", (Section("s", "Section", (Text("t", ("words",)),)),))


@pytest.mark.parametrize(
    ("name", "begins"), [("r.html", "<!doctype html>"), ("r.HTML", "<!doctype"), ("r.md", "# title"), ("r.json", "{")]
)
def test_a_report_is_written_as_its_name_ends(tmp_path: Path, name: str, begins: str) -> None:
    write(REPORT, tmp_path / name)
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(begins)


def test_what_cannot_be_written_is_said_before(tmp_path: Path) -> None:
    (tmp_path / "folder.html").mkdir()
    for path, says in (
        (tmp_path / "r.pdf", r"ends in \.html, \.md, \.json"),
        (tmp_path / "r", "ends in"),
        (tmp_path / "none" / "r.html", "no folder"),
        (tmp_path / "folder.html", "is a folder"),
    ):
        with pytest.raises(InputError, match=says):
            require_writable(path)
    require_writable(None)
    require_writable(tmp_path / "r.md")
    assert not (tmp_path / "r.md").exists()
