"""`compare`, `multiplier`, `allocate`, `required`, `plan`: decisions from a posterior."""

import math
from typing import TYPE_CHECKING, Annotated

import typer

from bayescale.cli.app import app
from bayescale.cli.options import AsJson, Prob, Version, finite
from bayescale.cli.parsing import number, pair, target_of
from bayescale.cli.query import FitName, InStore, fit_of
from bayescale.errors import InputError
from bayescale.report.render.terminal import dump, show

if TYPE_CHECKING:
    from bayescale.report.tables import Table
    from bayescale.scaling.decisions.hardware import Hardware

MONEY = "Money and hours"

Family = Annotated[str | None, typer.Option(help="Family of runs; default: the only family, else a new family.")]
Served = Annotated[float, typer.Option(help="Tokens that the model will serve; compute then includes inference.")]
Hold = Annotated[list[str] | None, typer.Option(help="Value of a further input of the law: lr=3e-4; repeat per input.")]
CostFormula = Annotated[
    str | None,
    typer.Option(help='Compute of a run in FLOP as a formula over inputs of the law: "6 * n_params * examples".'),
]
Accelerator = Annotated[
    str | None,
    typer.Option(
        help="H100, A100, ... or a peak in FLOP/s: adds accelerator hours; needs --mfu.", rich_help_panel=MONEY
    ),
]
Mfu = Annotated[
    float | None, typer.Option(help="Share of the peak that training reaches, such as 0.4.", rich_help_panel=MONEY)
]
PricePerHour = Annotated[
    float | None, typer.Option(help="Price of one accelerator for one hour: adds money.", rich_help_panel=MONEY)
]
Accelerators = Annotated[
    int | None, typer.Option(help="Number of accelerators that compute at once: adds days.", rich_help_panel=MONEY)
]


