"""`risk`: from attempts to a statement of risk for a reviewer. `next-attempts`: which problems to attempt next."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayescale.cli.app import app
from bayescale.cli.options import REPORTS, AsJson, Prob, Rename, Seed, number, output, pair
from bayescale.core.display import printable
from bayescale.errors import ChecksFailed, InputError
from bayescale.report.render.terminal import dump, notes, say, show, working

BY = (
    "Column that makes groups, once for each; '' for one group. Default: the known ones (model, attack, benchmark, "
    "task, category, temperature, prompt condition, settings of evaluation logs); a note names the others."
)
DESIGN = "What decided how often: fixed, until_success or adaptive; default: inferred, and said."

if TYPE_CHECKING:
    from bayescale.data.trials import Trials
    from bayescale.report.elements import Report
    from bayescale.risk.judge import Judge
    from bayescale.risk.result import Risk


@app.command()
def risk(
    trials: Annotated[list[str], typer.Argument(help="Trials: tables (.csv, .parquet, .jsonl) or evaluation logs.")],
    by: Annotated[list[str] | None, typer.Option(help=BY)] = None,
    at: Annotated[list[float] | None, typer.Option(help="Attempts per prompt; default: 1000 and 10000.")] = None,
    prob: Prob = 0.9,
    level: Annotated[float, typer.Option(help="Share of prompts: how many attempts break as many?")] = 0.5,
    threshold: Annotated[float, typer.Option(help="Share of prompts: how probable is it that more break?")] = 0.5,
    mixing: Annotated[list[str] | None, typer.Option(help="Mixing law, once for each; default: the average.")] = None,
    judge_sensitivity: Annotated[str | None, typer.Option(help="a,b of the Beta of true successes reported.")] = None,
    judge_false_positives: Annotated[str | None, typer.Option(help="a,b of the Beta of false ones reported.")] = None,
    judge_errors: Annotated[str | None, typer.Option(help="independent (default) or persistent.")] = None,
    judge_labels: Annotated[str | None, typer.Option(help="Table of checked attempts: truth, verdict (0, 1).")] = None,
    design: Annotated[str | None, typer.Option(help=DESIGN)] = None,
    rename: Rename = None,
    scorer: Annotated[str | None, typer.Option(help="Of evaluation logs: the scorer that counts.")] = None,
    success: Annotated[str | None, typer.Option(help="Of evaluation logs: C, I or the least score.")] = None,
    check_duplicates: Annotated[bool, typer.Option("--check-duplicates", help="Refuse attempts given twice.")] = False,
    seed: Seed = None,
    save: Annotated[
        Path | None, typer.Option(help="Save the posterior to this .nc file.", callback=output("--save", (".nc",)))
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write a report: .html, .md, .json.", callback=output("--out", REPORTS))
    ] = None,
    redact: Annotated[bool, typer.Option("--redact", help="Neutral names for groups and prompts.")] = False,
    estimators: Annotated[
        bool, typer.Option("--estimators", help="Print the published estimators beside the posterior.")
    ] = False,
    saturation: Annotated[
        bool, typer.Option("--saturation", help="Print after how many attempts one more breaks 0.1 % of prompts.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Forecast how many prompts break within many attempts, from the few that were made."""
    from bayescale.data.trials import read_trials
    from bayescale.report.risk.content import require_asked, risk_report
    from bayescale.risk.fit import fit_risk
    from bayescale.risk.mixing import mixings
    from bayescale.risk.sampling_design import read_design

    budgets = require_asked(at or (1_000, 10_000), prob, level, threshold)
    laws = mixing or None
    mixings(laws)
    read_design(design)
    judge = judge_from(judge_sensitivity, judge_false_positives, judge_errors, judge_labels)
    names, given = dict(pair(words, "--rename") for words in rename or []), trials if len(trials) > 1 else trials[0]
    least = None if success is None else number(success)
    read = read_trials(given, rename=names, scorer=scorer, success=least, check_duplicates=check_duplicates)
    chosen = None if by is None else [name for name in by if name]
    grouped = read.grouped(chosen)
    with working(f"Fitting {len(grouped.table)} problems, grouped by {', '.join(grouped.groups) or 'nothing'} ..."):
        found = fit_risk(read, chosen, mixing=laws, judge=judge, random_seed=seed, design=design)
    if save is not None:
        found.save(save)
        say(f"wrote {save}{' (names and all)' if redact else ''}")
    title = "Risk under repeated attempts" + ("" if redact else f": {', '.join(Path(one).name for one in trials)}")
    with working("Checking, and asking other methods ..."):
        other = with_other_errors(found, read, laws, design) if out is not None or as_json else None
        content = risk_report(
            found, budgets, prob, title=title, level=level, threshold=threshold, other=other, redact=redact
        )
    if out is not None:
        content.save(out)
        say(f"wrote {out}")
    more = [name for name, wanted in (("baselines", estimators), ("saturation", saturation)) if wanted]
    tell_risk(content, as_json, ("forecast", *more, "budget", "checks"))


