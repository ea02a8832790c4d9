"""Values are written as `repr` and `json` write them, whichever way is taken."""

import json

import numpy as np
import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from bayescale.data.json_text import number_texts, quoted_texts

SIZES = (1e-4, 1e10, 1e11, 1e15, 1e16, float(2**53))
EDGES = [0.0, -0.0, 7.0, -2.5, np.nan, np.inf, *SIZES, *(float(np.nextafter(size, 0)) for size in SIZES)]


@given(st.lists(st.floats() | st.floats(-1e17, 1e17) | st.integers(-(10**17), 10**17).map(float), max_size=8))
@example(EDGES)
@example([-value for value in EDGES])
@example([12345678901.25] * 3)
def test_numbers_have_the_text_of_repr(values: list[float]) -> None:
    expected = ["" if np.isnan(value) else repr(value + 0.0) for value in values]
    assert number_texts(np.array(values, dtype=float)).to_pylist() == expected


@given(st.lists(st.floats(allow_infinity=False) | st.integers(-(10**20), 10**20).map(float), max_size=8))
def test_whole_numbers_have_the_text_of_int(values: list[float]) -> None:
    expected = ["" if np.isnan(value) else str(int(value)) if value.is_integer() else repr(value) for value in values]
    assert number_texts(np.array(values, dtype=float), "").to_pylist() == expected


def test_random_numbers_of_all_sizes() -> None:
    rng = np.random.default_rng(1)
    values = np.exp(rng.uniform(np.log(1e-6), np.log(1e18), 20_000)) * rng.choice([-1.0, 1.0], 20_000)
    values = np.concatenate((values, np.round(values), np.round(values, 3)))
    assert number_texts(values).to_pylist() == [repr(value + 0.0) for value in values.tolist()]


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=5) | st.sampled_from(["a", 'b"', "\\"]), max_size=5))
def test_texts_are_those_of_json(values: list[str]) -> None:
    assert quoted_texts(pa.array(values, pa.large_string())).to_pylist() == [json.dumps(value) for value in values]
