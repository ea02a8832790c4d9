"""The counts of tools/structure.py that contributors must keep at zero."""

from pathlib import Path

import pytest

from tools import structure

#: Names that are part of the public interface.
PUBLIC_NAMES = {
    "bayescale/maintenance/store/versions.py: kept",
}


@pytest.mark.parametrize(
    "count",
    [
        structure.crowded_folders,
        structure.long_modules,
        structure.without_parameters,
        structure.without_returns,
        structure.without_fields,
        structure.without_docstring,
        structure.import_cycles,
    ],
    ids=lambda count: count.__name__,
)
def test_counts_are_zero(count: structure.Count) -> None:
    assert count() == []


def test_every_module_has_its_tests() -> None:
    assert structure.untested_modules() == []


def test_names_say_what_a_value_is() -> None:
    assert set(structure.empty_names()) <= PUBLIC_NAMES


def test_functions_are_short() -> None:
    assert structure.long_functions() == []


def test_the_rules_find_what_they_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "bayescale"
    package.mkdir()
    (package / "a.py").write_text(
        "from bayescale import b\n\n\ndef public(found):\n    '''Do.'''\n    return found\n", encoding="utf-8"
    )
    (package / "b.py").write_text("from bayescale import a\n", encoding="utf-8")
    monkeypatch.setattr(structure, "ROOT", tmp_path)
    monkeypatch.setattr(structure, "PACKAGE", package)
    monkeypatch.setattr(structure, "TESTS", tmp_path / "tests")
    assert structure.without_parameters() == ["bayescale/a.py:4 public"]
    assert structure.empty_names() == ["bayescale/a.py: found"]
    assert structure.import_cycles() == ["bayescale.a, bayescale.b"]
    assert structure.untested_modules() == ["a.py"]
