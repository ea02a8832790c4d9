"""`mix`, `choose`, `rewards`: decisions on test-time compute."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayescale.cli.app import app
from bayescale.cli.options import AsJson, Prob, Rename, Seed, output
from bayescale.cli.parsing import columns_of, number, pair, pairs
from bayescale.cli.trials import Mixing, TrialsArgument, fit_trials, read
from bayescale.core.notes import Note
from bayescale.errors import InputError
from bayescale.report.render.terminal import dump, print_notes, show, working

if TYPE_CHECKING:
    from bayescale.report.tables import Table
    from bayescale.risk.predict.crossed_rates import Option
    from bayescale.risk.result import Risk

By = Annotated[
    list[str] | None, typer.Option(help="Column that forms the options; repeat per column. Default: all columns.")
]


@app.command()
def mix(
    trials: TrialsArgument,
    attempts: Annotated[int, typer.Option(help="Attempts per problem to divide over temperatures (or other groups).")],
    by: By = None,
    option: Annotated[
        list[str] | None, typer.Option(help="Group to divide over; repeat per group; a,b for two columns.")
    ] = None,
    prob: Prob = 0.9,
    mixing: Mixing = None,
    rename: Rename = None,
    seed: Seed = None,
    as_json: AsJson = False,
) -> None:
    """Divide attempts over sampling temperatures.

    The division has the highest expected pass@K; its gain over a single temperature is estimated.
    """
    risk = _fitted(trials, by, mixing, rename, seed)
    with working("Dividing the attempts ..."):
        mixture = risk.best_mixture(attempts, None if option is None else [_group(text) for text in option], prob)
    from bayescale.report.tables import frame_table

    title = f"pass@{attempts:,} with one temperature and with divided attempts"
    _print([frame_table("mixture", mixture.table, title), frame_table("gain", mixture.gain, "Gain in pass@K")], as_json)


@app.command()
def choose(
    trials: TrialsArgument,
    attempts: Annotated[
        list[str],
        typer.Option(
            help="policy=number of attempts that the budget allows; repeat per policy, the base policy first."
        ),
    ],
    rule: Annotated[
        str, typer.Option(help="Choose one policy per difficulty or one per problem: difficulty or problem.")
    ] = "difficulty",
    by: By = None,
    prob: Prob = 0.9,
    mixing: Mixing = None,
    rename: Rename = None,
    seed: Seed = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write the policy of every problem to this .csv file.", callback=output("--out", (".csv",))),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Choose a test-time policy by posterior difficulty.

    The gain over the best single policy is measured on held-out attempts.
    """
    from bayescale.report.render.files import write_text
    from bayescale.report.tables import as_csv, frame_table
    from bayescale.risk.decisions.policies import read_policies

    counts: dict[Option, int] = {
        _group(name): _count(count) for name, count in (pair(text, "--attempts") for text in attempts)
    }
    read_policies(counts, rule)
    risk = _fitted(trials, by, mixing, rename, seed)
    with working("Choosing policies, and measuring their gain on held-out attempts ..."):
        choice = risk.choose(counts, rule, prob)
    if out is not None:
        write_text(as_csv(choice.table), out)
    policies = choice.table.groupby(["difficulty", "policy"], as_index=False).agg(
        problems=("problem", "size"), value=("value", "mean")
    )
    tables = [
        frame_table("policies", policies, f"Policies by {rule}: number of problems and expected success rate"),
        frame_table("gain", choice.gain, "Gain over the best single policy, on held-out attempts (share of problems)"),
        frame_table(
            "regression", choice.regression, "Regression to the mean: rates by observed fifth of the base policy"
        ),
    ]
    _print(tables, as_json, choice.notes)


@app.command()
def rewards(
    table: Annotated[
        str, typer.Argument(help="Table with one row per sample: problem, reward (gold), score (reward model).")
    ],
    prob: Prob = 0.9,
    rename: Rename = None,
    as_json: AsJson = False,
) -> None:
    """Measure best-of-n by a reward model.

    The answer is the gold reward against n, and the n at which over-optimisation begins.
    """
    from bayescale.data.io import read_table
    from bayescale.report.tables import frame_table
    from bayescale.risk.selection.reward_curve import reward_curve, samples_from_table

    samples = read_table(table).table.rename(columns=pairs(rename, "--rename"))
    curve = reward_curve(*samples_from_table(samples), prob=prob)
    sentence = (
        f"Fit of Gao's curve: d ({curve.alpha:.4g} - {curve.beta:.4g} d), where d is the square root of the KL "
        f"divergence. The peak is at n = {curve.peak:.4g}. The curve bends down in {100 * curve.beta_positive:.0f} % "
        "of bootstrap samples."
    )
    title = f"Best of n on {curve.problems} problems"
    _print([frame_table("rewards", curve.table, title)], as_json, [Note("reward_curve", sentence)])


def _fitted(
    trials: list[str], by: list[str] | None, mixing: list[str] | None, rename: list[str] | None, seed: int | None
) -> "Risk":
    from bayescale.risk.mixing import mixings

    mixings(mixing or None)
    table = read(trials, rename)
    groups = columns_of(by)
    return fit_trials(table, table.groups if groups is None else groups, mixing=mixing or None, seed=seed)


def _print(tables: "list[Table]", as_json: bool, notes: Sequence[str] = ()) -> None:
    from bayescale.report.render.json import notes_fields

    if as_json:
        document: dict[str, object] = {table.name: [dict(record) for record in table.records] for table in tables}
        typer.echo(dump(document | notes_fields(notes)))
        return
    for table in tables:
        if not table.empty:
            show(table)
    print_notes(notes)


def _group(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


def _count(text: str) -> int:
    value = number(text)
    if isinstance(value, str) or not value.is_integer():
        raise InputError(f"--attempts {text}: the number of attempts of a policy must be a whole number, 1 or more")
    return int(value)
