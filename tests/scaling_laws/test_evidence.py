"""What laws and systems rest on is complete: source, equation, where numbers stand, tests that exist, calibration."""

import ast
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import bayescale
from bayescale.risk.evidence import SYSTEMS
from bayescale.scaling_laws.evidence import FORMS, LAWS, PUBLISHED, READS, Evidence
from bayescale.scaling_laws.registry import CATALOGUE
from tests.scaling_laws.catalog.test_published import PREDICTIONS
from tools.evidence import law_evidence, system_evidence

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"


@cache
def functions(path: str) -> set[str]:
    """Names of the test functions of a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def require_complete(evidence: Evidence) -> None:
    """Every field that a reader needs is filled, and every test named exists."""
    assert evidence.read
    assert set(evidence.read) <= set(READS)
    assert evidence.form in FORMS
    assert len(evidence.equation) > 5
    assert evidence.tests
    for test in evidence.tests:
        path, _, name = test.partition("::")
        assert name in functions(path), test


def test_every_law_has_a_row() -> None:
    assert set(LAWS) == {*CATALOGUE, "arise", "projektor"}


@pytest.mark.parametrize("name", list(LAWS))
def test_rows_of_laws_are_complete(name: str) -> None:
    evidence = LAWS[name]
    require_complete(evidence)
    if name in CATALOGUE:
        published = set(CATALOGUE[name].published)
        assert all(evidence.where_of(source) for source in published)
        assert set(evidence.where) - {""} <= published
        assert (PUBLISHED in evidence.tests) == bool(published)


@pytest.mark.parametrize("name", [name for name in CATALOGUE if CATALOGUE[name].published])
def test_every_published_set_is_held_against_a_number_from_outside(name: str) -> None:
    covered = {source for law, source, *_ in PREDICTIONS if law == name}
    assert covered == set(CATALOGUE[name].published)


def test_every_law_was_calibrated_by_simulation_or_says_why_not() -> None:
    measured = set(pd.read_csv(RESULTS / "sbc_laws.csv")["law"])
    assert {name for name in CATALOGUE if not LAWS[name].calibration} <= measured


def test_every_system_has_a_row() -> None:
    assert {f"R{number}" for number in range(1, 12)} <= set(SYSTEMS)


@pytest.mark.parametrize("key", list(SYSTEMS))
def test_rows_of_systems_are_complete(key: str) -> None:
    system = SYSTEMS[key]
    require_complete(system.evidence)
    assert system.names
    assert set(system.names) <= set(bayescale.__all__)
    assert system.evidence.calibration


@pytest.mark.parametrize("name", list(CATALOGUE))
def test_every_input_says_what_it_counts(name: str) -> None:
    law = CATALOGUE[name]
    assert set(law.counts) == set(law.inputs)
    for column, counts in law.counts.items():
        if column.startswith("n_params"):
            assert "parameter" in counts
        if column == "n_tokens":
            assert "tokens" in counts or "size of the data set" in counts


@pytest.mark.parametrize("name", list(CATALOGUE))
def test_long_formulas_stand_in_the_symbols_of_their_source(name: str) -> None:
    law = CATALOGUE[name]
    assert law.notation or LAWS[name].form == "own" or len(law.latex) < 120


def test_tables_have_a_row_for_each_and_no_empty_cell() -> None:
    for text, entries in ((law_evidence(), LAWS), (system_evidence(), SYSTEMS)):
        lines = text.splitlines()[2:]
        assert len(lines) == len(entries)
        for line in lines:
            assert all(cell.strip() for cell in line.strip("|").split("|")), line
