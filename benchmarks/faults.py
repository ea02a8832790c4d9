"""Measure the robustness of a re-fit to failures of its environment.

    python -m benchmarks.faults                  every kind of fault five times, at other places and times each time
    python -m benchmarks.faults --repeats 1      once

Three models share a store: `tau`, which the fault affects; `other`, which must be brought up to date; and, for faults
of specs, sources and alerts, `struck`, which has them. Servers on the loopback interface close the connection, send
slowly or send without end. Files are truncated, changed and deleted. Errors of the disk, of memory and of libraries are
raised where they would occur. After each fault, the command line runs as in a schedule.

survived   the command printed its JSON and exited with the code that the JSON states; `other` is up to date; no
           published version is missing from the history; after the fault, the next re-fit leaves the current
           posteriors whole.
answered   the affected model reports the fault in a message of bayescale (or is fitted again, or was not affected),
           and neither output nor log shows the secret that was involved.
seconds    of the command, at most.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
from typer.testing import CliRunner

from bayescale.cli import app
from bayescale.maintenance.alerts import delivery as alerts
from bayescale.maintenance.alerts.pending import record_of
from bayescale.maintenance.store import integrity
from bayescale.maintenance.store.catalog import CATALOG
from bayescale.maintenance.store.commits import create_repository
from bayescale.maintenance.store.location import read_place
from bayescale.maintenance.store.posteriors import Store
from benchmarks.shared import write_table
from tests.data.sources import hostile_servers

HUSH = "hush-hush"
RISK = '[data]\nsource = "example:tau_airline"\n[risk]\nby = ["model"]\n'
WEBHOOK = '\n[alerts]\nwebhook = "${ALERTS_URL}"\n'
MLFLOW = '[data]\ntimeout = 1.0\n[data.mlflow]\nurl = "http://reader:${{TOKEN}}@{host}"\nexperiment = "runs"\n'
LAW = 'name = "mine"\nfloor = "E"\n[[power]]\namplitude = "A"\nexponent = "alpha"\nquantity = "%s"\n'
LIMIT = 1.0  # seconds that a server may take

type Fault = Callable[["Scene"], Any]


@dataclass(frozen=True)
class Scene:
    """A folder of specs and a store for one fault, and the random choice of its place and time."""

    folder: Path
    rng: np.random.Generator

    @property
    def home(self) -> Path:
        """The repository of `tau`."""
        return self.folder / "store" / "tau"

    def spec(self, text: str, name: str = "struck") -> None:
        (self.folder / "models" / f"{name}.toml").write_text(text, encoding="utf-8")

    def one_of(self, folder: str) -> Path:
        """A file of the current version, which is the newest that is published."""
        return max((self.home / folder).iterdir(), key=lambda path: path.stat().st_mtime_ns)

    def cut(self, path: Path) -> None:
        data = path.read_bytes()
        path.write_bytes(data[: int(self.rng.integers(0, len(data)))])

    def flip(self, path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[int(self.rng.integers(0, len(data)))] ^= 1 << int(self.rng.integers(0, 8))
        path.write_bytes(data)


@contextmanager
def served(behave: hostile_servers.Behaviour, scene: Scene, text: Callable[[str], str]) -> Iterator[None]:
    """The affected model reads from a server with this behaviour; `text` makes its spec from the server's address."""
    with hostile_servers.serving(behave) as address:
        scene.spec(text(address.removeprefix("http://")))
        with patch.dict(os.environ, {"ALERTS_URL": f"{address}/services/{HUSH}", "TOKEN": HUSH}):
            yield


def webhook(behave: hostile_servers.Behaviour) -> Fault:
    return partial(served, behave, text=lambda host: '[data]\nsource = "none.csv"\n' + WEBHOOK)


def tracker(behave: hostile_servers.Behaviour) -> Fault:
    return partial(served, behave, text=lambda host: MLFLOW.format(host=host))


def addressed(address: str) -> Fault:
    @contextmanager
    def fault(scene: Scene) -> Iterator[None]:
        scene.spec('[data]\nsource = "none.csv"\n' + WEBHOOK)
        with patch.dict(os.environ, {"ALERTS_URL": address}):
            yield

    return fault


