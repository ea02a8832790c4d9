"""CSV without quotes, with as many commas in every line, read by Arrow: the same text at a fraction of the cost.

Whatever is not so plain is left to Python's `csv`, which says what is wrong and in which line.
"""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

_BLOCK = 1 << 24  # bytes that are parsed at once; longer lines are left to Python's `csv`


def plain_csv(text: str) -> tuple[list[str], pd.DataFrame] | None:
    """Names of the columns and the rows below them, every value as text; None where the text is not plain.

    Plain is text of several columns without quotes, bare carriage returns, blank lines, and rows without any value.
    """
    first = text.find("\n")
    names = text[: max(first, 0)]
    width = names.count(",") + 1
    bare = "\r" in text and text.count("\r") != text.count("\r\n")
    if '"' in text or bare or width == 1 or first < 0:
        return None
    data = text.encode()
    try:
        read = csv.read_csv(
            pa.py_buffer(memoryview(data)[len(names.encode()) + 1 :]),
            csv.ReadOptions(use_threads=False, block_size=_BLOCK, column_names=list(map(str, range(width)))),
            csv.ParseOptions(quote_char=False, ignore_empty_lines=False),
            csv.ConvertOptions(check_utf8=False, column_types=dict.fromkeys(map(str, range(width)), pa.large_string())),
        )
    except pa.ArrowInvalid:  # no rows, or lines of another number of columns
        return None
    read = read.combine_chunks()
    if not len(read) or _blank_row(read):
        return None
    return names.rstrip("\r").split(","), read.to_pandas()


def _blank_row(table: pa.Table) -> bool:
    """Whether some row has no value at all."""
    blank = np.ones(len(table), dtype=bool)
    for column in table.columns:
        blank &= ~np.asarray(pc.match_substring_regex(column, "[!-~]"))  # what is visible is not blank
        if not blank.any():
            return False
        blank[blank] = [not value.strip() for value in column.filter(pa.array(blank)).to_pylist()]
    return bool(blank.any())
