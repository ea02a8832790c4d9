"""Cards have the numbers of the report."""

from pathlib import Path

import pytest

from bayescale.errors import InputError
from bayescale.report.elements import Report
from bayescale.report.render.cards import to_card
from bayescale.report.render.files import TEMPLATES
from bayescale.report.render.markdown import to_markdown
from tests.report.conftest import HOSTILE


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_card_has_the_numbers_of_the_report(content: Report, tmp_path: Path, template: str) -> None:
    content.save(tmp_path / "card.md", template=template)
    card, report = (tmp_path / "card.md").read_text(encoding="utf-8"), to_markdown(content)
    rows = [line for line in report.split("\n") if line.startswith("| ")]
    in_card = [line for line in card.split("\n") if line.startswith("| ")]
    assert set(in_card) <= set(rows)
    assert len(in_card) > 4
    assert "To fill in" in card
    assert HOSTILE not in card  # its markup is escaped
    assert to_card(content, template) == card


def test_unknown_templates_and_endings_are_refused(content: Report, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Did you mean 'model-card'"):
        content.save(tmp_path / "card.md", template="model_card")
    with pytest.raises(InputError, match=r"must end in \.md"):
        content.save(tmp_path / "card.html", template="model-card")
