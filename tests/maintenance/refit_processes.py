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
        assert self._said() == "ready"
        return self

    def start(self, *words: str, out: Path | None = None) -> int:
        """Begin a command, `bayescale` and these words, whose output goes to a file. Returns its process's number."""
        return int(self._asked({"words": words, "out": str(out or os.devnull)}))

    def end(self, process: int) -> int:
        """Wait for a command. Returns its exit code, or minus the signal that ended it."""
        return int(self._asked({"end": process}))

    def kill(self, process: int) -> int:
        """Kill it where it stands. Returns how it ended: a command that was done already left by itself."""
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        return self.end(process)

    def _asked(self, job: dict[str, Any]) -> Any:
        self.asked.write(json.dumps(job) + "\n")
        return self._said()

    def _said(self) -> Any:
        return json.loads(self.said.readline())


def _warmed(models: Path) -> None:
    """Import what a re-fit imports and compile what it samples, so that its children begin with reading rows. No store
    is opened and nothing is sampled here, and Icechunk comes later: threads would not live through the fork."""
    import bayescale.maintenance.publish
    import bayescale.risk.fit
    from bayescale.data.runs import Runs
    from bayescale.maintenance.source_rows import read_rows
    from bayescale.maintenance.specs.spec_files import read_specs

    runs = read_rows(read_specs(models)[0]).value
    if not isinstance(runs, Runs):
        return
    import nutpie  # noqa: F401

    import bayescale.scaling.evaluation.stacked_fit  # noqa: F401
    from bayescale.scaling.model.design import make_design
    from bayescale.scaling.model.spec import Spec
    from bayescale.scaling.sampling.compilation import density_of
    from bayescale.scaling_laws.registry import law

    density_of(make_design(runs, Spec(law("chinchilla"), discrepancy=False, noise="constant")))


def main() -> None:
    _warmed(Path(sys.argv[1]))
    said = sys.stdout
    print(json.dumps("ready"), file=said, flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        if "end" in job:
            answer = os.waitstatus_to_exitcode(os.waitpid(job["end"], 0)[1])
        else:
            answer = os.fork()
            if not answer:
                _run(["bayescale", *job["words"]], job["out"])
        print(json.dumps(answer), file=said, flush=True)


def _run(words: list[str], out: str) -> None:
    """The command, in a child."""
    from bayescale.cli import main as command

    output, nowhere = os.open(out, os.O_RDWR | os.O_CREAT), os.open(os.devnull, os.O_RDWR)
    for stream, target in enumerate((nowhere, output, nowhere)):
        os.dup2(target, stream)
    sys.argv = words
    code = 1
    try:
        command()
        code = 0
    except SystemExit as left:
        code = int(left.code or 0)
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
