"""Writers to be killed: `python -m tests.maintenance.store.writer_processes TREE` imports once and then forks a writer
for every line of JSON it reads; a writer publishes and says on standard output what it published."""

import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from bayescale.loading import require_whole
from tests.faults import Forking


@dataclass
class Writer:
    """A process that publishes `count` times into a model, or for ever (0)."""

    pid: int
    said: TextIO

    def next(self) -> dict[str, Any]:
        """Wait for the next thing it says: that it begins or holds the lock, a version, or an error."""
        return dict(json.loads(self.said.readline()))

    def kill(self) -> list[dict[str, Any]]:
        """Kill it where it stands. Returns what it had said that was not read yet."""
        os.kill(self.pid, signal.SIGKILL)
        return self.rest()

    def rest(self) -> list[dict[str, Any]]:
        """Everything it says until it is gone."""
        with self.said:
            return [json.loads(line) for line in self.said]


class Nursery(Forking):
    """The process that forks writers."""

    def __init__(self, tree: Path, environment: Mapping[str, str] | None = None) -> None:
        super().__init__("tests.maintenance.store.writer_processes", tree, environment)

    def writer(self, store: Path, name: str, count: int, **more: Any) -> Writer:
        """A new writer. `more`: `limit` of bytes a file, `timeout`, `hold` (take the lock and keep it),
        `kill_at` (which change of a file it does not live to make)."""
        pipe = store.parent / f"writer-{os.urandom(6).hex()}"
        os.mkfifo(pipe)
        job = {"store": str(store), "name": name, "count": count, "pipe": str(pipe), **more}
        self.asked.write(json.dumps(job) + "\n")
        pid = int(self.said.readline())
        writer = Writer(pid, pipe.open(encoding="utf-8"))
        assert writer.next() == {"begins": True}
        return writer


def main() -> None:
    import warnings

    import filelock
    import h5netcdf
    import xarray.backends.zarr
    import zarr

    from bayescale.core import netcdf

    del filelock, h5netcdf, xarray, zarr  # imported once for all writers

    warnings.filterwarnings(
        "ignore", "This process .* is multi-threaded"
    )  # Icechunk, whose threads matter, comes later
    tree = netcdf.read(sys.argv[1], require_whole)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are not waited for
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _write(tree, **json.loads(line))
            os._exit(0)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def _write(
    tree: Any,
    store: str,
    name: str,
    count: int,
    pipe: str,
    limit: int = 0,
    timeout: float = 60.0,
    hold: bool = False,
    parent: int = 0,
    kill_at: int = 0,
) -> None:
    import resource
    import time

    from bayescale.errors import BayescaleError
    from bayescale.maintenance.store.catalog import locked_repository
    from bayescale.maintenance.store.posteriors import Store

    with open(pipe, "w", encoding="utf-8", buffering=1) as out:
        there = Store.open(store, timeout)
        out.write(json.dumps({"begins": True}) + "\n")
        if kill_at:
            os.environ |= {"KILL_UNDER": store, "KILL_AT": str(kill_at)}
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        if hold:
            with locked_repository(there.place, name, timeout):
                out.write(json.dumps({"holding": True}) + "\n")
                time.sleep(600)
        after = there.version(name, parent) if parent else None
        done = 0
        while not count or done < count:
            done += 1
            try:
                made = there.publish(name, tree, {"by": os.getpid(), "turn": done}, parent=after)
            except BayescaleError as error:
                out.write(json.dumps({"error": str(error)}) + "\n")
            else:
                out.write(json.dumps({"number": made.number, "id": made.id}) + "\n")


if __name__ == "__main__":
    main()
