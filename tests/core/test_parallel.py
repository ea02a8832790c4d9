"""Do jobs give the same answers here, on this machine's cores, and on a cluster by its address?"""

import os
import time

import pytest

from bayescale.core.parallel import ONE_AT_A_TIME, spread
from bayescale.errors import InputError


def halved(number: int) -> float:
    if number < 0:
        raise InputError(f"{number} is negative")
    return number / 2


def ended(number: int) -> float:
    if number == 1:
        time.sleep(1)  # what was done before is known by then
        os._exit(9)
    return number / 2


JOBS = [(4,), (1,), (6,)]
TITLES = ["four", "one", "six"]


def test_here_in_order_and_told_of() -> None:
    said: list[str] = []
    assert spread(halved, JOBS, TITLES, said.append) == [2.0, 0.5, 3.0]
    assert said == TITLES


def test_what_a_job_raises_is_raised() -> None:
    with pytest.raises(InputError, match="-1 is negative"):
        spread(halved, [(-1,)], ["minus one"])


def test_a_wrong_address_is_named() -> None:
    with pytest.raises(InputError, match="must be 'local' or a scheduler's address"):
        spread(halved, JOBS, TITLES, cluster="myhost")


@pytest.mark.filterwarnings("default")  # what Dask warns of when it shuts down is not ours
def test_a_real_cluster_gives_the_same() -> None:
    distributed = pytest.importorskip("distributed")
    said: list[str] = []
    settings = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**settings) as cluster:
        assert spread(halved, JOBS, TITLES, said.append, cluster.scheduler_address) == [2.0, 0.5, 3.0]
        with pytest.raises(InputError, match="-1 is negative"):
            spread(halved, [(-1,)], ["minus one"], cluster=cluster.scheduler_address)
    assert sorted(said) == sorted(TITLES)


@pytest.mark.filterwarnings("default")
def test_a_job_whose_workers_die_does_not_take_the_others_along() -> None:
    distributed = pytest.importorskip("distributed")
    dask = pytest.importorskip("dask")
    settings = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    with (
        dask.config.set(ONE_AT_A_TIME | {"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(**settings) as here,
    ):
        address = here.scheduler_address
        assert spread(ended, JOBS, TITLES, cluster=address, lost=lambda title: -1.0) == [2.0, -1.0, 3.0]
        with pytest.raises(distributed.KilledWorker):
            spread(ended, [(1,)], ["one"], cluster=address)


@pytest.mark.filterwarnings("default")
def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("bayescale.core.parallel.CONNECTION_TIMEOUT", "500ms")
    with pytest.raises(InputError, match="no Dask scheduler answers"):
        spread(halved, JOBS, TITLES, cluster="tcp://127.0.0.1:9")