def commanded(code: str) -> Fault:
    """The command of `--on-alert`: Python of this text, or words as they are."""

    @contextmanager
    def fault(scene: Scene) -> Iterator[str]:
        scene.spec('[data]\nsource = "none.csv"\n')
        script = scene.folder / "hear.py"
        script.write_text(code, encoding="utf-8")
        yield f"{sys.executable} {script}" if code.startswith("import") else code

    return fault


def specified(text: str, **files: str) -> Fault:
    @contextmanager
    def fault(scene: Scene) -> Iterator[None]:
        for name, content in files.items():
            scene.spec(content, name)
        scene.spec(text)
        yield

    return fault


def harmed(harm: Callable[[Scene], object]) -> Fault:
    @contextmanager
    def fault(scene: Scene) -> Iterator[None]:
        harm(scene)
        yield

    return fault


def raised(error: BaseException, where: str, force: bool = False) -> Fault:
    """An error where a library or the system would raise it, for `tau` alone."""

    @contextmanager
    def fault(scene: Scene) -> Iterator[str]:
        module, _, name = where.rpartition(".")
        original = getattr(__import__(module, fromlist=[name]), name)

        def struck(*given: Any, **named: Any) -> Any:
            about = [getattr(one, "name", one) for one in given]
            if any(str(one) == "tau" or str(one).endswith("/tau") for one in about):
                raise error
            return original(*given, **named)

        with patch(where, struck):
            yield "--force" if force else ""

    return fault


class Panic(BaseException):
    """The panic of a Rust library in Python, which is not an Exception."""


@contextmanager
def owed(scene: Scene) -> Iterator[None]:
    """A re-fit was killed between its commit and its alerts, and the alert's address is unreachable afterwards."""
    store = Store.open(scene.folder / "store")
    channels = alerts.Channels(None, "${ALERTS_URL}")
    record = record_of([alerts.Alert("tau", "drift", "a run fell outside")], channels)
    tree = store.load("tau", None, lambda tree: None)
    store.publish("tau", tree, dict(store.current("tau").lineage) | record)
    scene.spec(RISK + WEBHOOK, "tau")
    with patch.dict(os.environ, {"ALERTS_URL": f"http://127.0.0.1:9/{HUSH}"}):
        yield


def first_killed(scene: Scene) -> None:
    """A writer was killed while it made the repository of `tau`, which no list names yet."""
    shutil.rmtree(scene.home)
    shutil.rmtree(scene.home.parent / CATALOG)
    create_repository(read_place(scene.home.parent), "tau")
    (scene.home / "repo").unlink()


