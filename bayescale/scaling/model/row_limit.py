"""How many rows can be fitted: refused before sampling, with what it would cost and what to do instead."""

from bayescale.data.runs import Runs
from bayescale.errors import InputError

#: Rows of a fit. A gradient takes 80 ns a row up to 10,000 rows, and 156 ns at 100,000, where rows no longer fit the
#: processor's cache (measured: `benchmarks/results/reference_scaling.md`): a minute of CPU at 10,000 where the first
#: attempt converges, with three attempts and longer paths an hour.
MOST_ROWS = 10_000
SECONDS_PER_ROW = 6e-3  # of CPU, to sample once: 72,000 gradients of 80 ns a row


def require_fittable_size(runs: Runs) -> None:
    """Refuse tables of more rows than a fit can use.

    Parameters
    ----------
    runs : Runs
        Training runs.

    Raises
    ------
    InputError
        For more than `MOST_ROWS` rows, with the rows and runs there are, the cost, and the ways to fewer rows.
    """
    n_rows = len(runs.table)
    if n_rows <= MOST_ROWS:
        return
    n_runs = len(runs.table[["family", "run"]].drop_duplicates())
    minutes = SECONDS_PER_ROW * n_rows / 60
    ways = []
    if n_runs <= MOST_ROWS:
        most = MOST_ROWS // n_runs
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
    raise InputError(
        f"{runs.source}: {n_rows:,} rows of {n_runs:,} run{'s' * (n_runs > 1)} are too many for one fit, which takes "
        f"at most {MOST_ROWS:,}: sampling alone would take {minutes:,.0f} minutes of CPU or more. What to do:",
        ways,
    )
