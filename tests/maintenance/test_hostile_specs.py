"""Specs, laws and formulas as no reviewer would write them: each is refused in words, and no secret is shown."""

import json
from pathlib import Path

import pytest

from bayescale.data.sources.written_secrets import written_out
from bayescale.errors import BayescaleError, InputError
from bayescale.maintenance.specs.spec_files import read_each_spec, read_spec
from bayescale.scaling_laws.formulas.formula import Formula
from bayescale.scaling_laws.law import Law
from bayescale.scaling_laws.toml import read_law
from tests.cli.conftest import Run

DATA = '[data]\nsource = "example:pile"\n'
DEEP = "[" * 5_000 + "]" * 5_000


def written(folder: Path, text: str | bytes, name: str = "a.toml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


SPECS: dict[str, tuple[str | bytes, str]] = {
    "a trillion draws": (DATA + "[sampler]\ndraws = 1000000000000\n", "sampler.draws"),
    "a number of 5,000 digits": (DATA + f"[sampler]\ndraws = {'9' * 5_000}\n", "TOML"),
    "a number of 400 digits": (DATA + f"[sampler]\ndraws = {'9' * 400}\n", "2^63"),
    "a million chains": (DATA + "[sampler]\nchains = 1000000\n", "sampler.chains"),
    "more draws than memory holds": (DATA + "[sampler]\nchains = 32\ndraws = 50000\n", "exceed 200000"),
    "a trillion attempts": (DATA + "[sampler]\nattempts = 1000000000000\n", "sampler.attempts"),
    "a seed beyond 64 bits": (DATA + "[sampler]\nrandom_seed = 99999999999999999999\n", "2^63"),
    "an endless timeout": (DATA + "timeout = 1e300\n", "data.timeout"),
    "a timeout that is none": (DATA + "timeout = inf\n", "data.timeout"),
    "a budget of nothing": (DATA + "[risk]\nby = []\n", ""),
    "nested arrays": (DATA + f"keep = {DEEP}\n", "nested too deeply"),
    "nested tables": (DATA + "[card" + ".a" * 500 + "]\nb = 1\n", "nested deeper than 12"),
    "nested inline tables": (DATA + "card = " + "{a=" * 3_000 + "1" + "}" * 3_000 + "\n", "deep"),
    "a text with NUL": (DATA + '[card]\nclaim = "a\\u0000b"\n', "NUL"),
    "a text of a megabyte": (DATA + f'[card]\nclaim = "{"x" * 500_000}"\n', "at most 100000 characters"),
    "a key of 1,000 letters": (DATA + f"{'k' * 1_000} = 1\n", "at most 200 characters"),
    "a key that stands twice": (DATA + '[data]\nsource = "b"\n', "TOML"),
    "a formula's bytes": (b"\xff\xfe\x00", "UTF-8"),
    "a law that leads up": (DATA + '[model]\nlaw = "../x.toml"\n', "in its spec's folder or below"),
    "a law at the root": (DATA + '[model]\nlaw = "/etc/x.toml"\n', "in its spec's folder or below"),
    "a law of 100,000 letters": (DATA + f'[model]\nlaw = "{"x" * 90_000}.toml"\n', "model.law"),
    "a law with NUL": (DATA + '[model]\nlaw = "a\\u0000.toml"\n', "NUL"),
    "a prior beyond all numbers": (DATA + "[model.priors]\nalpha = { median = 1e308, spread = 1.0 }\n", "1e300"),
    "a spread of infinity": (DATA + "[model.priors]\nalpha = { median = 1.0, spread = inf }\n", "spread"),
    "a target of 10^400": (DATA + f"[[forecast]]\nn_params = {'1' + '0' * 400}\n", "2^63"),
}


@pytest.mark.parametrize("what", SPECS)
def test_a_hostile_spec_is_refused_in_words(tmp_path: Path, what: str) -> None:
    text, words = SPECS[what]
    if what == "a budget of nothing":
        text = DATA + '[risk]\nby = ["model"]\n'
        text = "budgets = [0]\n" + text
        words = "budgets.0"
    with pytest.raises(InputError) as caught:
        read_spec(written(tmp_path, text))
    assert words in str(caught.value)
    assert len(str(caught.value)) < 2_000


def test_one_hostile_spec_leaves_the_others_alone(tmp_path: Path, run: Run) -> None:
    written(tmp_path, SPECS["nested arrays"][0], "deep.toml")
    written(tmp_path, SPECS["a trillion draws"][0] + '[alerts]\nwebhook = "${ALERTS_URL}"\n', "many.toml")  # type: ignore[operator]
    written(tmp_path, '[data]\nsource = "example:tau_airline"\n[risk]\nby = ["model"]\n', "tau.toml")
    specs, broken = read_each_spec(tmp_path)
    assert [one.name for one in specs] == ["tau"]
    assert [(one.name, one.alerts.webhook) for one in broken] == [("deep", None), ("many", "${ALERTS_URL}")]
    code, out, err = run("refit", tmp_path, "--store", tmp_path / "s", "--json")
    found = json.loads(out)
    assert {one["model"]: one["status"] for one in found["models"]} == {
        "deep": "error",
        "many": "error",
        "tau": "published",
    }
    assert code == 2
    assert "Traceback" not in err


def test_a_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    law = 'name = "mine"\nfloor = "E"\n[[power]]\namplitude = "A"\nexponent = "alpha"\nquantity = "n_params"\n'
    written(tmp_path, law, "outside.toml")
    (tmp_path / "models" / "law.toml").symlink_to(tmp_path / "outside.toml")
    (tmp_path / "models" / "folder").symlink_to(tmp_path)
    for name in ("law.toml", "folder/outside.toml"):
        path = written(tmp_path / "models", DATA + f'[model]\nlaw = "{name}"\n')
        with pytest.raises(InputError, match="a link leads out of its spec's folder"):
            read_spec(path)
    (tmp_path / "models" / "loop.toml").symlink_to(tmp_path / "models" / "loop.toml")
    with pytest.raises(InputError, match=r"model\.law"):
        read_spec(written(tmp_path / "models", DATA + '[model]\nlaw = "loop.toml"\n'))
    inside = written(tmp_path / "models", law, "real.toml")
    (tmp_path / "models" / "alias.toml").symlink_to(inside)
    assert read_spec(written(tmp_path / "models", DATA + '[model]\nlaw = "alias.toml"\n')).file_laws


# Secrets.

SECRET = (
    "postgresql://reader:hush@host/runs",
    "postgresql://reader:hu:sh@host/runs",
    "postgresql://reader:hu/sh@host/runs",
    "postgresql://reader:hu@sh@host/runs",
    "postgresql://reader:hu?sh@host/runs",
    "postgresql://reader:${A}hush@host/runs",
    "postgresql://:hush@host/runs",
    "postgresql://host/runs?password=hush",
    "postgresql://host/runs?user=a&passwd=hush",
    "postgresql://host/runs?sslpassword=hush",
    "oracle://scott/hush@host",
    "mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BPWD%3Dhush",
    "mysql://host/runs?auth_token=hush",
    "snowflake://host/?private_key=hush",
    "sqlite:///runs.db?key=hush",
)
NAMED = (
    "postgresql://reader:${PGPASSWORD}@host/runs",
    "postgresql://${USER}:${PGPASSWORD}@host:5432/runs?sslmode=require",
    "postgresql://reader@host/runs",
    "postgresql:///runs",
    "${DATABASE_URL}",
    "sqlite:///runs.db",
    "sqlite:////absolute/path@home/runs.db",
    "postgresql://host/runs?password=${PGPASSWORD}",
    "postgresql://host/runs?sslkey=/etc/key.pem",
    "duckdb:///runs.duckdb",
)


@pytest.mark.parametrize("address", SECRET)
def test_a_secret_that_is_written_out_is_refused_and_not_shown(tmp_path: Path, address: str) -> None:
    assert written_out(address)
    spec = written(tmp_path, f'[data.sql]\nurl = "{address}"\nquery = "SELECT 1"\n')
    with pytest.raises(InputError, match="written out") as caught:
        read_spec(spec)
    assert "hu" not in str(caught.value).replace("'url'", "")
    assert "${PGPASSWORD}" in str(caught.value)


@pytest.mark.parametrize("address", NAMED)
def test_what_names_its_secrets_is_accepted(tmp_path: Path, address: str) -> None:
    assert not written_out(address)
    read_spec(written(tmp_path, f'[data.sql]\nurl = "{address}"\nquery = "SELECT 1"\n'))


FIELDS = (
    '[data]\nsource = "https://user:hush@host/runs.csv"\n',
    '[data]\nsource = ["s3://key:hush@bucket/runs.csv"]\n',
    '[data]\nsource = "https://host/runs.csv?X-Amz-Signature=hush"\n',
    '[data]\nsql = "postgresql://reader:hush@host/runs"\n',
    '[data.sql]\nurl = 7\nquery = "SELECT 1"\npassword = "hush"\n',
    '[data.sql]\nurl = ["hush"]\nquery = "SELECT 1"\n',
    '[data.mlflow]\nurl = "https://hush@host"\nexperiment = "a"\n',
    '[data.mlflow]\nurl = "https://reader:hush@host"\nexperiment = "a"\n',
    '[data.mlflow]\nurl = "https://host"\nexperiment = "a"\ntoken = "hush"\n',
    '[data.wandb]\nfiles = "https://reader:hush@host/a.csv"\n',
    DATA + '[alerts]\nwebhook = "https://hooks.example/services/hush"\n',
    DATA + '[alerts]\nwebhook = "hush"\n',
    DATA + '[alerts]\nwebhok = "https://hooks.example/hush"\n',
    DATA + '[alerts]\nprob = "https://hooks.example/hush"\n',
)


@pytest.mark.parametrize("text", FIELDS)
def test_a_field_that_may_hold_a_secret_is_not_shown(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError) as caught:
        read_spec(written(tmp_path, text))
    assert "hush" not in str(caught.value)
    assert "line" in str(caught.value)


# Laws and formulas.

FORMULAS = (
    "a" + ".b" * 1_900,
    "(" * 1_900 + "a" + ")" * 1_900,
    "-" * 3_900 + "a",
    "a" + "+a" * 1_900,
    "__class__",
    "a.__class__",
    "__import__('os')",
    "x" * 3_000,
    "1" + "0" * 400 + " * a",
    "1e999 * a",
    "a\x00b",
    "a[0]",
    "'text'(1)",
    "lambda: a",
    "",
)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_hostile_formula_is_a_law_error(text: str) -> None:
    with pytest.raises(BayescaleError) as caught:
        Formula(text)
    assert len(str(caught.value)) < 500


NAMES = ("../x", "a/b", "x" * 100_000, "a\x00b", "a\nb", "<script>", "", "a\\b", "..")


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_of_a_law_is_refused(tmp_path: Path, name: str) -> None:
    from bayescale.scaling_laws.registry import law

    text = json.loads(law("chinchilla").to_json()) | {"name": name}
    with pytest.raises(BayescaleError) as caught:
        Law.from_json(json.dumps(text))
    assert len(str(caught.value)) < 500
    written_law = (
        f'name = {json.dumps(name)}\n[[power]]\namplitude = "A"\nexponent = "a"\nquantity = "n_params"\nfloor = "E"\n'
    )
    with pytest.raises(BayescaleError):
        read_law(written(tmp_path, written_law))


LAWS = {
    "nested": f"floor = {DEEP}\n",
    "a number of 400 digits": f"ranges = {{ n_params = [1, {'9' * 400}] }}\n",
    "a parameter of 300 letters": f'floor = "{"E" * 300}"\n',
    "a parameter with underscores": 'floor = "__class__"\n',
    "a key of 1,000 letters": f"{'k' * 1_000} = 1\n",
}


@pytest.mark.parametrize("what", LAWS)
def test_a_hostile_law_is_refused(tmp_path: Path, what: str) -> None:
    text = 'name = "mine"\n' + LAWS[what] + '[[power]]\namplitude = "A"\nexponent = "a"\nquantity = "n_params"\n'
    with pytest.raises(InputError) as caught:
        read_law(written(tmp_path, text))
    assert len(str(caught.value)) < 2_000


def test_a_key_that_stands_twice_in_json_lines_is_refused(tmp_path: Path) -> None:
    from bayescale.data.reading import read_runs

    path = written(tmp_path, '{"n_params": 1e9, "loss": 2.5, "loss": 2.0}\n', "runs.jsonl")
    with pytest.raises(InputError, match="'loss' occurs twice"):
        read_runs(path)


def test_a_name_of_any_length_is_answered_in_few_words() -> None:
    from bayescale.scaling_laws.registry import law

    for name in ("x" * 100_000, "../x", "__class__", "a\x00b"):
        with pytest.raises(BayescaleError, match=r"no law is called|without NUL") as caught:
            law(name)
        assert len(str(caught.value)) < 600