NO_SPACE = OSError(28, "No space left on device")
IO_ERROR = OSError(5, "Input/output error")
DATA = '[data]\nsource = "example:pile"\n'
BEHAVIOURS: dict[str, hostile_servers.Behaviour] = {
    "hangs up": hostile_servers.hang_up,
    "resets": hostile_servers.reset,
    "never answers": hostile_servers.silence,
    "dribbles headers": hostile_servers.dribble_headers,
    "dribbles its body": hostile_servers.dribble_body,
    "sends headers without end": hostile_servers.endless_headers,
    "sends a body without end": hostile_servers.endless_body,
    "answers nonsense": hostile_servers.nonsense,
    "cuts its answer": hostile_servers.cut_body,
    "redirects to itself": hostile_servers.redirecting,
    "answers 500": hostile_servers.answers(HUSH.encode(), "500 Oh"),
}
PAGES = {"experiment": {"experiment_id": "1"}, "runs": [], "next_page_token": "again"}
KINDS: dict[str, Fault] = {
    **{f"webhook {what}": webhook(behave) for what, behave in BEHAVIOURS.items()},
    **{f"tracker {what}": tracker(behave) for what, behave in BEHAVIOURS.items()},
    "tracker answers another shape": tracker(hostile_servers.as_json({"experiment": [1]})),
    "tracker nests 100,000 deep": tracker(hostile_servers.answers(b"[" * 100_000)),
    "tracker gives pages without end": tracker(hostile_servers.as_json(PAGES)),
    "address of the webhook: open bracket": addressed(f"http://[::1/{HUSH}"),
    "address of the webhook: no port": addressed(f"https://host:{HUSH}/"),
    "address of the webhook: a space": addressed(f"http://a b/{HUSH}"),
    "address of the webhook: none": addressed(HUSH),
    "alert command is missing": commanded("no-such-command-here"),
    "alert command is unbalanced": commanded("'"),
    "alert command never ends": commanded("import time; time.sleep(60)"),
    "alert command writes without end": commanded("import sys\nwhile True: sys.stderr.write('x' * 10000)"),
    "spec: a trillion draws": specified(DATA + "[sampler]\ndraws = 1000000000000\n"),
    "spec: 5,000 nested brackets": specified(DATA + f"keep = {'[' * 5000}{']' * 5000}\n"),
    "spec: a number of 5,000 digits": specified(DATA + f"[sampler]\ndraws = {'9' * 5000}\n"),
    "spec: a password": specified(f'[data.sql]\nurl = "postgresql://reader:{HUSH}@host/a"\nquery = "SELECT 1"\n'),
    "spec: the address of a webhook": specified(DATA + f'[alerts]\nwebhook = "https://hooks.example/{HUSH}"\n'),
    "law: a formula of 1,900 attributes": specified(DATA + '[model]\nlaw = "l.toml"\n', l=LAW % ("n" + ".b" * 1900)),
    "law: leads out of the folder": specified(DATA + '[model]\nlaw = "../../l.toml"\n'),
    "store: index cut": harmed(lambda scene: scene.cut(scene.home / "repo")),
    "store: index gone": harmed(lambda scene: (scene.home / "repo").unlink()),
    "store: index and its copies gone": harmed(
        lambda scene: [(scene.home / "repo").unlink(), shutil.rmtree(scene.home / "overwritten")]
    ),
    "store: list of models cut": harmed(lambda scene: scene.cut(scene.home.parent / "_catalog" / "repo")),
    "store: list of models gone": harmed(lambda scene: shutil.rmtree(scene.home.parent / "_catalog")),
    "store: manifest cut": harmed(lambda scene: scene.cut(scene.one_of("manifests"))),
    "store: manifest gone": harmed(lambda scene: scene.one_of("manifests").unlink()),
    "store: a bit of a manifest flipped": harmed(lambda scene: scene.flip(scene.one_of("manifests"))),
    "store: snapshot cut": harmed(lambda scene: scene.cut(scene.one_of("snapshots"))),
    "store: snapshot gone": harmed(lambda scene: scene.one_of("snapshots").unlink()),
    "store: all manifests gone": harmed(lambda scene: shutil.rmtree(scene.home / "manifests")),
    "store: all snapshots gone": harmed(lambda scene: shutil.rmtree(scene.home / "snapshots")),
    "store: the model's folder gone": harmed(lambda scene: shutil.rmtree(scene.home)),
    "disk full before the commit": raised(NO_SPACE, "bayescale.maintenance.store.catalog.files_of", force=True),
    "disk full after the commit": raised(NO_SPACE, "bayescale.maintenance.store.catalog.flush_to_disk", force=True),
    "disk error after the commit": raised(IO_ERROR, "bayescale.maintenance.store.catalog.flush_to_disk", force=True),
    "out of memory": raised(MemoryError(), "bayescale.maintenance.refit.mark_of"),
    "recursion without end": raised(RecursionError(), "bayescale.maintenance.refit.mark_of"),
    "a library panics": raised(Panic(HUSH), "bayescale.maintenance.refit.mark_of"),
    "a library leaves": raised(SystemExit(7), "bayescale.maintenance.refit.mark_of"),
    "killed before a model's index was written": harmed(first_killed),
    "killed between commit and alert": owed,
}
#: Kinds after which nothing of the history can be there.
ERASED = (
    "store: index and its copies gone",
    "store: all snapshots gone",
    "store: the model's folder gone",
    "killed before a model's index was written",
)
#: Kinds whose error says no more than that it was not foreseen: it is a fault of a library.
UNFORESEEN = ("a library panics", "a library leaves")


