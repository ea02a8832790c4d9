"""Simulations side by side: a thread for every core of this machine, or the workers of a Dask cluster."""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from threadpoolctl import threadpool_limits

from bayescale.core.parallel import spread
from bayescale.errors import InputError

MOST = 100_000


def side_by_side[Result](
    function: Callable[..., Result],
    jobs: Sequence[tuple[Any, ...]],
    tell: Callable[[str], None] | None,
    cluster: str | None,
) -> list[Result]:
    """The function's result for every job, in order; `tell` hears of each as it ends. `cluster` is that of `spread`."""
    titles = [f"simulation {place + 1} of {len(jobs)}" for place in range(len(jobs))]
    if cluster is not None:
        return spread(function, jobs, titles, tell, cluster)

    def told(job: tuple[Any, ...], title: str) -> Result:
        result = function(*job)
        if tell is not None:
            tell(title)
        return result

    with threadpool_limits(1), ThreadPoolExecutor(os.cpu_count()) as pool:
        futures = [pool.submit(told, job, title) for job, title in zip(jobs, titles, strict=True)]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def require_counts(counts: Mapping[str, tuple[object, int]]) -> None:
    """Raise InputError, all problems at once, unless every count (value, least) is a whole number of at least that."""
    wrong = [
        f"{name}={value!r} must be a whole number from {least} to {MOST}"
        for name, (value, least) in counts.items()
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MOST
    ]
    if wrong:
        raise InputError("the calibration cannot be run:", wrong)
