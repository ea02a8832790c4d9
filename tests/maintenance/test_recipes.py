"""Do the commands of the recipes run, and does what they make of exit codes hold? What starts them (cron, systemd,
GitHub, Kubernetes, Airflow, Prefect) is not here; what they would run is run as they would run it."""

import ast
import configparser
import importlib.util
import json
import logging
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bayescale.maintenance.refit import RefitOptions, refit
from bayescale.maintenance.specs.spec_files import read_specs

pytestmark = pytest.mark.docs

RECIPES = Path(__file__).parents[2] / "docs" / "recipes"
STORES = ("s3://example-scaling/store", "/srv/scaling/store")
MODELS = ("/srv/scaling/models", "/models", "models/")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one model that is up to date, its store, and `bin/bayescale`."""
    folder = tmp_path_factory.mktemp("srv")
    (folder / "models").mkdir()
    (folder / "models" / "tau.toml").write_text(
        '[data]\nsource = "example:tau_airline"\n[risk]\nby = ["model"]\n', encoding="utf-8"
    )
    refit(read_specs(folder / "models"), str(folder / "store"), RefitOptions())
    program(folder, f'exec {shlex.quote(sys.executable)} -m bayescale "$@"')
    return folder


def program(folder: Path, script: str) -> None:
    """Make `bin/bayescale` run a script."""
    path = folder / "bin" / "bayescale"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def here(text: str, place: Path) -> str:
    """A command with this folder's paths in the place of the recipe's."""
    for one in STORES:
        text = text.replace(one, str(place / "store"))
    words = {one: str(place / "models") for one in MODELS}
    text = " ".join(words.get(word, word) for word in text.split(" "))
    return text.replace("/opt/bayescale/bin/bayescale", "bayescale").replace("cd /srv/scaling", f"cd {place}")


def ran(place: Path, script: str, shell: str = "sh") -> subprocess.CompletedProcess[str]:
    path = {"PATH": f"{place / 'bin'}:/usr/local/bin:/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run([shell, "-c", script], cwd=place, env=path, capture_output=True, text=True, timeout=300)


def yaml(name: str) -> Any:
    return pytest.importorskip("yaml").safe_load((RECIPES / name).read_text(encoding="utf-8"))


def of_crontab() -> str:
    lines = (RECIPES / "crontab").read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if "bayescale refit" in line and not line.startswith("#")).split(" ", 5)[5]


def of_systemd() -> str:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.read(RECIPES / "bayescale-refit.service", encoding="utf-8")
    return unit["Service"]["ExecStart"]


def of_kubernetes() -> str:
    spec = yaml("cronjob.yaml")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return shlex.join(spec["containers"][0]["command"])


def of_airflow() -> str:
    tree = ast.parse((RECIPES / "airflow_dag.py").read_text(encoding="utf-8"))
    words = [one for one in ast.walk(tree) if isinstance(one, ast.keyword) and one.arg == "bash_command"]
    return str(ast.literal_eval(words[0].value))


@pytest.mark.parametrize("command", [of_crontab, of_systemd, of_kubernetes, of_airflow])
def test_the_command_of_a_recipe_runs(place: Path, command: Any) -> None:
    line = here(command(), place)
    if "flock" in line and shutil.which("flock") is None:
        pytest.skip("flock is not installed: apt install util-linux")
    done = ran(place, line)
    assert done.returncode == 0, done.stderr
    assert [(one["model"], one["status"]) for one in json.loads(done.stdout)["models"]] == [("tau", "unchanged")]


def test_while_one_refit_runs_cron_starts_no_other(place: Path) -> None:
    if shutil.which("flock") is None:
        pytest.skip("flock is not installed: apt install util-linux")
    both = f"flock {place}/refit.lock sh -c {shlex.quote(here(of_crontab(), place))}"
    done = ran(place, both)
    assert done.returncode == 1
    assert done.stdout == ""


@pytest.mark.parametrize(("code", "left"), [(0, 0), (4, 0), (3, 3), (2, 2)])
def test_what_github_makes_of_exit_codes(tmp_path: Path, code: int, left: int) -> None:
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    program(tmp_path, f'echo "{{}}"; exit {code}')
    steps = yaml("github-actions.yml")["jobs"]["refit"]["steps"]
    script = next(one["run"] for one in steps if "bayescale refit" in one.get("run", ""))
    done = ran(tmp_path, f"set -eo pipefail\n{script}", "bash")
    assert done.returncode == left
    assert (tmp_path / "outcome.json").read_text(encoding="utf-8") == "{}\n"
    assert ("::warning::" in done.stdout) == (code == 4)


@pytest.fixture
def flow(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module of the Prefect recipe; where Prefect is not installed, with a flow that is the function itself."""
    if importlib.util.find_spec("prefect") is None:
        prefect = ModuleType("prefect")
        prefect.flow = lambda **_: lambda function: function  # type: ignore[attr-defined]
        prefect.get_run_logger = lambda: logging.getLogger("prefect")  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "prefect", prefect)
    spec = importlib.util.spec_from_file_location("prefect_flow", RECIPES / "prefect_flow.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_prefect_makes_of_exit_codes(
    flow: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    program(tmp_path, 'echo "$OPENBLAS_NUM_THREADS $@"')
    assert flow.refit() == f"1 {shlex.join(flow.COMMAND[1:])}\n"
    program(tmp_path, "echo drifted; exit 4")
    assert flow.refit() == "drifted\n"
    assert "drifted" in caplog.text
    program(tmp_path, "echo failed; exit 3")
    with pytest.raises(RuntimeError, match="ended with exit code 3: failed"):
        flow.refit()


ACTION = Path(__file__).parents[2] / ".github" / "actions" / "forecast-diff" / "compare.sh"


def test_what_a_pull_request_is_told(place: Path, tmp_path: Path) -> None:
    """The script of the action in a repository with one changed spec, one added and one unchanged."""
    if shutil.which("bash") is None or shutil.which("git") is None:
        pytest.skip("bash or git is not installed")
    models = tmp_path / "models"
    shutil.copytree(place / "models", models)
    (models / "still.toml").write_text((models / "tau.toml").read_text(encoding="utf-8"), encoding="utf-8")
    git = "git -c user.name=a -c user.email=a@b.c"
    ran(tmp_path, f"git init -q && git add models && {git} commit -qm first")
    with (models / "tau.toml").open("a", encoding="utf-8") as spec:
        spec.write("random_sed = 2\n~~~~~~~ = 1\n")
    (models / "new.toml").write_text("[data]\nsource = 'absent.csv'\n", encoding="utf-8")
    shutil.copytree(place / "bin", tmp_path / "bin")
    python = f"ln -s {shlex.quote(sys.executable)} bin/python"
    variables = f"export MODELS=models STORE={shlex.quote(str(place / 'store'))} BASE=$(git rev-parse HEAD)"
    done = ran(tmp_path, f"{python}; git add models; {variables}; bash {shlex.quote(str(ACTION))}", "bash")
    assert done.returncode == 0, done.stderr
    assert "#### `tau`" in done.stdout
    assert "#### `new`" in done.stdout
    assert "`still`" not in done.stdout
    assert "No two versions are published yet" in done.stdout
    assert done.stdout.count("~~~~~~") % 2 == 0
