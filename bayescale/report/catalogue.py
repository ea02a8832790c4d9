"""Laws of the catalogue as people and programs read them."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from bayescale.laws.law import Law, input_meaning
from bayescale.report.tables import Table, table_of, text


def listing(laws: Iterable[Law]) -> Table:
    """One row per law."""
    rows = [
        {
            "law": law.name,
            "id": law.id,
            "inputs": ", ".join(law.inputs),
            "parameters": ", ".join(law.parameter_names),
            "source": law.source,
        }
        for law in laws
    ]
    frame = pd.DataFrame(rows)
    return table_of(frame, "Laws (one in detail: bayescale laws NAME)", {str(name): text(str(name)) for name in frame})


def describe(law: Law) -> dict[str, Any]:
    """Everything the catalogue says about a law, as plain values."""
    return {
        "law": law.name,
        "id": law.id,
        "response": law.response,
        "formula": law.latex,
        "inputs": {name: input_meaning(name) for name in law.inputs},
        "parameters": [
            {"name": one.name, "meaning": one.meaning, "unit": one.unit, "prior": str(one.prior)}
            for one in law.parameters
        ],
        "published": {source: dict(values) for source, values in law.published.items()},
        "source": law.source,
        "holds_for": law.regime,
        "beware": law.pitfalls,
    }


def text_of(described: Mapping[str, Any]) -> str:
    """`describe`'s answer as text."""
    lines = [f"{described['law']} ({described['id']}): {described['formula']}", "", "inputs"]
    lines += [f"  {name}: {meaning}" for name, meaning in described["inputs"].items()]
    lines += ["", "parameters (prior median, and 90 % interval)"]
    lines += [f"  {one['name']}: {one['meaning']}; prior {one['prior']}" for one in described["parameters"]]
    if described["published"]:
        lines += ["", "published"]
    for source, values in described["published"].items():
        lines.append(f"  {source}: " + ", ".join(f"{name} = {value:g}" for name, value in values.items()))
    lines += ["", *(f"{word}: {described[key]}" for word, key in WORDS.items() if described[key])]
    return "\n".join(lines)


WORDS = {"source": "source", "holds for": "holds_for", "beware": "beware"}
