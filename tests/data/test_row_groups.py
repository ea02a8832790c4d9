"""Hashes of rows agree exactly where the values do, and groups are those of pandas."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayescale.data.row_groups import (
    combined_hashes,
    group_codes,
    integer_hashes,
    number_hashes,
    repeats_another,
    text_hashes,
    value_hashes,
    varies_in_group,
)
from bayescale.data.runs_validation.identity import identity_of

NUMBERS = st.lists(st.sampled_from([0.0, -0.0, 1.5, -2.0, np.nan, np.inf]), min_size=1, max_size=8)
WORDS = st.lists(st.sampled_from(["a", "b", "", None]), min_size=1, max_size=8)


@given(NUMBERS)
def test_hashes_of_numbers_agree_where_pandas_does(values: list[float]) -> None:
    array = np.array(values)
    expected = pd.factorize(pd.Series(array + 0.0), use_na_sentinel=False)[0]
    np.testing.assert_array_equal(group_codes(number_hashes(array)), expected)
    np.testing.assert_array_equal(group_codes(number_hashes(array.astype(np.float32))), expected)


@given(WORDS)
def test_hashes_of_text_agree_where_pandas_does(values: list[str | None]) -> None:
    expected = pd.factorize(pd.Series(values, dtype=object), use_na_sentinel=False)[0]
    for dtype in ("str", "object"):
        np.testing.assert_array_equal(group_codes(value_hashes(pd.Series(values, dtype=dtype))), expected)


@given(st.lists(st.text("ab\0é", max_size=20) | st.none(), max_size=12), st.integers(0, 3))
def test_texts_of_any_length_have_the_hashes_of_their_values(values: list[str | None], skipped: int) -> None:
    hashes = text_hashes(pa.array(values, pa.large_string())[skipped:])
    expected = pd.factorize(np.array(values[skipped:], dtype=object), use_na_sentinel=False)[0]
    np.testing.assert_array_equal(group_codes(hashes), expected)


@pytest.mark.parametrize("length", [1, 8, 60, 80])
def test_texts_that_differ_in_the_last_character_differ(length: int) -> None:
    texts = [f"{number:0{length}d}" for number in range(10)] * 3000
    hashes = text_hashes(pa.array(texts, pa.large_string()))
    assert len(set(hashes.tolist())) == 10
    assert repeats_another(hashes).all()
    assert not repeats_another(hashes[:10]).any()


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(0, 63))
def test_equal_hashes_repeat_whatever_their_bits(numbers: list[int], shift: int) -> None:
    hashes = np.array(numbers, dtype=np.uint64) << np.uint64(shift)
    np.testing.assert_array_equal(repeats_another(hashes), pd.Series(hashes).duplicated(keep=False).to_numpy())


@given(st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=20, unique=True))
def test_different_integers_have_different_hashes(values: list[int]) -> None:
    assert len(set(integer_hashes(np.array(values)).tolist())) == len(values)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=12))
def test_combined_rows_repeat_as_pandas_finds(pairs: list[tuple[int, int]]) -> None:
    table = pd.DataFrame(pairs, columns=["x", "y"])
    hashes = combined_hashes(value_hashes(table[name]) for name in table)
    np.testing.assert_array_equal(repeats_another(hashes), table.duplicated(keep=False).to_numpy())
    swapped = combined_hashes(value_hashes(table[name]) for name in ("y", "x"))
    np.testing.assert_array_equal(repeats_another(swapped), repeats_another(hashes))


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([1.0, 2.0, np.nan])), min_size=1, max_size=12))
def test_groups_with_several_values(pairs: list[tuple[int, float]]) -> None:
    table = pd.DataFrame(pairs, columns=["group", "value"])
    codes = pd.factorize(table["group"])[0]
    filled = table["value"].notna().to_numpy()
    expected = table.groupby("group")["value"].transform("nunique").to_numpy() > 1
    np.testing.assert_array_equal(varies_in_group(table["value"].to_numpy(), filled, codes), expected)


def test_identity_ignores_run_ids_that_reading_adds() -> None:
    table = pd.DataFrame({"family": ["a", "a", "b"], "run": ["row 1", "row 2", "row 3"]}).astype("str")
    identity = identity_of(table, np.zeros(3, dtype=bool))
    assert identity.run.tolist() == [0, 0, 0]
    assert identity.family[0] == identity.family[1] != identity.family[2]
    assert identity.rows(np.array([True, False, True])).family.tolist() == identity.family[[0, 2]].tolist()
