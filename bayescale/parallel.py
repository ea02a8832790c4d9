"""Many jobs of one kind: one after another here, or on a Dask cluster. There is no queue of our own."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from bayescale.errors import InputError

LOCAL = "local"


def spread[Result](
    function: Callable[..., Result],
    jobs: Sequence[tuple[Any, ...]],
    titles: Sequence[str],
    tell: Callable[[str], None] | None = None,
    cluster: str | None = None,
) -> list[Result]:
    """The function's result for every job (its arguments), in order, wherever they ran. `tell` hears each job's title:
    as it begins here, as it ends on a cluster.

    cluster  None: in this process; "local": a worker process for every core of this machine; "tcp://host:port": the
             scheduler of a Dask cluster, whose workers have this version of bayescale.

    Whatever a job raises is raised. Raises InputError where Dask is not installed or nobody answers.
    """
    say = tell or (lambda title: None)
    if cluster is None:
        return [_begun(function, job, title, say) for job, title in zip(jobs, titles, strict=True)]
    with _client(cluster) as client:
        from distributed import as_completed

        futures = [client.submit(function, *job, pure=False) for job in jobs]
        title_of = {future.key: title for future, title in zip(futures, titles, strict=True)}
        for future in as_completed(futures):
            say(title_of[future.key])
        return list(client.gather(futures))


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
    with LocalCluster(threads_per_worker=1, dashboard_address=None) as here, Client(here) as client:
        yield client
