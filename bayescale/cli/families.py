"""`compare-families`: asymptotes and efficiencies of recipes, and from which scale on one is ahead."""

from typing import Annotated

import typer

from bayescale.cli.app import app
from bayescale.cli.decisions import Hold, held_inputs
from bayescale.cli.options import AsJson, Prob, Version
from bayescale.cli.query import FitName, InStore, fit_of
from bayescale.report.render.terminal import dump, show


@app.command(name="compare-families")
def compare_families(
    fit: FitName,
    along: Annotated[str, typer.Option(help="Input of the law along which families are compared: gpu_hours, flops.")],
    family: Annotated[
        list[str] | None, typer.Option(help="Family to compare; repeat for each; default: all families.")
    ] = None,
    low: Annotated[
        float | None, typer.Option(help="Start of the range of crossings; default: the smallest training value.")
    ] = None,
    high: Annotated[
        float | None, typer.Option(help="End of the range; default: ten times the largest training value.")
    ] = None,
    store: InStore = None,
    version: Version = None,
    hold: Hold = None,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Compare asymptotes and efficiencies of families.

    The answer is the asymptote of each recipe, the input at which half of its gain is made, and for each pair the
    probability that one is ahead, and from where on.
    """
    from bayescale.report.loss.families import family_tables

    held = held_inputs(hold)
    posterior = fit_of(fit, store, version)
    comparison = posterior.compare_families(along, family or None, prob, low=low, high=high, at=held)
    tables = family_tables(comparison, posterior.response)
    if as_json:
        typer.echo(dump({table.name: [dict(record) for record in table.records] for table in tables}))
        return
    for table in tables:
        show(table)
    if comparison.shared:
        typer.echo(comparison.notes[-1])
