"""The sentences of a description, and its table of columns."""

import pandas as pd

from bayescale.description.meanings import Meaning
from bayescale.description.result import Description, columns_of


def test_sentences_name_the_most_important_first() -> None:
    described = Description("runs", "t.csv", 3, "loss; a grid", pd.DataFrame(), nearly={"joint": ("n_tokens",)})
    assert described.answer == (
        "t.csv: 3 rows, probably a table of runs; loss; a grid.",
        "No law fits as it is; nearly: joint (lacks n_tokens).",
    )


def test_values_are_ranges_and_first_texts() -> None:
    table = pd.DataFrame({"n": [1.0, None, 5.0], "m": ["a", "b", "c"], "k": 2})
    meanings = [Meaning("n", "n_params", sure=False), Meaning("m", ""), Meaning("k", "steps")]
    frame = columns_of(table, meanings, {"n_params": "billions"})
    assert frame["values"].tolist() == ["1 to 5; 1 blank", "a, b and 1 more", "2"]
    assert frame["read as"].tolist() == ["n_params?", "", "steps"]
    assert frame["unit"].tolist() == ["billions", "", ""]
