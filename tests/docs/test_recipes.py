"""Recipes are valid cron, systemd, YAML and Python, each with one command that the real command line understands."""

import ast
import configparser
import re
import shlex
from typing import Any

import pytest

from tests.docs.pages import DOCS, ROOT, TEXTS, parse

pytestmark = pytest.mark.docs

RECIPES = DOCS / "recipes"
FILES = sorted(path.name for path in RECIPES.iterdir() if path.is_file() and path.name != "README.md")


def text(name: str) -> str:
    return (RECIPES / name).read_text(encoding="utf-8")


def understood(words: list[str]) -> None:
    """A command of a recipe: `bayescale refit …`, with a store, as JSON."""
    assert words[0].rpartition("/")[2] == "bayescale"
    assert words[1] == "refit"
    assert {"--store", "--json"} <= set(words)
    parse(words[1:])


def systemd(name: str) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(text(name))
    return unit


def yaml(name: str) -> Any:
    return pytest.importorskip("yaml").safe_load(text(name))


def github(name: str) -> Any:
    return pytest.importorskip("yaml").safe_load((ROOT / ".github" / name).read_text(encoding="utf-8"))


def test_every_recipe_is_listed_and_tested() -> None:
    assert all(f"]({name})" in TEXTS["docs/recipes/README.md"] for name in FILES)
    assert len(FILES) == 8


def test_crontab() -> None:
    (line,) = [one for one in text("crontab").splitlines() if re.match(r"[\d*]", one)]
    assert re.match(r"(?:[\d*/,-]+ ){5}", line)
    assert "flock --nonblock" in line  # never two at once
    words = shlex.split(line)
    understood(words[words.index("bayescale") :])


def test_systemd() -> None:
    service, timer = systemd("bayescale-refit.service"), systemd("bayescale-refit.timer")
    assert service["Service"]["Type"] == "oneshot"
    assert service["Service"]["SuccessExitStatus"] == "4"
    understood(shlex.split(service["Service"]["ExecStart"]))
    assert re.fullmatch(r"\*-\*-\* \d\d:\d\d:\d\d", timer["Timer"]["OnCalendar"])
    assert timer["Install"]["WantedBy"] == "timers.target"


def test_github_actions() -> None:
    flow = yaml("github-actions.yml")
    assert flow[True]["schedule"][0]["cron"]  # YAML reads the key `on` as true
    assert flow["concurrency"]["cancel-in-progress"] is False
    (script,) = [step["run"] for step in flow["jobs"]["refit"]["steps"] if "bayescale refit" in step.get("run", "")]
    (line,) = re.findall(r"^bayescale .*?(?= >)", script, re.MULTILINE)
    understood(shlex.split(line))
    assert '"$code" = 4' in script


def test_comments_on_pull_requests() -> None:
    flow = yaml("github-forecast-diff.yml")
    assert flow[True]["pull_request"]["paths"] == [
        "models/**.toml"
    ]  # not pull_request_target, which gives secrets away
    assert flow["permissions"] == {"contents": "read", "pull-requests": "write"}
    step = flow["jobs"]["comment"]["steps"][-1]
    action = github(step["uses"].removeprefix("./.github/") + "/action.yml")
    assert set(step["with"]) <= set(action["inputs"])
    assert action["inputs"]["store"]["required"]
    assert action["runs"]["using"] == "composite"
    for part in action["runs"]["steps"]:
        assert "uses" in part or part["shell"] == "bash"
        assert "${{" not in part.get("run", "")  # values reach scripts as variables, never as text of the script


def test_the_release_workflow_publishes_tags_only() -> None:
    flow = github("workflows/release.yml")
    assert flow[True]["push"]["tags"] == ["v*"]
    build, publish = flow["jobs"]["build"], flow["jobs"]["publish"]
    assert "uvx --from dist/*.whl bayescale demo --out demo" in [step.get("run") for step in build["steps"]]
    parse(["demo", "--out", "demo"])
    assert (publish["if"], publish["needs"]) == ("github.ref_type == 'tag'", "build")
    assert publish["permissions"] == {"id-token": "write"}
    assert flow["permissions"] == {"contents": "read"}
    assert "secrets." not in (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")


def test_kubernetes() -> None:
    job = yaml("cronjob.yaml")
    assert (job["kind"], job["spec"]["concurrencyPolicy"]) == ("CronJob", "Forbid")
    spec = job["spec"]["jobTemplate"]["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    understood(container["command"])
    (rule,) = spec["podFailurePolicy"]["rules"]
    assert rule["onExitCodes"] == {"containerName": container["name"], "operator": "In", "values": [2, 3, 4]}
    assert spec["template"]["spec"]["restartPolicy"] == "Never"


def test_airflow() -> None:
    tree = ast.parse(text("airflow_dag.py"))
    compile(tree, "airflow_dag.py", "exec")
    given = {
        one.arg: one.value.value
        for one in ast.walk(tree)
        if isinstance(one, ast.keyword) and isinstance(one.value, ast.Constant)
    }
    understood(shlex.split(given["bash_command"]))
    assert (given["skip_on_exit_code"], given["max_active_runs"]) == (4, 1)


def test_prefect() -> None:
    tree = ast.parse(text("prefect_flow.py"))
    compile(tree, "prefect_flow.py", "exec")
    (words,) = [ast.literal_eval(one) for one in ast.walk(tree) if isinstance(one, ast.List)]
    understood(words)
