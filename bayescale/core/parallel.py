"""Jobs of one kind, one after another in this process or side by side on a Dask cluster."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from bayescale.errors import InputError

LOCAL = "local"
CONNECTION_TIMEOUT = "10s"  # of an address at which no scheduler answers
#: A Dask worker gets its next job after its last one, so that no job waits behind a long one or dies with it.
ONE_AT_A_TIME = {"distributed.scheduler.worker-saturation": 1.0}


def spread[Result](
    function: Callable[..., Result],
    jobs: Sequence[tuple[Any, ...]],
    titles: Sequence[str],
    tell: Callable[[str], None] | None = None,
    cluster: str | None = None,
    lost: Callable[[str], Result] | None = None,
) -> list[Result]:
    """Call a function for every job and return the results in the order of the jobs.

    Parameters
    ----------
    function : callable
        The function. What it raises is raised.
    jobs : sequence of tuple
        Positional arguments of each call.
    titles : sequence of str
        Title of each job.
    tell : callable, optional
        Called with the title of each job: before it runs in this process, after it ran on a cluster.
    cluster : str, optional
        None: this process. "local": one worker process for every core of this machine. "tcp://host:port": the scheduler
        of a Dask cluster whose workers have this version of bayescale.
    lost : callable, optional
        Returns the result of a job, from its title, whose workers died each time it was tried. None: raise the error.

    Returns
    -------
    list
        The results.

    Raises
    ------
    InputError
        Dask is not installed, or no scheduler answers.
    """
    report_title = tell or (lambda title: None)
    if cluster is None:
        return [_call(function, job, title, report_title) for job, title in zip(jobs, titles, strict=True)]
    with _client(cluster) as client:
        from distributed import as_completed

        futures = [client.submit(function, *job, pure=False) for job in jobs]
        title_of = {future.key: title for future, title in zip(futures, titles, strict=True)}
        results = {}
        for future in as_completed(futures):
            report_title(title_of[future.key])
            results[future.key] = _result(future, title_of[future.key], lost)  # at once: it may die with its worker
        return [results[future.key] for future in futures]


def _result[Result](future: Any, title: str, lost: Callable[[str], Result] | None) -> Result:
    from distributed import KilledWorker

    if lost is not None and isinstance(future.exception(), KilledWorker):
        return lost(title)
    return cast("Result", future.result())


def _call[Result](
    function: Callable[..., Result], job: tuple[Any, ...], title: str, report_title: Callable[[str], None]
) -> Result:
    report_title(title)
    return function(*job)


@contextmanager
def _client(cluster: str) -> Iterator[Any]:
    if cluster != LOCAL and "://" not in cluster:
        raise InputError(f"cluster={cluster!r} must be {LOCAL!r} or a scheduler's address, such as tcp://host:8786")
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise InputError("a cluster needs Dask: pip install 'bayescale[cluster]'") from error
    if cluster != LOCAL:
        try:
            client = Client(cluster, timeout=CONNECTION_TIMEOUT)
        except (OSError, ValueError, TimeoutError) as error:
            raise InputError(f"no Dask scheduler answers at {cluster}: {error}") from error
        with client:
            yield client
        return
    with (
        dask.config.set(ONE_AT_A_TIME),
        LocalCluster(threads_per_worker=1, dashboard_address=None) as here,
        Client(here) as client,
    ):
        yield client