@app.command()
def compare(
    fit: FitName,
    a: Annotated[list[str], typer.Option(help="A run: n_params=7e10,n_tokens=1.4e12,family=x; repeat per run.")],
    b: Annotated[list[str], typer.Option(help="The run to compare it with: one for all, or one for each --a.")],
    store: InStore = None,
    version: Version = None,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Compare two runs.

    The answer is the probability that the first has the lower response, and the difference.
    """
    from bayescale.report.loss.decisions import comparison_table

    first, second = ([target_of(text, option) for text in side] for side, option in ((a, "--a"), (b, "--b")))
    posterior = fit_of(fit, store, version)
    print_table(comparison_table(posterior.compare(first, second, prob), posterior.response), as_json)


@app.command()
def multiplier(
    fit: FitName,
    recipe: Annotated[str, typer.Option(help="Family of the recipe.")],
    baseline: Annotated[str, typer.Option(help="Family that it is compared with.")],
    flops: Annotated[
        list[float],
        typer.Option(
            help="Training compute of the recipe in FLOP; repeat per budget.", callback=finite("--flops", 0.0, "1e21")
        ),
    ],
    store: InStore = None,
    version: Version = None,
    tokens_per_param: Annotated[
        float | None, typer.Option(help="Fixed ratio of tokens to parameters; default: the compute-optimal ratio.")
    ] = None,
    hold: Hold = None,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Find how much compute a recipe saves over a baseline.

    The multiplier is the compute that the baseline takes to reach the recipe's loss, divided by the recipe's compute.
    """
    from bayescale.report.loss.decisions import multiplier_table

    held = held_inputs(hold)
    posterior = fit_of(fit, store, version)
    comparison = posterior.multiplier(recipe, baseline, flops, prob, tokens_per_param=tokens_per_param, at=held)
    print_table(multiplier_table(comparison), as_json)


@app.command()
def allocate(
    fit: FitName,
    flops: Annotated[
        list[float] | None,
        typer.Option(help="Budget of compute in FLOP; repeat per budget.", callback=finite("--flops", 0.0, "1e21")),
    ] = None,
    price: Annotated[
        list[float] | None,
        typer.Option(
            help="Budget of money; repeat per budget.", callback=finite("--price", 0.0, "1e6"), rich_help_panel=MONEY
        ),
    ] = None,
    store: InStore = None,
    version: Version = None,
    family: Family = None,
    tokens_served: Served = 0.0,
    cost: CostFormula = None,
    accelerator: Accelerator = None,
    mfu: Mfu = None,
    price_per_hour: PricePerHour = None,
    accelerators: Accelerators = None,
    hold: Hold = None,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Find the compute-optimal size and tokens for a budget."""
    from bayescale.report.loss.decisions import allocation_table

    held, hardware = held_inputs(hold), hardware_of(accelerator, mfu, price_per_hour, accelerators)
    if price and hardware is None:
        raise InputError("--price needs --accelerator, --mfu and --price-per-hour, to say how much compute it buys")
    budgets = [*(flops or []), *(hardware.flops(amount) for amount in price or [] if hardware)]
    if not budgets:
        raise InputError("give a budget: --flops 1e21, or --price 1e6 with --accelerator, --mfu and --price-per-hour")
    posterior = fit_of(fit, store, version)
    allocation = posterior.allocate(
        budgets, prob, family, tokens_served=tokens_served, cost=cost, hardware=hardware, at=held
    )
    print_table(allocation_table(allocation), as_json)


@app.command()
def required(
    fit: FitName,
    loss: Annotated[
        list[float],
        typer.Option(help="Mean loss to reach; repeat per loss.", callback=finite("--loss", -math.inf, "2.1")),
    ],
    store: InStore = None,
    version: Version = None,
    family: Family = None,
    tokens_served: Served = 0.0,
    tokens_per_param: Annotated[
        float | None, typer.Option(help="Fixed ratio of tokens to parameters; default: the compute-optimal ratio.")
    ] = None,
    cost: CostFormula = None,
    accelerator: Accelerator = None,
    mfu: Mfu = None,
    price_per_hour: PricePerHour = None,
    accelerators: Accelerators = None,
    hold: Hold = None,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Find the least compute that reaches a loss.

    In JSON, null means that the loss is never reached.
    """
    from bayescale.report.loss.decisions import requirement_table

    held, hardware = held_inputs(hold), hardware_of(accelerator, mfu, price_per_hour, accelerators)
    posterior = fit_of(fit, store, version)
    requirement = posterior.required(
        loss,
        prob,
        family,
        tokens_served=tokens_served,
        tokens_per_param=tokens_per_param,
        cost=cost,
        hardware=hardware,
        at=held,
    )
    print_table(requirement_table(requirement), as_json)


@app.command()
def plan(
    fit: FitName,
    candidate: Annotated[
        list[str], typer.Option(help="A possible next run: n_params=1e9,n_tokens=2e10,family=a; repeat per run.")
    ],
    at: Annotated[list[str], typer.Option(help="A run to forecast: n_params=7e10,n_tokens=1e12,family=a.")],
    store: InStore = None,
    version: Version = None,
    cost: Annotated[
        str,
        typer.Option(help="Field of a candidate with its cost, or a formula over fields; flops is 6·N·D if missing."),
    ] = "flops",
    repeats: Annotated[int, typer.Option(help="Number of seeds of each candidate.")] = 1,
    accelerator: Accelerator = None,
    mfu: Mfu = None,
    price_per_hour: PricePerHour = None,
    accelerators: Accelerators = None,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Rank candidates for the next run.

    A candidate ranks higher the more it is expected to narrow the interval of a forecast, relative to its cost.
    """
    from bayescale.report.loss.next_run import next_run_table

    candidates = [target_of(text, "--candidate") for text in candidate]
    targets = [target_of(text) for text in at]
    hardware = hardware_of(accelerator, mfu, price_per_hour, accelerators)
    posterior = fit_of(fit, store, version)
    ranking = posterior.plan(candidates, targets, prob, cost=cost, repeats=repeats, hardware=hardware)
    print_table(next_run_table(ranking), as_json)


def print_table(table: "Table", as_json: bool) -> None:
    """Print a table with aligned columns, or as one JSON document.

    Parameters
    ----------
    table : Table
        The table.
    as_json : bool
        Whether to print JSON.
    """
    if as_json:
        typer.echo(dump({table.name: [dict(record) for record in table.records]}))
    else:
        show(table)


def hardware_of(
    accelerator: str | None, mfu: float | None, price_per_hour: float | None, accelerators: int | None
) -> "Hardware | None":
    """Parse what computes.

    Parameters
    ----------
    accelerator : str or None
        Name, or peak in FLOP/s.
    mfu : float or None
        Share of the peak.
    price_per_hour : float or None
        Price of one accelerator for one hour.
    accelerators : int or None
        Number of accelerators.

    Returns
    -------
    Hardware or None
        None without an accelerator.

    Raises
    ------
    InputError
        If options are missing or cannot be used.
    """
    from bayescale.scaling.decisions.hardware import Hardware

    if accelerator is None:
        options = {"--mfu": mfu, "--price-per-hour": price_per_hour, "--accelerators": accelerators}
        named = [option for option, value in options.items() if value is not None]
        if named:
            raise InputError(f"{' and '.join(named)} needs --accelerator, such as --accelerator H100")
        return None
    if mfu is None:
        raise InputError(
            f"--accelerator {accelerator} needs --mfu, the share of its peak that training reaches: --mfu 0.4"
        )
    return Hardware(number(accelerator), mfu, price_per_hour, accelerators)


def held_inputs(texts: list[str] | None) -> dict[str, float] | None:
    """Parse the values of --hold, such as "lr=3e-4".

    Parameters
    ----------
    texts : list of str or None
        The texts.

    Returns
    -------
    dict of str to float or None
        Value by input; None without any.

    Raises
    ------
    InputError
        A value is not a number.
    """
    held: dict[str, float] = {}
    for name, text in (pair(text, "--hold") for text in texts or []):
        value = number(text)
        if isinstance(value, str):
            raise InputError(f"--hold {name}={text!r} is not a number")
        held[name] = value
    return held or None
