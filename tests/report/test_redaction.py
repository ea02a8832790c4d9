"""Redacted notes: names are replaced where they are known, and notes that may hold another name are left out."""

from bayescale.core.notes import Note
from bayescale.report.redaction import LEFT_OUT, renamed_notes

NEW_NAMES = {"okapi": "family 1", "gnu-1": "run 1"}


def test_renamed_notes_replace_each_known_name() -> None:
    (note,) = renamed_notes([Note("excluded", "gnu-1 of okapi diverged", ("okapi", "gnu-1"))], NEW_NAMES, "runs")
    assert (note, note.code, note.names) == ("run 1 of family 1 diverged", "excluded", ("family 1", "run 1"))


def test_notes_without_names_stay() -> None:
    note = Note("zero_loss", "loss is 0 in row 3")
    assert renamed_notes([note], NEW_NAMES, "runs") == (note,)


def test_notes_with_an_unknown_name_and_plain_texts_are_left_out_and_counted() -> None:
    notes = [Note("read", "from zebra.csv", ("zebra.csv",)), "zebra is odd", Note("zero_loss", "loss is 0 in row 3")]
    stays, left_out = renamed_notes(notes, NEW_NAMES, "families, runs or files")
    assert stays == "loss is 0 in row 3"
    assert (left_out.code, left_out.names) == (LEFT_OUT, ())
    assert left_out.startswith("2 notes that may name families, runs or files are left out")


def test_one_note_that_is_left_out_is_counted_in_the_singular() -> None:
    (left_out,) = renamed_notes(["zebra is odd"], NEW_NAMES, "runs")
    assert left_out.startswith("1 note that may name runs is left out")
