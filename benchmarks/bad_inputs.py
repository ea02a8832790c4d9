"""Bad arguments, tables, files, targets, specs, laws and command lines: the inputs of `benchmarks.bad_input`."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

import bayescale as bs
from bayescale.cli import main
from bayescale.maintenance.specs.spec_files import read_spec
from benchmarks.hostile_calls import HOSTILE, TARGET, Subjects, calls, runs_table, trials_table

#: Public callables whose answers take seconds; the layer that validates arguments is the same for all.
SLOW = (
    *("loss_report", "risk_report", "plot_", "check_", "prior_predictive"),
    *("Risk.plan", "Risk.estimators", "Risk.choose", "Risk.mixture", "Risk.best_mixture"),
)


@dataclass(frozen=True)
class Case:
    """One input: its kind, a name, the call that takes it, and whether it may rightly be accepted."""

    kind: str
    name: str
    call: Callable[[], object]
    usable: bool = False


def cases(subjects: Subjects) -> Iterator[Case]:
    """Every input, kind by kind. Files are written into the subjects' folder."""
    yield from _arguments(subjects)
    yield from _tables()
    yield from _files(subjects.folder)
    yield from _targets(subjects)
    yield from _specs(subjects.folder)
    yield from _laws(subjects.folder)
    yield from _words(subjects.folder)


def _arguments(subjects: Subjects) -> Iterator[Case]:
    for name, call in calls(subjects).items():
        if name.startswith(SLOW):
            continue
        for parameter in call.parameters:
            for label, value in HOSTILE.items():
                if parameter != "progress":  # any function is one, and what it raises is the caller's
                    made = lambda call=call, p=parameter, v=value: call.with_value(p, v)  # noqa: E731
                    yield Case("argument", f"{name}({parameter}={label})", made, usable=True)


CELLS: dict[str, Any] = {
    "text": "abc",
    "nan": float("nan"),
    "inf": float("inf"),
    "-inf": float("-inf"),
    "negative": -1.0,
    "zero": 0.0,
    "tiny": 1e-300,
    "huge": 1e300,
    "10**400": 10**400,
    "list": [1, 2],
    "mapping": {"a": 1},
    "True": True,
    "bytes": b"\xff",
    "thousands": "1,000",
    "unit": "7B",
    "percent": "12 %",
    "formula": "=1+1",
    "date": pd.Timestamp("2026-01-01"),
    "complex": 1j,
    "half": 0.5,
}
TEXTS = {"family", "run", "problem", "model"}  # any text, number or blank is a name


def _tables() -> Iterator[Case]:
    for kind, table, read in (("runs", runs_table(), bs.read_runs), ("trials", trials_table(), bs.read_trials)):
        for column in table.columns:
            for label, value in CELLS.items():
                cells = table[column].tolist()
                cells[2] = value
                bad = table.assign(**{column: pd.Series(cells, dtype=object)})
                blank = label == "nan" and column not in ("loss", "attempts", "successes")
                believable = (kind, column, label) in {
                    ("runs", "loss", "half"),
                    *(("runs", "loss", label) for label in ("zero", "nan", "inf", "-inf", "tiny", "huge")),  # noted
                    *(("runs", name, label) for name in ("n_params", "n_tokens") for label in ("tiny", "huge", "half")),
                    ("trials", "successes", "zero"),
                    ("trials", "attempts", "zero"),
                }
                yield Case(
                    "table", f"{kind}: {column}={label}", lambda read=read, t=bad: read(t),
                    usable=column in TEXTS or blank or believable,
                )  # fmt: skip
            yield Case("table", f"{kind}: no {column}", lambda r=read, t=table, c=column: r(t.drop(columns=c)), usable=column in TEXTS | {"n_params", "n_tokens"})  # noqa: E501  # fmt: skip
            twice = pd.concat([table, table[[column]]], axis=1)
            yield Case("table", f"{kind}: {column} twice", lambda r=read, t=twice: r(t))
            yield Case("table", f"{kind}: {column} renamed to itself twice", lambda r=read, t=table, c=column: r(t, rename={c: "x", "loss": "x", "attempts": "x"}))  # noqa: E501  # fmt: skip
        for label, odd in (("empty", table.iloc[:0]), ("no columns", pd.DataFrame()), ("levels", table.T)):
            yield Case("table", f"{kind}: {label}", lambda r=read, t=odd: r(t))


