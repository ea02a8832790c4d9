"""Runs from any source: a table in memory, a file, files under a pattern or address, or a tracker."""

import os
from collections.abc import Mapping
from typing import cast

from bayescale.core.arguments import checked
from bayescale.data.file_paths import is_pattern
from bayescale.data.runs import Runs, runs_from_table
from bayescale.data.sources.addresses import source_at
from bayescale.data.sources.reader import Source, read_source, runs_of


@checked
def read_runs(
    source: object,
    *,
    rename: Mapping[str, str] | None = None,
    response: str = "loss",
    units: Mapping[str, str] | None = None,
    comparable: str = "",
) -> Runs:
    """Read and validate a table of runs.

    Known inputs (`n_params`, `n_tokens`, `flops` ...) are absolute counts. Blank inputs and responses are allowed here,
    not in a fit: see `Runs.complete` and `Runs.exclude`. Without `family` all rows are one family, "all"; a missing or
    blank `run` becomes "row 17". Well-known synonyms of `family`, `run`, `seed` and `step` are read, with a note.

    Parameters
    ----------
    source : str, os.PathLike, table or source
        Path of a file (.csv, .tsv, .parquet, .jsonl, .ndjson, .xlsx, also compressed), a pattern or address of several
        (s3://, hf:// ...), "example:pile", a table in memory (of any library that exports Arrow data, an xarray
        Dataset, a list of dicts, a dict of lists), or a source of `bayescale.data.sources`.
    rename : mapping of str to str, optional
        New names by the names in the source: ``{"Model Size": "n_params"}``.
    response : str, default "loss"
        Name of the measured column; `loss` is in nats per token.
    units : mapping of str to str, optional
        Units of columns that are in other units, which are converted: ``{"n_params": "millions"}``,
        ``{"loss": "perplexity"}``, ``{"error": "percent"}``. A column declared "absolute" or "nats" is read as it is,
        whatever its values suggest.
    comparable : str, default ""
        Why losses of several evaluation sets, tokenizers, units or size definitions may be fitted together. A table of
        several is refused without a reason.

    Returns
    -------
    Runs
        The validated table, with notes.

    Raises
    ------
    InputError
        If the table cannot be used; it lists every problem with column, values and row numbers.
    """
    origin = named_source(source)
    if origin is None:
        return runs_from_table(source, rename=rename, response=response, units=units, comparable=comparable)
    return runs_of(read_source(origin), rename=rename, response=response, units=units, comparable=comparable)


def named_source(value: object) -> Source | None:
    """Return the source that an address or a pattern names.

    Parameters
    ----------
    value : object
        What a caller gives as a table of runs.

    Returns
    -------
    Source or None
        The source; a source of `bayescale.data.sources` as it is; None for what `read_table` reads.
    """
    if isinstance(value, Source.__value__):
        return cast(Source, value)
    if not isinstance(value, str) or value.startswith("example:"):
        return None
    if "://" in value or (is_pattern(value) and not os.path.lexists(os.path.expanduser(value))):
        return source_at(value)
    return None