def prepared(folder: Path) -> Path:
    """Two models of risk, of two versions each."""
    (folder / "models").mkdir(parents=True)
    for name in ("tau", "other"):
        (folder / "models" / f"{name}.toml").write_text(RISK, encoding="utf-8")
    for words in ((), ("--force",)):
        if run(folder, *words)[0] != 0:
            raise RuntimeError("the models cannot be fitted")
    return folder


def run(folder: Path, *words: str) -> tuple[int, str, str]:
    """The command's exit code, what it printed, and what it logged. An exception that left it is code -1."""
    command = ["refit", str(folder / "models"), "--store", str(folder / "store"), "--json", *words]
    logged = StringIO()
    with redirect_stderr(logged):
        done = CliRunner().invoke(app, command)
    code = done.exit_code if done.exception is None or isinstance(done.exception, SystemExit) else -1
    return code, done.stdout, f"{done.stderr}{logged.getvalue()}{done.exception or ''}"


def struck(kind: str, base: Path, seed: int) -> dict[str, Any]:
    """One fault, the re-fit during it, and the one after it."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(shutil.copytree(base, Path(place) / "copy"))
        numbers = [one.number for one in Store.open(folder / "store").history("tau")]
        began = time.perf_counter()
        with KINDS[kind](Scene(folder, np.random.default_rng(seed))) as word:
            words = ["--force", "--only", "tau", "--only", "other"] if word == "--force" else []
            words = ["--on-alert", word] if word and not words else words
            code, printed, logged = run(folder, *words)
        seconds = time.perf_counter() - began
        found = _models(printed)
        (folder / "models" / "struck.toml").unlink(missing_ok=True)
        after = _models(run(folder)[1])
        return {
            "kind": kind,
            "survived": _survived(kind, folder, numbers, code, printed, found, after),
            "answered": _answered(kind, found, printed + logged),
            "seconds": seconds,
        }


def _models(printed: str) -> dict[str, dict[str, Any]]:
    try:
        return {one["model"]: one for one in json.loads(printed)["models"]}
    except (ValueError, KeyError):
        return {}


def _survived(
    kind: str,
    folder: Path,
    numbers: list[int],
    code: int,
    printed: str,
    found: dict[str, dict[str, Any]],
    after: dict[str, dict[str, Any]],
) -> bool:
    if not found or json.loads(printed)["exit_code"] != code:
        return False
    up_to_date = ("unchanged", "published")
    store = Store.open(folder / "store")
    history = [one.number for one in store.history("tau")]
    whole = (
        not integrity.health_of(store, "tau", repair_damage=False).harm
        and not integrity.health_of(store, "other", False).harm
    )
    lost = kind not in ERASED and not set(numbers) <= set(history)
    both = all(after.get(name, {}).get("status") in up_to_date for name in ("tau", "other"))
    return found["other"]["status"] in up_to_date and both and whole and not lost


def _answered(kind: str, found: dict[str, dict[str, Any]], output: str) -> bool:
    texts = " ".join(f"{one['why']} {' '.join(one['notes'])}" for one in found.values())
    foreseen = kind in UNFORESEEN or "not foreseen" not in texts
    shown = HUSH in output and kind not in UNFORESEEN
    return bool(found) and foreseen and not shown and (kind in UNFORESEEN or "Traceback" not in output)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", default="", help="kinds that hold this text")
    given = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as place, patch.object(alerts, "TIMEOUT", LIMIT):
        base = prepared(Path(place) / "base")
        for kind in [one for one in KINDS if given.only in one]:
            found = pd.DataFrame([struck(kind, base, seed) for seed in range(given.repeats)])
            row = {"fault": kind, "times": len(found), "survived": int(found["survived"].sum())}
            rows.append(row | {"answered": int(found["answered"].sum()), "seconds": found["seconds"].max()})
            print(rows[-1], flush=True)
    table = pd.DataFrame(rows)
    total = {name: int(table[name].sum()) for name in ("times", "survived", "answered")}
    notes = [
        f"{len(table)} kinds of faults, {total['times']} in all: {total['survived']} survived, {total['answered']} "
        f"answered. Seconds are of the slowest of each kind; servers may take {LIMIT:g} s."
    ]
    print(notes[0])
    if not given.only:
        write_table("faults", table, notes)


if __name__ == "__main__":
    main()