def _files(folder: Path) -> Iterator[Case]:
    text = runs_table().to_csv(index=False)
    contents: dict[str, bytes] = {
        "empty": b"",
        "blank": b"\n\n",
        "header alone": text.split("\n")[0].encode(),
        "binary": bytes(range(256)) * 4,
        "UTF-16": text.encode("utf-16"),
        "Latin-1": text.replace("run 1", "Läuf").encode("latin-1"),
        "NUL": text.replace("run 1", "ru\x00n").encode(),
        "unclosed quote": text.replace("run 1", '"run').encode(),
        "uneven": text.replace("run 1", "run,1").encode(),
        "semicolons": text.replace(",", ";").encode(),
        "tabs": text.replace(",", "\t").encode(),
        "cut": text[:120].encode(),
        "nested": b"[" * 100_000,
        "long line": b"a" * 1_000_000,
        "many columns": (",".join(f"c{i}" for i in range(5_000)) + "\n" + ",".join("1" * 5_000) + "\n").encode(),
        "JSON list": json.dumps([1, 2]).encode(),
        "JSON nested": json.dumps({"loss": {"a": [1]}}).encode(),
        "JSON key twice": b'{"loss": 1, "loss": 2}',
        "JSON surrogate": b'{"loss": 2.0, "family": "\\ud800"}\n',
        "JSON NaN": b'{"loss": NaN, "n_params": Infinity}\n',
        "Parquet magic": b"PAR1" + b"\x00" * 100 + b"PAR1",
        "zip": b"PK\x03\x04" + b"\x00" * 100,
        "HDF": b"\x89HDF\r\n\x1a\n" + b"\x00" * 100,
        "TOML": b"[data]\nsource = 3\n",
    }
    readers: dict[str, tuple[Callable[[Path], object], ...]] = {
        ".csv": (bs.read_runs, bs.read_trials),
        ".jsonl": (bs.read_runs, bs.read_trials),
        ".parquet": (bs.read_runs, bs.read_trials),
        ".json": (bs.read_trials,),
        ".eval": (bs.read_trials,),
        ".nc": (bs.load,),
        ".toml": (bs.read_law, read_spec),
    }
    for suffix, functions in readers.items():
        for read in functions:
            for place, (label, data) in enumerate(contents.items()):
                path = folder / f"bad_{place}{suffix}"
                path.write_bytes(data)
                yield Case("file", f"{read.__name__}: {label}{suffix}", lambda r=read, p=path: r(p), usable=(label, suffix) == ("cut", ".csv"))  # noqa: E501  # fmt: skip
            pipe, folder_path = folder / f"pipe{suffix}", folder / f"folder{suffix}"
            if not pipe.exists():
                os.mkfifo(pipe)
                folder_path.mkdir()
            odd: dict[str, Any] = {"pipe": pipe, "folder": folder_path, "missing": folder / f"none{suffix}"}
            for label, target in (("zero", "/dev/zero"), ("null", "/dev/null"), ("kernel", "/proc/kallsyms")):
                link = folder / f"{label}{suffix}"
                if not link.is_symlink():
                    link.symlink_to(target)
                odd[label] = link
            odd |= {"NUL": f"a\x00{suffix}", "long": "a" * 5_000 + suffix, "URL": f"http://localhost:1/a{suffix}"}
            odd |= {"surrogate": f"\ud800{suffix}", "loop": folder / f"loop{suffix}", "empty": ""}
            if not odd["loop"].is_symlink():
                odd["loop"].symlink_to(odd["loop"])
            for label, where in odd.items():
                yield Case("file", f"{read.__name__}: {label}{suffix}", lambda r=read, p=where: r(p))


