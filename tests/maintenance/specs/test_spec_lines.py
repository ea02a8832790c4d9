"""The line of a spec that a message names."""

from bayescale.maintenance.specs.spec_lines import line_of


def test_lines_of_arrays_of_tables() -> None:
    text = '[[forecast]]\nname = "a"\n\n[[forecast]]\nname = "b"\n'
    assert line_of(text, ["forecast", 0, "name"]) == 2
    assert line_of(text, ["forecast", 1, "name"]) == 5
    assert line_of(text, ["forecast", 1]) == 4
    assert line_of(text, ["nothing"]) is None


def test_a_key_that_is_missing_has_the_line_of_its_table() -> None:
    assert line_of("[model]\nlaw = 'joint'\n", ["model", "noise"]) == 1
    assert line_of("[model]\nlaw = 'joint'\n", ["model", "law"]) == 2
