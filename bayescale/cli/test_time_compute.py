"""Test-time compute: `mix` divides attempts, `choose` takes a policy by difficulty, `rewards` measures best-of-n."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayescale.cli.app import app
from bayescale.cli.options import AsJson, Prob, Rename, Seed, number, pair
from bayescale.errors import InputError
from bayescale.report.render.terminal import dump, notes, show, working

if TYPE_CHECKING:
    from bayescale.report.tables import Table
    from bayescale.risk.predict.crossed_rates import Option
    from bayescale.risk.result import Risk

Trials = Annotated[list[str], typer.Argument(help="Trials: tables (.csv, .parquet, .jsonl) or evaluation logs.")]
By = Annotated[list[str] | None, typer.Option(help="Column that makes the options, once for each; default: all.")]
Mixing = Annotated[list[str] | None, typer.Option(help="Mixing law, once for each; default: the average.")]


@app.command()
def mix(
    trials: Trials,
    attempts: Annotated[int, typer.Option(help="Attempts per problem to divide over temperatures (or other groups).")],
    by: By = None,
    option: Annotated[
        list[str] | None, typer.Option(help="Group to divide over, once for each; a,b for two columns.")
    ] = None,
    prob: Prob = 0.9,
    mixing: Mixing = None,
    rename: Rename = None,
    seed: Seed = None,
    as_json: AsJson = False,
) -> None:
    """Divide attempts over sampling temperatures for the highest pass@K, and say what that gains."""
    risk = _fitted(trials, by, mixing, rename, seed)
    with working("Dividing the attempts ..."):
        best = risk.best_mixture(attempts, None if option is None else [_group(words) for words in option], prob)
    from bayescale.report.tables import frame_table

    title = f"pass@{attempts:,} by temperature alone and divided"
    _tell([frame_table("mixture", best.table, title), frame_table("gain", best.gain, "gain, in shares")], as_json)


@app.command()
def choose(
    trials: Trials,
    attempts: Annotated[
        list[str], typer.Option(help="policy=attempts that the budget buys, once for each, the base first.")
    ],
    rule: Annotated[str, typer.Option(help="difficulty or problem.")] = "difficulty",
    by: By = None,
    prob: Prob = 0.9,
    mixing: Mixing = None,
    rename: Rename = None,
    seed: Seed = None,
    out: Annotated[Path | None, typer.Option(help="Write the policy of every problem to this .csv.")] = None,
    as_json: AsJson = False,
) -> None:
    """Choose a test-time policy by posterior difficulty, and measure its gain on held-out attempts."""
    from bayescale.report.render.files import write_text
    from bayescale.report.tables import as_csv, frame_table
    from bayescale.risk.decisions.policies import read_policies

    counts: dict[Option, int] = {
        _group(name): _count(count) for name, count in (pair(words, "--attempts") for words in attempts)
    }
    read_policies(counts, rule)
    if out is not None and (out.suffix.lower() != ".csv" or out.is_dir() or not out.parent.is_dir()):
        raise InputError(f"--out {out}: name a .csv file in a folder that exists")
    risk = _fitted(trials, by, mixing, rename, seed)
    with working("Choosing, and measuring on held-out attempts ..."):
        choice = risk.choose(counts, rule, prob)
    if out is not None:
        write_text(as_csv(choice.table), out)
    policies = choice.table.groupby(["difficulty", "policy"], as_index=False).agg(
        problems=("problem", "size"), value=("value", "mean")
    )
    tables = [
        frame_table("policies", policies, f"Policies by {rule}: problems and their expected success"),
        frame_table("gain", choice.gain, "Gain over the best single policy, in shares of problems"),
        frame_table("regression", choice.regression, "Regression to the mean: rates by observed fifth of the base"),
    ]
    _tell(tables, as_json, choice.notes)


@app.command()
def rewards(
    table: Annotated[str, typer.Argument(help="A row per sample: problem, reward (gold), score (reward model).")],
    prob: Prob = 0.9,
    rename: Rename = None,
    as_json: AsJson = False,
) -> None:
    """Measure best-of-n by a reward model: gold reward against n, and where over-optimisation begins."""
    from bayescale.data.io import read_table
    from bayescale.report.tables import frame_table
    from bayescale.risk.selection.reward_curve import reward_curve, samples_from_table

    names = dict(pair(words, "--rename") for words in rename or [])
    curve = reward_curve(*samples_from_table(read_table(table).table.rename(columns=names)), prob=prob)
    form = f"Gao's form d ({curve.alpha:.4g} - {curve.beta:.4g} d), d the root of the divergence; peak at n = "
    _tell(
        [frame_table("rewards", curve.table, f"Best of n on {curve.problems} problems")],
        as_json,
        [f"{form}{curve.peak:.4g}; it bends down in {100 * curve.beta_positive:.0f} % of bootstrap samples"],
    )


def _fitted(
    trials: list[str], by: list[str] | None, mixing: list[str] | None, rename: list[str] | None, seed: int | None
) -> "Risk":
    from bayescale.data.trials import read_trials
    from bayescale.risk.fit import fit_risk
    from bayescale.risk.mixing import mixings

    mixings(mixing or None)
    names = dict(pair(words, "--rename") for words in rename or [])
    read = read_trials(trials if len(trials) > 1 else trials[0], rename=names)
    groups = read.groups if by is None else [name for name in by if name]
    with working(f"Fitting {len(read.table)} problems, grouped by {', '.join(groups) or 'nothing'} ..."):
        return fit_risk(read, groups, mixing=mixing or None, random_seed=seed)


def _tell(tables: "list[Table]", as_json: bool, said: "list[str] | tuple[str, ...]" = ()) -> None:
    if as_json:
        document: dict[str, object] = {table.name: [dict(record) for record in table.records] for table in tables}
        typer.echo(dump(document | {"notes": list(said)}))
        return
    for table in tables:
        if not table.empty:
            show(table)
    notes(list(said))


def _group(words: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in words.split(","))


def _count(words: str) -> int:
    value = number(words)
    if isinstance(value, str) or not value.is_integer():
        raise InputError(f"--attempts {words}: a policy's attempts must be a whole number, 1 or more")
    return int(value)
