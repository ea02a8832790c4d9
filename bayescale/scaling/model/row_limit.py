"""How many rows can be fitted: refused before sampling, with what it would cost and what to do instead."""

from bayescale.data.runs import Runs
from bayescale.errors import InputError

#: Rows of a fit unless the sampler's `max_rows` allows more. A gradient takes 80 ns a row up to 10,000 rows, and 156 ns
#: at 100,000, where rows no longer fit the processor's cache (measured: `benchmarks/results/reference_scaling.md`): a
#: minute of CPU at 10,000 where the first attempt converges, with three attempts and longer paths an hour.
MOST_ROWS = 10_000
SECONDS_PER_ROW = 11e-3  # of CPU, to sample once above MOST_ROWS: 72,000 gradients of 156 ns a row


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
