"""Columns that record when, where or in which order a row was written, and nothing about the measurement."""

import re
from typing import Any

import numpy as np
import pandas as pd

from bayescale.data.aliases import normalized
from bayescale.data.columns import as_text

#: Normalized names of such columns.
BOOKKEEPING = re.compile(
    r"(unnamed|level)(_\d+)*|index|idx|row_(id|number|index)|record(_id)?|id|uuid|guid|key|hash|sha\d*|checksum|digest"
    r"|(.*_)?(time|timestamp|date|datetime|runtime|walltime|wall_time|duration|elapsed|seconds|minutes|hours)"
    r"|(.*_)?(created|updated|modified|started|ended|finished|exported|logged|uploaded)(_(at|on|by|time))?"
    r"|(source_)?(file|filename|file_name|path|folder|url|uri|export|dump|batch_id)|artifact_.*|host(name)?|node|machine"
    r"|pid|user(name)?|author|notes?|comments?|description|state|status|version|commit|relative_time.*"
)
_TOKEN = re.compile(r"[0-9a-f]{8,}(-[0-9a-f]{4,})*|\d{4}-\d{2}-\d{2}.*", re.IGNORECASE)


def is_bookkeeping(column: "pd.Series[Any]") -> bool:
    """Return whether a column distinguishes rows without describing the measurement.

    Parameters
    ----------
    column : Series of shape (n_rows,)
        The column; its name and its values are considered.

    Returns
    -------
    bool
        True for names such as `timestamp`, for dates, for consecutive integers and for identifiers.
    """
    if BOOKKEEPING.fullmatch(normalized(str(column.name))) or pd.api.types.is_datetime64_any_dtype(column.dtype):
        return True
    if pd.api.types.is_integer_dtype(column.dtype):
        values = np.sort(column.to_numpy())
        return len(values) > 2 and bool((np.diff(values) == 1).all())
    texts = [text for text in as_text(column) if text] if not pd.api.types.is_numeric_dtype(column.dtype) else []
    return bool(texts) and all(_TOKEN.fullmatch(text) and any(map(str.isdigit, text)) for text in texts)
