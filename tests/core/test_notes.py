"""Notes keep their code and names through JSON and pickling, and are renamed without leaving a name behind."""

import copy
import json

from hypothesis import given
from hypothesis import strategies as st

from bayescale.core.notes import UNCODED, Note, as_note, codes_of, from_json, to_json

NOTE = Note("family_with_one_row", "family 'a' has one row; 'ab' has two", ("a", "ab"))


def test_a_note_is_its_message() -> None:
    assert str(NOTE) == "family 'a' has one row; 'ab' has two"
    assert NOTE in ("something else", str(NOTE))
    assert json.dumps([NOTE]) == json.dumps([str(NOTE)])
    assert copy.deepcopy(NOTE).code == "family_with_one_row"


def test_json_gives_codes_and_names_back() -> None:
    (again,) = from_json(json.loads(json.dumps(to_json([NOTE]))))
    assert (again, again.code, again.names) == (NOTE, NOTE.code, NOTE.names)


def test_texts_of_earlier_releases_have_no_code_and_are_never_renamed() -> None:
    (old,) = from_json(["family 'a' is odd"])
    assert (old.code, old.names) == (UNCODED, None)
    assert as_note("text").renamed({"text": "x"}) is None


def test_a_note_without_a_new_name_for_each_name_is_not_renamed() -> None:
    assert NOTE.renamed({"a": "family 1"}) is None


def test_a_name_inside_another_is_replaced_as_a_whole() -> None:
    renamed = NOTE.renamed({"a": "family 1", "ab": "family 2"})
    assert renamed is not None
    assert renamed == "family 'family 1' has one row; 'family 2' has two"


def test_words_and_numbers_of_the_sentence_stay_where_names_are_quoted() -> None:
    note = Note("code", "family 'a' has a row of 2 columns; run '2' has none", ("a", "2"))
    assert note.renamed({"a": "family 1", "2": "run 1"}) == (
        "family 'family 1' has a row of 2 columns; run 'run 1' has none"
    )
    unquoted = Note("code", "Mixed: a, b.", ("a", "b"))
    assert unquoted.renamed({"a": "group 1", "b": "group 2"}) == "Mixed: group 1, group 2."


@given(st.lists(st.text("xyz", min_size=1, max_size=4), min_size=1, max_size=4, unique=True))
def test_renamed_notes_hold_no_old_name(names: list[str]) -> None:
    new = {name: str(place) for place, name in enumerate(names)}
    renamed = Note("code", " - ".join(names), names).renamed(new)
    assert renamed == " - ".join(new[name] for name in names)


def test_codes_are_in_the_order_of_the_notes() -> None:
    assert codes_of(["text", NOTE]) == [UNCODED, NOTE.code]
