"""Location of the public data, averages of clustered scores, and writing of result tables.

The public data and their splits are in `../shared`, next to the checkout, or in the folder that BAYESCALE_SHARED names.
Result tables are written to `benchmarks/results/`, each as CSV (for programs) and as aligned Markdown (for readers).
"""

import importlib.util
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import NamedTuple, Protocol

import pandas as pd

CHECKOUT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("BAYESCALE_SHARED", CHECKOUT.parent / "shared"))
RESULTS = Path(__file__).resolve().parent / "results"
HARD_SET = "gzip"  # phase transitions: reported apart from the other eight sets
#: A spec of a table beside it: the plainest model of two families or more. What follows is the caller's.
PLAIN_SPEC = """\
[data]
source = "{name}.csv"

[model]
law = "chinchilla"
discrepancy = false
noise = "constant"

"""


class Split(Protocol):
    """One forecast task: runs below a compute cut, and the runs above it."""

    @property
    def name(self) -> str: ...
    @property
    def factor(self) -> float: ...
    @property
    def train(self) -> pd.DataFrame: ...
    @property
    def test(self) -> pd.DataFrame: ...


class Estimate(NamedTuple):
    """A mean and its standard error."""

    mean: float
    error: float


def shared_tool(name: str) -> ModuleType:
    """The module `tools/<name>.py` beside the public data; FileNotFoundError says how to point to them."""
    path = SHARED / "tools" / f"{name}.py"
    if not path.is_file():
        raise FileNotFoundError(
            f"The public data are not beside the checkout: there is no {Path('tools') / path.name} in {SHARED}. "
            "Set BAYESCALE_SHARED to the folder that holds `data/` and `tools/`."
        )
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up while it is being executed
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def loss_splits(hard: bool = False) -> list[Split]:
    """The 24 forecast tasks on public loss data; with `hard`, also the three on the set with phase transitions."""
    return [split for split in shared_tool("loss_splits").splits() if hard or split.name != HARD_SET]


def clustered(rows: pd.DataFrame, column: str, cluster: str = "set") -> Estimate:
    """The mean over sets of a column's mean in each set, with the standard error of that mean.

    Splits of one set overlap, so the set is the unit: its splits count as one observation.
    """
    means = rows.groupby(cluster)[column].mean()
    error = float(means.std(ddof=1)) / math.sqrt(len(means)) if len(means) > 1 else math.nan
    return Estimate(float(means.mean()), error)


def aligned_markdown(table: pd.DataFrame, digits: int = 2) -> str:
    """A Markdown table whose columns line up: text to the left, numbers to the right."""
    numeric = [pd.api.types.is_numeric_dtype(table[column]) for column in table]
    cells = [[str(column) for column in table]]
    cells += [[_cell(value, digits) for value in row] for row in table.itertuples(index=False)]
    widths = [max(3, *(len(row[i]) for row in cells)) for i in range(len(numeric))]
    rule = ["-" * (w - 1) + ":" if right else "-" * w for w, right in zip(widths, numeric, strict=True)]
    lines = [cells[0], rule, *cells[1:]]
    return "\n".join(f"| {' | '.join(_padded(line, widths, numeric))} |" for line in lines) + "\n"


def write_table(name: str, table: pd.DataFrame, notes: Sequence[str] = (), digits: int = 2) -> Path:
    """Write `results/<name>.csv` and `results/<name>.md` (notes below the table); the path of the CSV."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.csv"
    _replace(path, table.to_csv(index=False, float_format="%.6g"))
    below = "".join(f"\n{note}\n" for note in notes)
    _replace(path.with_suffix(".md"), aligned_markdown(table, digits) + below)
    return path


def _cell(value: object, digits: int) -> str:
    return f"{value:.{digits}f}" if isinstance(value, float) else str(value)


def _padded(line: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> list[str]:
    layout = zip(line, widths, numeric, strict=True)
    return [cell.rjust(width) if right else cell.ljust(width) for cell, width, right in layout]


def _replace(path: Path, text: str) -> None:
    """Write a whole file or nothing, so that an interrupted run leaves the last complete table."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
