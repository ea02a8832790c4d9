"""The evidence of laws and systems is complete: source, equation, published values, existing tests, calibration."""

import ast
from functools import cache
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest

import bayescale
from bayescale.risk.evidence import SYSTEMS
from bayescale.scaling_laws.entries import CATALOGUE, EVIDENCE, FUNCTIONS, SUBJECTS
from bayescale.scaling_laws.evidence.record import FORMS, PUBLISHED, READS, Evidence
from tests.scaling_laws.catalog.published_values import PREDICTIONS
from tools.evidence import law_evidence, system_evidence

ROOT = Path(__file__).parents[3]
RESULTS = ROOT / "benchmarks" / "results"

#: Subjects whose evidence is in the module of another one.
SHARED_MODULES = {"data_mixing": "data_selection"}


@cache
def names_of_tests(path: str) -> set[str]:
    """Names of the test functions of a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def require_complete(evidence: Evidence) -> None:
    """Every field that a reader needs is filled, and every test exists."""
    assert evidence.read
    assert set(evidence.read) <= set(READS)
    assert evidence.form in FORMS
    assert len(evidence.equation) > 5
    assert evidence.tests
    for test in evidence.tests:
        path, _, name = test.partition("::")
        assert name in names_of_tests(path), test


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_law_has_evidence_in_the_module_of_its_subject(subject: str) -> None:
    laws = {law.name for law in import_module(f"bayescale.scaling_laws.catalog.{subject}").LAWS}
    module = SHARED_MODULES.get(subject, subject)
    subjects = {subject, *(other for other, place in SHARED_MODULES.items() if place == module), module}
    expected = {law.name for name in subjects for law in import_module(f"bayescale.scaling_laws.catalog.{name}").LAWS}
    rows = set(import_module(f"bayescale.scaling_laws.evidence.{module}").EVIDENCE)
    assert laws <= expected
    assert rows - set(FUNCTIONS) == expected


def test_functions_have_evidence() -> None:
    assert set(EVIDENCE) == {*CATALOGUE, *FUNCTIONS}


@pytest.mark.parametrize("name", list(EVIDENCE))
def test_evidence_of_a_law_is_complete(name: str) -> None:
    evidence = EVIDENCE[name]
    require_complete(evidence)
    if name in CATALOGUE:
        published = set(CATALOGUE[name].published)
        assert all(evidence.where_of(source) for source in published)
        assert set(evidence.where) - {""} <= published
        assert (PUBLISHED in evidence.tests) == bool(published)


@pytest.mark.parametrize("name", [name for name in CATALOGUE if CATALOGUE[name].published])
def test_every_published_set_is_compared_with_an_external_value(name: str) -> None:
    covered = {source for law, source, *_ in PREDICTIONS if law == name}
    assert covered == set(CATALOGUE[name].published)


def test_every_law_is_calibrated_or_says_why_not() -> None:
    measured = set(pd.read_csv(RESULTS / "sbc_laws.csv")["law"])
    assert {name for name in CATALOGUE if not EVIDENCE[name].calibration} <= measured


def test_every_system_has_evidence() -> None:
    assert {f"R{number}" for number in range(1, 12)} <= set(SYSTEMS)


@pytest.mark.parametrize("key", list(SYSTEMS))
def test_evidence_of_a_system_is_complete(key: str) -> None:
    system = SYSTEMS[key]
    require_complete(system.evidence)
    assert system.names
    assert set(system.names) <= set(bayescale.__all__)
    assert system.evidence.calibration


@pytest.mark.parametrize("name", list(CATALOGUE))
def test_every_input_is_defined(name: str) -> None:
    law = CATALOGUE[name]
    assert set(law.counts) == set(law.inputs)
    for column, definition in law.counts.items():
        if column.startswith("n_params"):
            assert "parameter" in definition
        if column == "n_tokens":
            assert "tokens" in definition or "size of the data set" in definition


@pytest.mark.parametrize("name", list(CATALOGUE))
def test_long_formulas_have_the_notation_of_their_source(name: str) -> None:
    law = CATALOGUE[name]
    assert law.notation or EVIDENCE[name].form == "own" or len(law.latex) < 120


def test_tables_have_one_row_each_and_no_empty_cell() -> None:
    for text, entries in ((law_evidence(), EVIDENCE), (system_evidence(), SYSTEMS)):
        lines = text.splitlines()[2:]
        assert len(lines) == len(entries)
        for line in lines:
            assert all(cell.strip() for cell in line.strip("|").split("|")), line
