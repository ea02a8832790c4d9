"""`learn-priors`: from the posteriors of earlier tables of runs to the priors of the next."""

from pathlib import Path
from typing import Annotated

import typer

from bayescale.cli.app import app
from bayescale.cli.options import AsJson, output
from bayescale.errors import InputError
from bayescale.report.render.terminal import dump, say, show


@app.command("learn-priors")
def learn_priors(
    fits: Annotated[list[str], typer.Argument(help="Posteriors of losses, .nc files of two tables of runs or more.")],
    out: Annotated[
        Path | None, typer.Option(help="Write the priors to this .toml file.", callback=output("--out", (".toml",)))
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the priors, which reports show.")] = "learned",
    as_json: AsJson = False,
) -> None:
    """Learn the priors of the next table of runs from posteriors of earlier ones.

    `bayescale fit --priors FILE` takes the priors that --out writes.
    """
    from bayescale.loading import load
    from bayescale.report.loss.priors import priors_table
    from bayescale.scaling.learned_priors import learn_priors as learn
    from bayescale.scaling.result import Fit

    posteriors = [load(path) for path in fits]
    losses = [fit for fit in posteriors if isinstance(fit, Fit)]
    if len(losses) < len(posteriors):
        wrong = [path for path, fit in zip(fits, posteriors, strict=True) if not isinstance(fit, Fit)]
        raise InputError("priors are learned from posteriors of losses; these are of risk:", wrong)
    table = learn(losses, name)
    if out is not None:
        table.save(out)
        say(f"wrote {out}")
    if as_json:
        typer.echo(dump({"description": table.description, **table.to_document()}))
    else:
        show(priors_table(table))
