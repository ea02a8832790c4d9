"""Many jobs of one kind: one after another here, or on a Dask cluster. There is no queue of our own."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from bayescale.errors import InputError

LOCAL = "local"
#: Of Dask: a worker gets its next job when it has done the last, so that none waits behind a long one or dies with it.
ONE_AT_A_TIME = {"distributed.scheduler.worker-saturation": 1.0}


def spread[Result](
    function: Callable[..., Result],
    jobs: Sequence[tuple[Any, ...]],
    titles: Sequence[str],
    tell: Callable[[str], None] | None = None,
    cluster: str | None = None,
    lost: Callable[[str], Result] | None = None,
) -> list[Result]:
    """The function's result for every job (its arguments), in order, wherever they ran. `tell` hears each job's title:
    as it begins here, as it ends on a cluster.

    cluster  None: in this process; "local": a worker process for every core of this machine; "tcp://host:port": the
             scheduler of a Dask cluster, whose workers have this version of bayescale.
    lost     what stands for the result of a job, by its title, whose workers died (killed, out of memory) each time it
             was tried; None: that is raised.

    Whatever a job raises is raised. Raises InputError where Dask is not installed or nobody answers.
    """
    say = tell or (lambda title: None)
    if cluster is None:
        return [_begun(function, job, title, say) for job, title in zip(jobs, titles, strict=True)]
    with _client(cluster) as client:
        from distributed import as_completed

        futures = [client.submit(function, *job, pure=False) for job in jobs]
        title_of = {future.key: title for future, title in zip(futures, titles, strict=True)}
        found = {}
        for future in as_completed(futures):
            say(title_of[future.key])
            found[future.key] = _result(future, title_of[future.key], lost)  # at once: it may die with its worker
        return [found[future.key] for future in futures]


def _result[Result](future: Any, title: str, lost: Callable[[str], Result] | None) -> Result:
    from distributed import KilledWorker

    if lost is not None and isinstance(future.exception(), KilledWorker):
        return lost(title)
    return cast("Result", future.result())


def _begun[Result](
    function: Callable[..., Result], job: tuple[Any, ...], title: str, say: Callable[[str], None]
) -> Result:
    say(title)
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
            client = Client(cluster, timeout="10s")
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
