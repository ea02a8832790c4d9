"""How many rows can be fitted, and what happens to more: runs of one row are selected, checkpoints are refused.

Rows of runs that are measured once are selected by their inputs (`model/row_selection.py`), with a note. Checkpoints of
runs are refused before sampling, with the cost of a fit and what to do instead: which of them matter depends on the
question.
"""

from dataclasses import replace

import numpy as np

from bayescale.core.notes import Note
from bayescale.data.quantities import to_axis
from bayescale.data.runs import Runs, needs
from bayescale.errors import InputError
from bayescale.scaling.model.identifiability import with_defaults
from bayescale.scaling.model.spec import Spec
from bayescale.scaling.rows.row_selection import space_filling

#: Rows of a fit unless the sampler's `max_rows` allows more. A gradient of the joint law takes 55 ns a row up to 10,000
#: and 120 ns at 100,000, where rows do not fit the cache. Predicted for 10,000 rows: 50 s of CPU an attempt.
MOST_ROWS = 10_000
SECONDS_PER_ROW = 11e-3  # of CPU, to sample once above MOST_ROWS: 6,000 transitions of 15 gradients of 120 ns a row
SELECTED = "rows_selected"  # code of the note on a selection


def fitted_rows(runs: Runs, spec: Spec, max_rows: int = MOST_ROWS) -> Runs:
    """Select the rows that a law is fitted to, where there are more runs of one row than a fit may use.

    Parameters
    ----------
    runs : Runs
        The runs.
    spec : Spec
        The law, whose inputs decide, and the column of its families.
    max_rows : int, default 10,000
        Rows of a fit at most.

    Returns
    -------
    Runs
        All rows, or those selected with a note on their share.

    Raises
    ------
    InputError
        For an input that is missing, or blank in some row.
    """
    table = runs.table
    if len(table) <= max_rows or table.duplicated(["family", "run"]).any():
        return runs
    complete = with_defaults(runs, spec.law)
    needs(complete, spec.law.inputs)
    points = np.column_stack([to_axis(name, complete.table[name].to_numpy(dtype=float)) for name in spec.law.inputs])
    one_family = spec.family is None or spec.family not in table
    labels = np.zeros(len(table)) if one_family else table[spec.family].astype(str).to_numpy(dtype=str)
    families, family = np.unique(labels, return_inverse=True)
    if len(families) > max_rows:
        return runs
    selected = space_filling(points, family.astype(np.int64), max_rows)
    note = Note(
        SELECTED,
        f"{len(selected):,} of {len(table):,} rows are fitted ({100 * len(selected) / len(table):.2g} %), which fill "
        f"the space of {', '.join(spec.law.inputs)} in every family: sampling all rows would take about "
        f"{SECONDS_PER_ROW * len(table) / 60:,.0f} minutes of CPU. Sampler(max_rows={len(table)}) fits all.",
    )
    return replace(runs, table=table.iloc[selected].reset_index(drop=True), notes=(*runs.notes, note))


def require_fittable_size(runs: Runs, max_rows: int = MOST_ROWS) -> None:
    """Refuse tables of more rows than a fit may use.

    Parameters
    ----------
    runs : Runs
        The runs.
    max_rows : int, default 10,000
        Rows of a fit at most.

    Raises
    ------
    InputError
        Above `max_rows` rows, with the rows and runs there are, the cost, the ways to fewer rows, and the override.
    """
    n_rows = len(runs.table)
    if n_rows <= max_rows:
        return
    n_runs = len(runs.table[["family", "run"]].drop_duplicates())
    minutes = SECONDS_PER_ROW * n_rows / 60
    ways = []
    if n_runs <= max_rows:
        most = max_rows // n_runs
        ways += [
            f"keep {most} checkpoint{'s' * (most > 1)} of each run, the last among them: runs.thin({most}). "
            "Neighbouring checkpoints of one run say almost the same",
            "for a law of final losses keep the last of each run: runs.thin(1)",
        ]
    else:
        ways += [
            "keep the last checkpoint of each run, of which a fit then selects rows: runs.thin(1)",
            "average repeated runs of one setting, or take the runs of fewer families",
            "leave out the smallest scales, which say least about a forecast: runs.below('n_params', cut)[1]",
        ]
    ways.append(
        f"accept the cost: sampler=Sampler(max_rows={n_rows}); in a spec max_rows = {n_rows} in [sampler]; on the "
        f"command line fit --max-rows {n_rows}"
    )
    raise InputError(
        f"{runs.source}: {n_rows:,} rows of {n_runs:,} run{'s' * (n_runs > 1)} are too many for one fit, which takes "
        f"at most {max_rows:,}: sampling would take about {minutes:,.0f} minutes of CPU where the first attempt "
        f"converges, and up to {minutes:,.0f} hours where none does. What to do:",
        ways,
    )
