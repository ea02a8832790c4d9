"""Measure the CPU time of commands that answer from a file, and of what they import: a process each.

    python -m benchmarks.commands                       the code of this checkout
    python -m benchmarks.commands --before CHECKOUT     ... compared with the code of an earlier checkout
    python -m benchmarks.commands --only forecast       these commands alone; the others keep their rows

The posterior is `tests/fixtures/joint.nc`: the default law and its discrepancy, two families. Seconds are user and
system time of the whole process, the median of several starts after one that fills the caches; both codes take turns.
Bytecode is cached, as of an installed package, also where the environment forbids to write it.
xarray imports Dask wherever it is installed, which the extra `cluster` does; columns `no Dask` hide it.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

from benchmarks.shared import CHECKOUT, RESULTS, write_table

POSTERIOR = str(CHECKOUT / "tests" / "fixtures" / "joint.nc")
RUN = "n_params=1e11,n_tokens=2e12,family=a"
CHECK = f"import bayescale as bs; bs.load({POSTERIOR!r}).check()"
REPORT = f"""
import bayescale as bs
fit = bs.load({POSTERIOR!r})
targets = [{{"n_params": 1e11, "n_tokens": 2e12, "family": "a"}}]
bs.loss_report(fit, fit.forecast(targets), fit.check(targets), title="Commands").save("report.html")
"""
CODE = {
    "python": "pass",
    "import bayescale": "import bayescale",
    "import xarray, h5netcdf, scipy.special": "import xarray, h5netcdf, scipy.special",
    "import pymc": "import pymc",
    "import nutpie": "import nutpie",
    "bayescale.load(FILE)": f"import bayescale as bs; bs.load({POSTERIOR!r})",
    "Fit.check": CHECK,
    "forecast, check, HTML report": REPORT,
}
COMMANDS = {
    "bayescale --help": ["--help"],
    "bayescale forecast FILE": ["forecast", POSTERIOR, "--at", RUN],
    "bayescale compare FILE": ["compare", POSTERIOR, "--a", RUN, "--b", RUN],
    "bayescale allocate FILE": ["allocate", POSTERIOR, "--flops", "1e22"],
    "bayescale required FILE": ["required", POSTERIOR, "--loss", "2.2"],
    "bayescale risk example:tau_airline": ["risk", "example:tau_airline"],
}
HIDE_DASK = "import sys; sys.modules['dask'] = None\n"
RUN_COMMAND = "import sys; from bayescale.cli import main; sys.argv = ['bayescale', *sys.argv[1:]]; main()"


def seconds(code: str, words: list[str], checkout: Path, folder: str) -> float:
    """User and system time of a process that runs the code of a checkout."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPATH": str(checkout), "PYTHONPYCACHEPREFIX": str(Path(folder) / "bytecode")}
    environment |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code, *words], capture_output=True, check=True, env=environment, cwd=folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, help="a checkout of earlier code to measure beside")
    parser.add_argument("--only", default="", help="commands whose name holds this text")
    parser.add_argument("--repeats", type=int, default=5, help="starts of each command")
    options = parser.parse_args()
    checkouts = ({"before": options.before.resolve()} if options.before else {}) | {"now": CHECKOUT}
    jobs: dict[str, tuple[str, list[str]]] = {name: (code, []) for name, code in CODE.items()}
    jobs |= {name: (RUN_COMMAND, words) for name, words in COMMANDS.items()}
    path = RESULTS / "commands.csv"
    table = pd.read_csv(path) if path.is_file() else pd.DataFrame(columns=["command"])
    with tempfile.TemporaryDirectory() as folder:
        for name, (code, words) in jobs.items():
            if options.only not in name:
                continue
            times: dict[str, list[float]] = {}
            for _ in range(options.repeats + 1):
                for label, checkout in checkouts.items():
                    for column, prefix in ((label, ""), (f"{label}, no Dask", HIDE_DASK)):
                        times.setdefault(column, []).append(seconds(prefix + code, words, checkout, folder))
            row = {"command": name, **{label: statistics.median(values[1:]) for label, values in times.items()}}
            print(row, flush=True)
            table = pd.DataFrame(
                [*table[table["command"] != name].to_dict("records"), {**row, "starts": options.repeats}]
            )
            write_table("commands", table, ["CPU seconds of the whole process, medians of so many starts."])


if __name__ == "__main__":
    main()
