"""Which laws of the catalogue are of a measured column."""

from collections.abc import Iterable

from bayescale.core.text import listing
from bayescale.scaling_laws.registry import CATALOGUE


def advice(response: str, columns: Iterable[str]) -> str:
    """What to fit to runs that hold `response`, given the columns of their table: laws by name, or how to make one."""
    known, own = set(columns), [entry for entry in CATALOGUE.values() if entry.response == response]
    ready = [entry.name for entry in own if set(entry.inputs) <= known]
    lacking = [f"{entry.name} (of {', '.join(entry.inputs)})" for entry in own if entry.name not in ready]
    along = next((name for name in ("flops", "n_params", "n_tokens", "examples", "loss") if name in known), "flops")
    general = f"bayescale.law('power_floor', over={along!r}, response={response!r})"
    if ready:
        return f"laws of {response!r} with their inputs in this table: {listing(ready)}; or {general}"
    if lacking:
        return f"laws of {response!r}: {listing(lacking)}; or {general}"
    return f"no law of the catalogue is of {response!r}: name another's response, {general}"