def _targets(subjects: Subjects) -> Iterator[Case]:
    for name in ("n_params", "n_tokens"):
        for label, value in CELLS.items():
            bad = [TARGET, {**TARGET, name: value}]
            usable = label == "huge"  # flagged: farther than was ever tested
            yield Case("target", f"{name}={label}", lambda t=bad: subjects.fit.forecast(t), usable)
        bad = [{key: value for key, value in TARGET.items() if key != name}]
        yield Case("target", f"no {name}", lambda t=bad: subjects.fit.forecast(t))
    for label, value in {**CELLS, "surrogate": "\ud800", "unknown": "aa"}.items():
        blank = label == "nan"
        yield Case("target", f"family={label}", lambda v=value: subjects.fit.forecast([{**TARGET, "family": v}]), blank)
    for label, value in HOSTILE.items():
        yield Case("target", f"targets=[{label}]", lambda v=value: subjects.fit.forecast([v]))


def _specs(folder: Path) -> Iterator[Case]:
    values = ['"x"', "-1", "0", "1e400", "inf", "nan", "9" * 30, "[]", "{}", "true", "[1, 'a']", '"\\u0000"', "[[[]]]"]
    keys = {
        "data": ("source", "rename", "units", "timeout", "keep", "complete_file", "nonsense"),
        "model": ("law", "laws", "family", "pooling", "noise", "discrepancy", "priors", "nonsense"),
        "sampler": ("draws", "tune", "chains", "target_accept", "attempts", "random_seed", "nonsense"),
        "alerts": ("webhook", "prob", "nonsense"),
        "card": ("claim", "owner", "nonsense"),
    }
    fine = {("data", "source", '"x"'), ("model", "law", '"x"'), ("alerts", "prob", "true")}
    for section, names in keys.items():
        for name in names:
            for place, value in enumerate(values):
                head = "" if (section, name) == ("data", "source") else '[data]\nsource = "example:pile"\n'
                path = folder / f"spec_{section}_{name}_{place}.toml"
                joined = (
                    f"{head}{name} = {value}\n"
                    if section == "data" and head
                    else f"{head}[{section}]\n{name} = {value}\n"
                )
                path.write_text(joined)
                usable = (section, name, value) in fine or (name, value) in _FINE
                yield Case("spec", f"{section}.{name} = {value}", lambda p=path: read_spec(p), usable)


_FINE = {
    ("family", '"x"'),
    ("discrepancy", "true"),
    ("complete_file", "true"),
    ("random_seed", "0"),
    ("claim", '"x"'),
    ("owner", '"x"'),
    *((name, "{}") for name in ("rename", "units", "keep", "pooling", "priors")),
    *((name, "[]") for name in ("keep",)),
}


def _laws(folder: Path) -> Iterator[Case]:
    good = (
        'name = "mine"\nresponse = "loss"\nscale = "log"\nsource = "here"\nfloor = "E"\n'
        '[[power]]\namplitude = "A"\nexponent = "alpha"\nquantity = "n_params"\n'
    )
    values = ['""', '"\\u0000"', "3", "[]", "{}", "nan", '"../x"', '"__class__"', '"a b"', f'"{"a" * 5_000}"', "true"]
    for line in good.replace("[[power]]\n", "").strip().split("\n"):
        key = line.split(" ")[0]
        for place, value in enumerate(values):
            path = folder / f"law_{key}_{place}.toml"
            path.write_text(good.replace(line, f"{key} = {value}"))
            fine = key == "source" and value.startswith('"') and "u0000" not in value
            fine |= key in ("name", "response") and value in ('"__class__"', '"a b"')  # labels, in no formula
            fine |= (key, value) in {("floor", '""')} or (key == "quantity" and value == '"x"')
            yield Case("law", f"{key} = {value[:20]}", lambda p=path: bs.read_law(p), fine)
    formulas = [
        "",
        "(",
        "1/0",
        "x" * 20_000,
        "__import__('os')",
        "a.b",
        "A[0]",
        "lambda: 1",
        "A if A else B",
        "9**9**9**9",
    ]
    formulas += [
        "(" * 500 + "A" + ")" * 500,
        "A" + "+A" * 20_000,
        "A\x00",
        "exp",
        "exp()",
        "exp(A, A, A)",
        "A = 1",
        "\ud800",
    ]
    for formula in formulas:
        yield Case("law", f"term({formula[:20]!r})", lambda f=formula: bs.Law("mine", bs.floor("E") + bs.term(f)))


