"""Test that a response which moves against its name is noted, for few and for many families."""

import numpy as np
import pandas as pd
import pytest

from bayescale.data.reading import read_runs
from bayescale.data.runs import Runs


def direction_notes(families: int, wrong: list[int]) -> list[str]:
    """Notes on families of ten rows, in which the loss of some rises with size; rows are shuffled."""
    sizes = np.geomspace(1e8, 1e10, 10)
    losses = 2.0 + (1e9 / sizes) ** 0.3
    rows = [
        {"family": f"f{family}", "n_params": size, "n_tokens": 20 * size, "loss": loss + 0.01 * family}
        for family in range(families)
        for size, loss in zip(sizes, losses[::-1] if family in wrong else losses, strict=True)
    ]
    table = pd.DataFrame(rows).sample(frac=1, random_state=1, ignore_index=True)
    runs: Runs = read_runs(table)
    return [str(note) for note in runs.notes if note.code == "unexpected_direction"]


@pytest.mark.parametrize("families", [3, 12])
def test_families_whose_loss_rises_are_named(families: int) -> None:
    assert direction_notes(families, []) == []
    (note,) = direction_notes(families, [1])
    assert "'f1' (1.00 over 10 rows)" in note
    assert "'f0'" not in note
    assert "'f2'" not in note
