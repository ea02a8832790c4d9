"""What a panel of a law shows, and what its legend names."""

import numpy as np
import pandas as pd
import pytest

from bayescale.plots.panels.law import hover_texts, legend
from bayescale.plots.panels.slices import Slices

NO_SLICES = Slices("", (), np.array([], dtype=np.int64))


def labels(*kinds: str, slices: Slices = NO_SLICES) -> list[str]:
    return [handle.get_label() for handle in legend(kinds, 0.9, slices)]


def test_a_legend_names_what_is_drawn_and_nothing_else() -> None:
    assert labels("runs") == ["training run"]
    assert labels("runs", "bands") == ["training run", "law, median", "law, 90 %", "one new run, 90 %"]
    assert labels("measured") == ["measured (filled: outside)"]


@pytest.mark.parametrize("count", [1, 3, 40])
def test_a_legend_names_the_smallest_and_the_largest_slice(count: int) -> None:
    slices = Slices("flops", tuple(np.geomspace(1e18, 1e22, count)), np.zeros(0, dtype=np.int64))
    named = [label for label in labels("slices", slices=slices) if "FLOP" in label]
    assert len(named) == min(count, 6)
    assert named[0] == "1e18 FLOP"
    assert count == 1 or named[-1] == "1e22 FLOP"


def test_a_hover_text_has_run_inputs_and_response() -> None:
    row = {"family": "dense", "run": "r1", "n_params": 7e9, "n_tokens": 1.4e11, "value": 2.34567}
    assert hover_texts(pd.DataFrame([row]), ["n_params", "n_tokens"], "loss") == [
        "r1 (dense)\nn_params 7B, n_tokens 140B\nloss 2.346"
    ]
