"""The columns decide the form of a table of trials."""

from bayescale.data.trials_validation.form import form, misspelt_columns


def test_forms() -> None:
    assert form(["problem", "success"]) == (True, [])
    assert form(["problem", "attempts", "successes"]) == (False, [])
    assert len(form(["problem", "success", "attempts"])[1]) == 1
    assert len(form(["attempts", "successes"])[1]) == 1


def test_other_names_of_optional_columns_are_noted() -> None:
    (note,) = misspelt_columns(["problem", "attempts", "successes", "n_failed"], per_attempt=False)
    assert (note.code, note.names) == ("unused_column", ())
    assert note == "Column 'n_failed' is not used; if it is 'errors', use rename={'n_failed': 'errors'}."