def _words(folder: Path) -> Iterator[Case]:
    trials, runs = folder / "trials.csv", folder / "runs.csv"
    trials_table().to_csv(trials, index=False)
    runs_table().to_csv(runs, index=False)
    fit, store = str(folder / "saved.nc"), str(folder / "store")
    at = "n_params=1e9,n_tokens=1e10,family=a"
    good: dict[str, list[str]] = {
        "fit": [str(runs), "--law", "chinchilla"],
        "backtest": [str(runs), "--law", "chinchilla", "--cut", "n_params", "--at", "2e8"],
        "risk": [str(trials), "--mixing", "beta"],
        "next-attempts": [str(trials), "--for", "100", "--attempts", "10"],
        "forecast": [fit, "--at", at],
        "allocate": [fit, "--flops", "1e21"],
        "required": [fit, "--loss", "2.5"],
        "compare": [fit, "--a", at, "--b", at],
        "plan": [fit, "--candidate", at, "--at", at],
        "show": ["m", "--store", store],
        "history": ["m", "--store", store],
        "diff": ["m", "--store", store, "--from", "1"],
        "report": ["m", "--store", store, "--out", "r.html"],
        "rollback": ["m", "--store", store, "--to", "1"],
        "pin": ["m", "--store", store],
        "retain": ["m", "--store", store, "--keep", "3"],
        "verify": [store],
        "scrub": [store],
        "laws": ["chinchilla"],
        "init": [str(runs), "--out", "new.toml"],
        "refit": ["specs", "--store", store],
    }
    wrong = ["nonsense", "-1", "nan", "\x01", "a" * 5_000, "../..", "9" * 400, ""]
    for command, words in good.items():
        for place in range(len(words)):
            if words[place].startswith("--"):
                yield Case("words", f"{command} without {words[place]}", _run(command, *words[:place], *words[place + 2 :]), words[place] in ("--law", "--cut", "--at", "--mixing", "--out"))  # noqa: E501  # fmt: skip
                continue
            for value in wrong:
                changed = [*words[:place], value, *words[place + 1 :]]
                fine = (command, value) in {("backtest", "-1"), ("scrub", "../.."), ("verify", "../..")}
                yield Case("words", f"{command} {words[place - 1] if place else ''} {value[:20]!r}", _run(command, *changed), fine)  # noqa: E501  # fmt: skip
        for extra in (["--nonsense"], ["--prob", "2"], ["--seed", "-1"], ["--out", "nowhere/a.html"], ["--out", "-"]):
            yield Case("words", f"{command} {' '.join(extra)}", _run(command, *words, *extra))


class Refused(bs.BayescaleError):
    """The command line ended with an exit code other than 0."""


def _run(*words: str) -> Callable[[], None]:
    def call() -> None:
        before, sys.argv = sys.argv, ["bayescale", *words]
        try:
            main()
        except SystemExit as left:
            if left.code not in (0, None):
                raise Refused(f"exit code {left.code}") from left
        finally:
            sys.argv = before

    return call
