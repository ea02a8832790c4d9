"""Advice on laws for a measured column other than a loss."""

from collections.abc import Iterable

from bayescale.core.text import listing

#: Inputs that the advice proposes for a law of one input, in order of preference.
PROPOSED_INPUTS = ("flops", "n_params", "n_tokens", "examples", "loss")


def advice(response: str, columns: Iterable[str]) -> str:
    """Name the laws that can be fitted to a measured column.

    Parameters
    ----------
    response : str
        Name of the measured column.
    columns : iterable of str
        Names of the columns of the table.

    Returns
    -------
    str
        Laws of the catalogue for this response whose inputs the table contains, or else all laws for this response.
        The text ends with a call that adapts a law of one input.
    """
    from bayescale.scaling_laws.entries import CATALOGUE

    available = set(columns)
    entries = [entry for entry in CATALOGUE.values() if entry.response == response]
    specific_first = sorted(entries, key=lambda entry: -len(entry.inputs))
    ready = [entry.name for entry in specific_first if set(entry.inputs) <= available]
    lacking = [f"{entry.name} (of {', '.join(entry.inputs)})" for entry in entries if entry.name not in ready]
    column = next((name for name in PROPOSED_INPUTS if name in available), "flops")
    call = f"bayescale.law('power_floor', over={column!r}, response={response!r})"
    if ready:
        return f"laws of {response!r} with their inputs in this table: {listing(ready)}; or adapt another, {call}"
    if lacking:
        return f"laws of {response!r}: {listing(lacking)}; or adapt another, {call}"
    return f"the catalogue has no law of {response!r}: adapt another, {call}"
