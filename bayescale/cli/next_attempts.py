"""`next-attempts`: which problems to attempt next."""

from pathlib import Path
from typing import Annotated

import typer

from bayescale.cli.app import app
from bayescale.cli.options import AllRows, AsJson, Rename, Seed, output
from bayescale.cli.parsing import columns_of
from bayescale.cli.trials import Mixing, Scorer, Success, fit_trials, read
from bayescale.report.render.terminal import dump, print_notes, say, show_top


@app.command("next-attempts")
def next_attempts(
    trials: Annotated[list[str], typer.Argument(help="Trials so far: tables (.csv, .parquet, .jsonl) or logs.")],
    k: Annotated[int, typer.Option("--for", help="Attempts per problem k of the pass@k (ASR@k) to estimate.")],
    attempts: Annotated[int, typer.Option(help="Total number of attempts to make next.")],
    rule: Annotated[str, typer.Option(help="How to divide them: variance or fewest_successes.")] = "variance",
    by: Annotated[
        list[str] | None, typer.Option(help="Column that forms groups; repeat per column; '' for one group.")
    ] = None,
    mixing: Mixing = None,
    rename: Rename = None,
    scorer: Scorer = None,
    success: Success = None,
    seed: Seed = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write each problem's next attempts to this .csv file.", callback=output("--out", (".csv",))),
    ] = None,
    all_rows: AllRows = False,
    as_json: AsJson = False,
) -> None:
    """Divide the next attempts over problems.

    The rule "variance" minimises the expected variance of the estimate of pass@k.
    """
    from bayescale.report.render.files import write_text
    from bayescale.report.risk.next_attempts import next_attempts_note, next_attempts_table
    from bayescale.report.tables import as_csv, plain_value
    from bayescale.risk.decisions.dynamic_sampling import require_question
    from bayescale.risk.mixing import mixings

    require_question(k, attempts, rule)
    laws = mixing or None
    mixings(laws)
    table = read(trials, rename, scorer=scorer, success=success)
    plan = fit_trials(table, columns_of(by), mixing=laws, seed=seed).next_attempts(k, attempts, rule)
    if out is not None:
        write_text(as_csv(plan.table), out)
        say(f"wrote {out}")
    if as_json:
        records = [dict(record) for record in next_attempts_table(plan, None).records]
        typer.echo(dump({"next_attempts": records, "relative_variance": plain_value(plan.relative_variance)}))
        return
    show_top(next_attempts_table(plan, None), all_rows)
    print_notes([note for note in (next_attempts_note(plan),) if note])
