"""Simulations in parallel: a thread for every core of this machine, or the workers of a Dask cluster."""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from threadpoolctl import threadpool_limits

from bayescale.core.parallel import spread
from bayescale.errors import InputError

MOST_COUNT = 100_000


def run_simulations[Result](
    function: Callable[..., Result],
    jobs: Sequence[tuple[Any, ...]],
    progress: Callable[[str], None] | None,
    cluster: str | None,
) -> list[Result]:
    """Run a function for every job.

    Parameters
    ----------
    function : callable
        What a simulation does.
    jobs : sequence of tuple
        Arguments of the function, one tuple per simulation.
    progress : callable or None
        Called with a line after each simulation.
    cluster : str or None
        None: a thread for every core of this machine; "local", or the address of a Dask scheduler.

    Returns
    -------
    list
        Results, in the order of the jobs.
    """
    titles = [f"simulation {place + 1} of {len(jobs)}" for place in range(len(jobs))]
    if cluster is not None:
        return spread(function, jobs, titles, progress, cluster)

    def run(job: tuple[Any, ...], title: str) -> Result:
        result = function(*job)
        if progress is not None:
            progress(title)
        return result

    with threadpool_limits(1), ThreadPoolExecutor(os.cpu_count()) as pool:
        futures = [pool.submit(run, job, title) for job, title in zip(jobs, titles, strict=True)]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def require_counts(counts: Mapping[str, tuple[object, int]]) -> None:
    """Require whole numbers in their range.

    Parameters
    ----------
    counts : mapping of str to tuple
        Value and least allowed value of each argument.

    Raises
    ------
    InputError
        If a value is no whole number or out of range; all problems at once.
    """
    problems = [
        f"{name}={value!r} must be a whole number from {least} to {MOST_COUNT}"
        for name, (value, least) in counts.items()
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MOST_COUNT
    ]
    if problems:
        raise InputError("the calibration cannot be run:", problems)
