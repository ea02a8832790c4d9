"""Heavy packages are imported only where they are used: by step of one process, and by module."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

import bayescale
from tests.golden import FOLDER

PACKAGE = Path(bayescale.__file__).parent
POSTERIOR = str(FOLDER / "plain.nc")
RUN = "n_params=1e11,n_tokens=2e12,family=a"
HEAVY = (
    "arviz",
    "arviz_base",
    "arviz_plots",
    "arviz_stats",
    "dask.array",
    "duckdb",
    "icechunk",
    "matplotlib",
    "numba",
    "nutpie",
    "pymc",
    "pytensor",
    "scipy.optimize",
    "scipy.signal",
    "scipy.stats",
    "zarr",
)
SAMPLING = {"numba", "nutpie", "scipy.optimize"}  # nutpie imports numba

#: Packages that no module may import while it is imported itself, with the modules that may.
ONLY_WHERE_USED = {
    "arviz": "",
    "arviz_plots": "",
    "arviz_stats": "",
    "duckdb": "",
    "icechunk": "maintenance/store/",
    "matplotlib": "plots/",
    "numba": "",
    "nutpie": "",
    "pymc": "scaling/model/pymc_model.py",
    "pytensor": "scaling/model/pymc_model.py",
    "scipy.interpolate": "",
    "scipy.optimize": "",
    "scipy.signal": "",
    "scipy.sparse": "",
    "scipy.stats": "",
    "zarr": "maintenance/store/",
}

#: What each step may have loaded when it ends, in the order of one process: no step may load less than one before it.
STEPS: dict[str, set[str]] = {
    "import": set(),
    "help": set(),
    "forecast": set(),
    "compare": set(),
    "check": set(),
    "report": {"matplotlib", "scipy.optimize"},  # compute-optimal runs of the figure
    "allocate": {"matplotlib", "scipy.optimize"},
    "risk": {"matplotlib", "scipy.optimize", "scipy.stats"},  # Sobol points
}
#: Runs commands as their users do, then reads, checks and reports, as the report of a maintained model does.
PROCESS = f"""
import contextlib, io, sys

report = sys.argv[1]

def loaded(step):
    print(step, *[name for name in {HEAVY!r} if name in sys.modules])

def command(*words):
    from bayescale import cli
    sys.argv = ["bayescale", *words]
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            cli.main()
    except SystemExit as end:
        assert not end.code, end.code
    loaded(words[0].strip("-"))

import bayescale as bs
loaded("import")
command("--help")
command("forecast", {POSTERIOR!r}, "--at", {RUN!r})
command("compare", {POSTERIOR!r}, "--a", {RUN!r}, "--b", {RUN!r})
fit = bs.load({POSTERIOR!r})
checks = fit.check()
loaded("check")
forecast = fit.forecast([{{"n_params": 1e11, "n_tokens": 2e12, "family": "a"}}])
bs.loss_report(fit, forecast, checks, title="imports").save(report)
loaded("report")
command("allocate", {POSTERIOR!r}, "--flops", "1e22")
command("risk", "example:tau_airline")
"""
#: Fits, checks and forecasts.
FIT = f"""
import sys
import bayescale as bs
from tests.simulation import simulated_runs

sampler = bs.Sampler(draws=200, tune=200)
fit = bs.fit(simulated_runs(), "chinchilla", discrepancy=False, sampler=sampler, random_seed=1, progress=False)
fit.check()
fit.forecast([{{"n_params": 1e11, "n_tokens": 2e12, "family": "a"}}])
print(*[name for name in {HEAVY!r} if name in sys.modules])
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The heavy packages that one process has loaded after each step."""
    report = str(tmp_path_factory.mktemp("imports") / "report.html")
    done = subprocess.run([sys.executable, "-c", PROCESS, report], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return {step: set(names) for step, *names in map(str.split, done.stdout.splitlines())}


@pytest.mark.parametrize("step", STEPS)
def test_a_step_loads_only_what_it_uses(step: str, loaded: dict[str, set[str]]) -> None:
    assert loaded[step] == STEPS[step]


@pytest.mark.slow
def test_a_fit_loads_the_sampler_and_an_optimiser() -> None:
    done = subprocess.run([sys.executable, "-c", FIT], capture_output=True, text=True, timeout=120, check=True)
    assert set(done.stdout.split()) == SAMPLING


def test_every_step_may_load_what_those_before_it_loaded() -> None:
    sets = list(STEPS.values())
    assert all(before <= after for before, after in pairwise(sets))


def imported_at_once(body: list[ast.stmt]) -> Iterator[str]:
    """Modules that a module imports while it is imported itself: outside functions and outside TYPE_CHECKING."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test):
            yield from imported_at_once(node.body + node.orelse)
        elif isinstance(node, ast.Try | ast.With):
            yield from imported_at_once(node.body)


@pytest.fixture(scope="module")
def imports() -> set[tuple[str, str]]:
    """Path of each module of the package, and a module that it imports at once."""
    return {
        (path.relative_to(PACKAGE).as_posix(), name)
        for path in PACKAGE.rglob("*.py")
        for name in imported_at_once(ast.parse(path.read_text(encoding="utf-8")).body)
    }


@pytest.mark.parametrize("package", ONLY_WHERE_USED)
def test_modules_import_heavy_packages_in_functions(package: str, imports: set[tuple[str, str]]) -> None:
    importing = {path for path, name in imports if name == package or name.startswith(f"{package}.")}
    allowed = ONLY_WHERE_USED[package]
    assert not [path for path in importing if not allowed or not path.startswith(allowed)]
