"""Re-fits to be killed: `python -m tests.maintenance.refit_processes MODELS` imports and compiles once, and then
forks a process for every line of JSON it reads, which runs the command line as it stands there."""

import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from tests.faults import Forking


class Nursery(Forking):
    """The process that forks re-fits."""

    def __init__(self, models: Path) -> None:
        super().__init__("tests.maintenance.refit_processes", models)

    def __enter__(self) -> Self:
        super().__enter__()
        assert self._said() == {"ready": True}
        return self

    def start(self, *words: str) -> int:
        """Begin a command, `bayescale` and these words. Returns the number of its process."""
        self.asked.write(json.dumps(words) + "\n")
        return int(self._said()["process"])

    def end(self) -> int:
        """Wait for the command that was begun last. Returns its exit code, minus the signal that ended it."""
        return int(self._said()["left"])

    def kill(self, process: int) -> int:
        """Kill it where it stands. Returns how it ended: a command that was done already left by itself."""
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        return self.end()

    def _said(self) -> dict[str, Any]:
        return dict(json.loads(self.said.readline()))


def _warmed(models: Path) -> None:
    """Import what a re-fit imports and compile what it samples, so that its children begin with reading rows. No store
    is opened and nothing is sampled here: threads would not live through the fork."""
    import nutpie  # noqa: F401

    import bayescale.maintenance.publish
    import bayescale.scaling.evaluation.stacked_fit  # noqa: F401
    from bayescale.maintenance.source_rows import read_rows
    from bayescale.maintenance.spec_files import read_specs
    from bayescale.scaling.model.design import make_design
    from bayescale.scaling.model.spec import Spec
    from bayescale.scaling.sampling.compilation import density_of
    from bayescale.scaling_laws.registry import law

    (spec,) = read_specs(models)
    runs = read_rows(spec).value
    density_of(make_design(runs, Spec(law("chinchilla"), discrepancy=False, noise="constant")))  # type: ignore[arg-type]


def main() -> None:
    _warmed(Path(sys.argv[1]))
    said = sys.stdout
    print(json.dumps({"ready": True}), file=said, flush=True)
    for line in sys.stdin:
        process = os.fork()
        if not process:
            _run(["bayescale", *json.loads(line)])
        print(json.dumps({"process": process}), file=said, flush=True)
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        print(json.dumps({"left": status}), file=said, flush=True)


def _run(words: list[str]) -> None:
    """The command, in a child, whose output goes nowhere."""
    from bayescale.cli import main as command

    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    sys.argv = words
    code = 1
    try:
        command()
        code = 0
    except SystemExit as left:
        code = int(left.code or 0)
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
