"""The command line: parse, call, exit code. Everything heavy is imported inside the command that needs it.

Exit codes: 0 done; 2 wrong input; 3 a fit failed its checks; 130 interrupted. With `--json` standard output carries one
JSON document and nothing else; progress and messages go to standard error.
"""

import io
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayescale.errors import BayescaleError, ChecksFailed, InputError
from bayescale.report.terminal import NARROW, dump, notes, printable, say, show, working

if TYPE_CHECKING:
    from bayescale.data.trials import Trials
    from bayescale.fitted import Fit
    from bayescale.laws.law import Law
    from bayescale.report.parts import Content
    from bayescale.report.tables import Table
    from bayescale.risk.fitted import Risk
    from bayescale.risk.judge import Judge

INTERRUPTED = 130

app = typer.Typer(
    help="Bayesian scaling laws: forecasts of larger training runs that are right as often as they say.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Seed = Annotated[int | None, typer.Option(help="Random seed; the same one repeats the answer.")]
Prob = Annotated[float, typer.Option(help="Probability of the intervals.")]
Rename = Annotated[list[str] | None, typer.Option(help="theirs=ours, once for each column.")]


def main() -> None:
    """Run the command line and leave with the exit code of what happened."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a letter still gets the rest
    try:
        app()
    except BayescaleError as error:
        say(f"bayescale: {error}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        say("bayescale: interrupted")
        sys.exit(INTERRUPTED)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the report, the forecast and the posterior.")] = Path("demo"),
    as_json: AsJson = False,
) -> None:
    """Fit published losses up to 3B parameters, forecast 6.7B to 13B, and compare with what those reached."""
    from bayescale import demo as job
    from bayescale.report.document import to_json
    from bayescale.report.parts import Notes, Text
    from bayescale.report.tables import Table

    say("Published Pile losses of Cerebras-GPT and Pythia (shipped with bayescale).")
    job.make_folder(out)
    done = job.run(say)
    paths = job.write(done, out)
    if as_json:
        typer.echo(to_json(done.content))
    else:
        show(done.content.part(Table, "forecast"))
        typer.echo("\n".join(done.content.part(Text, "estimand").paragraphs))
        show(done.content.part(Table, "checks"))
        notes(done.content.part(Notes, "notes").items)
    say("\n".join(f"wrote {path}" for path in paths.values()))


@app.command()
def laws(
    law: Annotated[str | None, typer.Argument(help="Name or id of one law, or a .toml file that holds one.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the laws, or describe one: formula, parameters with their priors, published coefficients, source."""
    from bayescale.laws import CATALOGUE
    from bayescale.report.catalogue import describe, listing, text_of

    if law is not None:
        described = describe(law_of(law), file=law if in_file(law) else None)
        typer.echo(dump(described) if as_json else printable(text_of(described)))
    elif as_json:
        typer.echo(dump([describe(entry) for entry in CATALOGUE.values()]))
    else:
        show(listing(CATALOGUE.values()), width=NARROW)


@app.command()
def fit(
    table: Annotated[str, typer.Argument(help="Runs: a .csv, .parquet or .jsonl file, or example:pile.")],
    law: Annotated[str, typer.Option(help="Name or id (`bayescale laws` lists them), or a .toml file.")] = "joint",
    family: Annotated[str, typer.Option(help="Column that names families of runs.")] = "family",
    rename: Rename = None,
    complete: Annotated[bool, typer.Option("--complete", help="Leave out rows without an input, and say so.")] = False,
    at: Annotated[list[str] | None, typer.Option(help="A run to forecast: n_params=7e10,n_tokens=1e12")] = None,
    discrepancy: Annotated[bool, typer.Option(help="Whether the law itself may be wrong.")] = True,
    prob: Prob = 0.9,
    seed: Seed = None,
    out: Annotated[Path | None, typer.Option(help="Save the posterior to this .nc file.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write a report of the forecast: .html, .md, .json.")] = None,
    as_json: AsJson = False,
) -> None:
    """Fit a law to a table of runs and forecast the runs named by --at."""
    from bayescale.data import read_runs
    from bayescale.fitted import fit as sample
    from bayescale.report import content, files

    targets = [target_of(words) for words in at or []]
    if report is not None and not targets:
        raise InputError("--report is of a forecast: name at least one run with --at n_params=...,n_tokens=...")
    files.require_writable(report)
    chosen, names = law_of(law), dict(pair(words, "--rename") for words in rename or [])
    runs = read_runs(table, rename=names, response=chosen.response)
    runs = runs.complete(*chosen.inputs) if complete else runs
    fitted = sample(runs, chosen, family=family, discrepancy=discrepancy, random_seed=seed)
    if out is not None:
        fitted.save(out)
        say(f"wrote {out}")
    checks = fitted.check(targets or None)
    tables = [content.parameters_table(fitted, prob), content.checks_table(checks)]
    if targets:
        forecast = fitted.forecast(targets, prob)
        tables = [content.forecast_table(fitted, content.compare(forecast), prob), *tables]
        if report is not None:
            title = f"{fitted.law.response} forecast from {Path(table).name}"
            files.write(content.make_content(fitted, forecast, checks, title=title), report)
            say(f"wrote {report}")
    answer(fitted, tables, as_json)


@app.command()
def risk(
    trials: Annotated[list[str], typer.Argument(help="Trials: tables (.csv, .parquet, .jsonl) or evaluation logs.")],
    by: Annotated[list[str] | None, typer.Option(help="Column that makes groups, once for each; '' for one.")] = None,
    at: Annotated[list[float] | None, typer.Option(help="Attempts per prompt; default: 1000 and 10000.")] = None,
    prob: Prob = 0.9,
    level: Annotated[float, typer.Option(help="Share of prompts: how many attempts break as many?")] = 0.5,
    threshold: Annotated[float, typer.Option(help="Share of prompts: how probable is it that more break?")] = 0.5,
    mixing: Annotated[list[str] | None, typer.Option(help="Mixing law, once for each; default: the average.")] = None,
    judge_sensitivity: Annotated[str | None, typer.Option(help="a,b of the Beta of true successes reported.")] = None,
    judge_false_positives: Annotated[str | None, typer.Option(help="a,b of the Beta of false ones reported.")] = None,
    judge_errors: Annotated[str | None, typer.Option(help="independent (default) or persistent.")] = None,
    judge_labels: Annotated[str | None, typer.Option(help="Table of checked attempts: truth, verdict (0, 1).")] = None,
    rename: Rename = None,
    scorer: Annotated[str | None, typer.Option(help="Of evaluation logs: the scorer that counts.")] = None,
    success: Annotated[str | None, typer.Option(help="Of evaluation logs: C, I or the least score.")] = None,
    check_duplicates: Annotated[bool, typer.Option("--check-duplicates", help="Refuse attempts given twice.")] = False,
    seed: Seed = None,
    save: Annotated[Path | None, typer.Option(help="Save the posterior to this .nc file.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write a report: .html, .md, .json.")] = None,
    redact: Annotated[bool, typer.Option("--redact", help="Neutral names for groups and prompts.")] = False,
    as_json: AsJson = False,
) -> None:
    """Forecast how many prompts break within many attempts, from the few that were made."""
    from bayescale.data.trials import read_trials
    from bayescale.report import files
    from bayescale.report.risk import make_risk_content, require_asked
    from bayescale.risk.fitted import fit_risk
    from bayescale.risk.mixing import mixings

    budgets = require_asked(at or (1_000, 10_000), prob, level, threshold)
    files.require_writable(out)
    laws = mixing or None
    mixings(laws)
    judge = judge_from(judge_sensitivity, judge_false_positives, judge_errors, judge_labels)
    names, given = dict(pair(words, "--rename") for words in rename or []), trials if len(trials) > 1 else trials[0]
    least = None if success is None else _number(success)
    read = read_trials(given, rename=names, scorer=scorer, success=least, check_duplicates=check_duplicates)
    groups = read.groups if by is None else [name for name in by if name]
    require_late(budgets, read.grouped(groups), judge)
    with working(f"Fitting {len(read.table)} problems, grouped by {', '.join(groups) or 'nothing'} ..."):
        found = fit_risk(read, groups, mixing=laws, judge=judge, random_seed=seed)
    if save is not None:
        found.save(save)
        say(f"wrote {save}{' (names and all)' if redact else ''}")
    title = "Risk under repeated attempts" + ("" if redact else f": {', '.join(Path(one).name for one in trials)}")
    with working("Checking, and asking other methods ..."):
        other = with_other_errors(found, read, laws) if out is not None or as_json else None
        content = make_risk_content(
            found, budgets, prob, title=title, level=level, threshold=threshold, other=other, redact=redact
        )
    if out is not None:
        files.write(content, out)
        say(f"wrote {out}")
    tell_risk(content, as_json)


def judge_from(
    sensitivity: str | None, false_positives: str | None, errors: str | None, labels: str | None
) -> "Judge | None":
    """The judge that the command line describes; None where it says nothing of one."""
    from bayescale.data.columns import as_numbers
    from bayescale.data.tables import read_table
    from bayescale.risk.judge import Judge, calibrate_judge

    judge, stated = Judge(), sensitivity is not None or false_positives is not None
    if labels is not None and stated:
        raise InputError("--judge-labels says how the judge errs: leave its sensitivity and false positives out")
    if labels is not None:
        table = read_table(labels).table
        table = table.set_axis(range(1, len(table) + 1))
        for name in {"truth", "verdict"} & set(table.columns):
            values, wrong = as_numbers(table[name])
            table[name] = table[name].astype(object).where(wrong, values)
        judge = calibrate_judge(table)
    if sensitivity is not None:
        judge = replace(judge, sensitivity=beta_of(sensitivity, "--judge-sensitivity"))
    if false_positives is not None:
        judge = replace(judge, false_positive_rate=beta_of(false_positives, "--judge-false-positives"))
    if errors is not None:
        judge = replace(judge, errors=errors)  # type: ignore[arg-type]  # Judge says what is allowed
    return judge if stated or labels is not None or errors is not None else None


def beta_of(words: str, option: str) -> tuple[float, float]:
    """ "19,1" as the two parameters of a Beta."""
    try:
        a, b = map(float, words.split(","))
    except ValueError:
        raise InputError(f"{option} {words!r} is not of the form a,b, such as 19,1") from None
    return a, b


def require_late(budgets: Sequence[int], trials: "Trials", judge: "Judge | None") -> None:
    """Raise InputError, before anything is fitted, for budgets that such a judge leaves without an answer."""
    most = int(trials.table["attempts"].max())
    early = ", ".join(str(budget) for budget in budgets if budget < most)
    if judge is not None and judge.errors == "independent" and early:
        raise InputError(
            f"--at {early}: a judge whose errors are independent leaves open which of the attempts made were "
            f"successes; ask for {most} or more, which were made of some problem, or state --judge-errors persistent"
        )


def with_other_errors(found: "Risk", trials: "Trials", mixing: list[str] | None) -> "Risk | None":
    """The same fit with the judge's errors taken the other way; None without a judge, or where it fails its checks."""
    from bayescale.risk.fitted import fit_risk
    from bayescale.tree import fact

    if found.judge is None:
        return None
    judge = replace(found.judge, errors="persistent" if found.judge.errors == "independent" else "independent")
    by, seed = fact(found.tree, "by"), fact(found.tree, "random_seed")
    try:
        return fit_risk(trials, by, mixing=mixing, judge=judge, random_seed=seed)
    except ChecksFailed as error:
        say(f"{judge.errors} errors of the judge could not be fitted and are left out: {error}")
        return None


def tell_risk(content: "Content", as_json: bool) -> None:
    """Print the answer of a risk report: what is claimed, its warnings, tables and notes; or all of it as JSON."""
    from bayescale.report.document import to_json
    from bayescale.report.parts import Notes, Text
    from bayescale.report.tables import Table

    if as_json:
        typer.echo(to_json(content))
        return
    for line in content.part(Notes, "claims").items:
        typer.echo(printable(line))
    for name in ("forecast", "budget", "checks"):
        show(content.part(Table, name))
    for line in content.part(Text, "warnings").paragraphs:
        typer.echo(f"warning: {printable(line)}")
    notes(content.part(Notes, "notes").items)


def answer(fitted: "Fit", tables: Sequence["Table"], as_json: bool) -> None:
    """Print what a fit has to say: its tables and notes, or one JSON document of them and of where they come from."""
    from bayescale.report import content

    if as_json:
        records = {found.name: [dict(record) for record in found.records] for found in tables}
        typer.echo(dump({**records, "notes": fitted.notes, "lineage": content.lineage(fitted)}))
        return
    for found in tables:
        show(found)
    notes(fitted.notes)


def in_file(words: str) -> bool:
    """Whether a law was given as a file instead of a name."""
    return words.lower().endswith(".toml")


def law_of(words: str) -> "Law":
    """The law that the command line names: by name or id of the catalogue, or by the .toml file that holds it."""
    from bayescale.laws import law as find

    if not in_file(words):
        return find(words)
    from bayescale.laws.custom import read_law

    return read_law(words)


def pair(words: str, option: str) -> tuple[str, str]:
    """ "theirs=ours" as a pair."""
    left, sign, right = words.partition("=")
    if not sign or not left.strip() or not right.strip():
        raise InputError(f"{option} {words!r} is not of the form name=value")
    return left.strip(), right.strip()


def target_of(words: str) -> dict[str, object]:
    """ "n_params=7e10,family=a" as a mapping; whatever reads as a number is one, except families."""
    return {name: value if name == "family" else _number(value) for name, value in _pairs(words)}


def _pairs(words: str) -> list[tuple[str, str]]:
    return [pair(part, "--at") for part in words.split(",")]


def _number(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value