@app.command("next-attempts")
def next_attempts(
    trials: Annotated[list[str], typer.Argument(help="Trials so far: tables (.csv, .parquet, .jsonl) or logs.")],
    k: Annotated[int, typer.Option("--for", help="Attempts per problem that pass@k (ASR@k) is wanted at.")],
    attempts: Annotated[int, typer.Option(help="Attempts to make next, in all.")],
    rule: Annotated[str, typer.Option(help="variance or fewest_successes.")] = "variance",
    by: Annotated[list[str] | None, typer.Option(help="Column that makes groups, once for each; '' for one.")] = None,
    mixing: Annotated[list[str] | None, typer.Option(help="Mixing law, once for each; default: the average.")] = None,
    rename: Rename = None,
    scorer: Annotated[str | None, typer.Option(help="Of evaluation logs: the scorer that counts.")] = None,
    success: Annotated[str | None, typer.Option(help="Of evaluation logs: C, I or the least score.")] = None,
    seed: Seed = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write each problem's next attempts to this .csv file.", callback=output("--out", (".csv",))),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Divide the next attempts over problems, for the sharpest estimate of pass@k they can buy."""
    from bayescale.data.trials import read_trials
    from bayescale.report.render.files import write_text
    from bayescale.report.risk.next_attempts import next_attempts_note, next_attempts_table
    from bayescale.report.tables import as_csv, plain_value
    from bayescale.risk.decisions.dynamic_sampling import require_question
    from bayescale.risk.fit import fit_risk
    from bayescale.risk.mixing import mixings

    require_question(k, attempts, rule)
    laws = mixing or None
    mixings(laws)
    names, source = dict(pair(words, "--rename") for words in rename or []), trials if len(trials) > 1 else trials[0]
    read = read_trials(source, rename=names, scorer=scorer, success=None if success is None else number(success))
    chosen = None if by is None else [name for name in by if name]
    grouped = read.grouped(chosen)
    with working(f"Fitting {len(grouped.table)} problems, grouped by {', '.join(grouped.groups) or 'nothing'} ..."):
        plan = fit_risk(read, chosen, mixing=laws, random_seed=seed).next_attempts(k, attempts, rule)
    if out is not None:
        write_text(as_csv(plan.table), out)
        say(f"wrote {out}")
    if as_json:
        records = [dict(record) for record in next_attempts_table(plan, None).records]
        typer.echo(dump({"next_attempts": records, "relative_variance": plain_value(plan.relative_variance)}))
        return
    show(next_attempts_table(plan))
    notes([note for note in (next_attempts_note(plan),) if note])


def judge_from(
    sensitivity: str | None, false_positives: str | None, errors: str | None, labels: str | None
) -> "Judge | None":
    """The judge that the command line describes; None where it says nothing of one."""
    from bayescale.data.columns import as_numbers
    from bayescale.data.io import read_table
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


def with_other_errors(
    found: "Risk", trials: "Trials", mixing: list[str] | None, design: str | None = None
) -> "Risk | None":
    """The same fit with the judge's errors taken the other way; None without a judge, or where it fails its checks."""
    from bayescale.core.serialization import fact
    from bayescale.risk.fit import fit_risk

    if found.judge is None:
        return None
    judge = replace(found.judge, errors="persistent" if found.judge.errors == "independent" else "independent")
    by, seed = fact(found.tree, "by"), fact(found.tree, "random_seed")
    try:
        return fit_risk(trials, by, mixing=mixing, judge=judge, random_seed=seed, design=design)
    except ChecksFailed as error:
        say(f"{judge.errors} errors of the judge could not be fitted and are left out: {error}")
        return None


def tell_risk(content: "Report", as_json: bool, tables: tuple[str, ...] = ("forecast", "budget", "checks")) -> None:
    """Print the answer of a risk report: what is claimed, its warnings, tables and notes; or all of it as JSON."""
    from bayescale.report.elements import Notes, Text
    from bayescale.report.render.json import to_json
    from bayescale.report.tables import Table

    if as_json:
        typer.echo(to_json(content))
        return
    for line in content.part(Notes, "claims").items:
        typer.echo(printable(line))
    for name in tables:
        show(content.part(Table, name))
    for line in content.part(Text, "warnings").paragraphs:
        typer.echo(f"warning: {printable(line)}")
    notes(content.part(Notes, "notes").items)
