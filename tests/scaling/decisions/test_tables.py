"""Test datasets and flags of decisions."""

import numpy as np
import pandas as pd

from bayescale.scaling.decisions.tables import draws_dataset, family_first, flags


def test_draws_dataset_has_coordinates_of_draws_and_rows() -> None:
    draws = np.arange(12.0).reshape(2, 3, 2)
    dataset = draws_dataset({"loss": draws}, "budget", {"budget": [1e20, 1e22]})
    assert dataset.sizes == {"chain": 2, "draw": 3, "budget": 2}
    assert dataset["loss"].sel(chain=1, draw=2, budget=1e22).item() == 11.0


def test_flags_join_notes_and_distance() -> None:
    near, far = flags(np.array([1.0, 50.0]), ["at the edge", "at the edge"])
    assert near == "at the edge"
    assert far.startswith("at the edge; 50x beyond the data")
    assert flags(np.array([1.0])).tolist() == [""]


def test_the_family_is_the_first_column() -> None:
    table = pd.DataFrame({"loss": [2.0, 3.0]})
    assert family_first("a", table).columns.tolist() == ["family", "loss"]
    assert family_first(None, table) is table
