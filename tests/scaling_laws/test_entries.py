"""The catalogue is collected from the modules of its subjects."""

from pathlib import Path

import bayescale.scaling_laws.catalog
from bayescale.scaling_laws.entries import CATALOGUE, EVIDENCE, FUNCTION_IDS, FUNCTIONS, SUBJECTS


def test_every_module_of_the_catalogue_is_a_subject() -> None:
    folder = Path(bayescale.scaling_laws.catalog.__file__).parent
    assert {path.stem for path in folder.glob("*.py")} - {"__init__"} == set(SUBJECTS)


def test_laws_are_ordered_by_id() -> None:
    ids = list(dict.fromkeys(entry.id for entry in CATALOGUE.values()))
    assert ids[:9] == ["L1", "L2", "L2b", "L3", "L4", "L5", "L6", "L7", "L8"]
    assert ids[9:12] == ["L8b", "L9", "L10"]
    assert [name for name, entry in CATALOGUE.items() if entry.id == "L2"] == [
        *("kaplan", "kaplan_params", "kaplan_tokens", "kaplan_steps", "critical_batch"),
    ]


def test_functions_are_no_laws() -> None:
    assert not set(FUNCTIONS) & set(CATALOGUE)
    assert set(FUNCTION_IDS.values()) <= set(FUNCTIONS)
    assert list(EVIDENCE) == [*CATALOGUE, *FUNCTIONS]
