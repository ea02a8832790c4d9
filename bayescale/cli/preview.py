"""`preview`: an approximate forecast in seconds, which no check has passed."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from bayescale.cli.app import app
from bayescale.cli.options import (
    AsJson,
    Comparable,
    Complete,
    ExcludeBlank,
    FamilyColumn,
    MaxRows,
    Priors,
    Prob,
    Reason,
    Rename,
    Seed,
    Units,
    read_runs_for,
)
from bayescale.cli.parsing import target_of
from bayescale.errors import ChecksFailed
from bayescale.report.render.terminal import dump, print_notes, say, show

QUALITY_NOTES = 2  # of a preview: what it is, and how far to trust it

if TYPE_CHECKING:
    from bayescale.data.runs import Runs
    from bayescale.scaling.preview import Preview
    from bayescale.scaling_laws.law import Law
    from bayescale.scaling_laws.priors.prior_table import PriorTable


@app.command()
def preview(
    table: Annotated[str, typer.Argument(help="Runs: a .csv, .parquet or .jsonl file, or example:pile.")],
    law: Annotated[str, typer.Option(help="Name, id or .toml file of a law.")] = "joint",
    family: FamilyColumn = "family",
    rename: Rename = None,
    units: Units = None,
    comparable: Comparable = "",
    complete: Complete = False,
    exclude_blank: ExcludeBlank = None,
    reason: Reason = None,
    at: Annotated[
        list[str] | None,
        typer.Option(
            help="A run to forecast: n_params=7e10,n_tokens=1e12,family=a; repeat per run. Default: ten times the "
            "largest inputs of each family."
        ),
    ] = None,
    discrepancy: Annotated[bool, typer.Option(help="Model what the law does not describe.")] = True,
    priors: Priors = None,
    prob: Prob = 0.9,
    seed: Seed = None,
    max_rows: MaxRows = 10_000,
    as_json: AsJson = False,
) -> None:
    """Forecast runs in seconds from a normal approximation: approximate, not checked.

    Nothing is sampled. Pareto k-hat says how close the approximation is to the posterior: reliable below 0.7.
    """
    from bayescale.scaling.preview import preview as approximate
    from bayescale.scaling_laws.priors.prior_files import read_priors
    from bayescale.scaling_laws.registry import law as law_of

    targets = [target_of(text) for text in at or []]
    entry, prior_table = law_of(law), read_priors(priors) if priors else None
    runs = read_runs_for(
        [entry],
        table,
        rename=rename,
        units=units,
        comparable=comparable,
        complete=complete,
        exclude_blank=exclude_blank,
        reason=reason,
    )
    result = approximate(
        runs,
        entry,
        targets=targets or None,
        prob=prob,
        family=family,
        discrepancy=discrepancy,
        priors=prior_table,
        random_seed=seed,
        max_rows=max_rows,
    )
    if as_json:
        typer.echo(dump(preview_document(result)))
        return
    from bayescale.report.loss.forecast import preview_table

    show(preview_table(result))
    print_notes(result.notes)


def say_preview(
    runs: "Runs",
    law: "Law",
    targets: list[dict[str, object]],
    *,
    prob: float,
    family: str,
    discrepancy: bool,
    priors: "PriorTable | None",
    seed: int | None,
    max_rows: int,
) -> None:
    """Print the preview of a fit that follows to standard error. A posterior without one gets a line that says so.

    Parameters
    ----------
    runs : Runs
        The runs.
    law : Law
        The law.
    targets : list of dict
        The runs to forecast.
    prob, family, discrepancy, priors, seed, max_rows
        Settings of the fit and of its forecast.
    """
    from bayescale.report.loss.forecast import preview_table
    from bayescale.scaling.preview import preview as approximate

    try:
        result = approximate(
            runs,
            law,
            targets=targets,
            prob=prob,
            family=family,
            discrepancy=discrepancy,
            priors=priors,
            random_seed=seed,
            max_rows=max_rows,
        )
    except ChecksFailed as error:
        say(f"{error}")
        return
    show(preview_table(result), stream=sys.stderr)
    for note in result.notes[:QUALITY_NOTES]:  # the fit shows those on the data
        say(f"note: {note}")


def preview_document(result: "Preview") -> dict[str, object]:
    """Convert a preview to plain values.

    Parameters
    ----------
    result : Preview
        The preview.

    Returns
    -------
    dict of str to object
        The mark as `status`, the quality of the approximation, the rows of the table, notes, and the seed.
    """
    from bayescale.core.serialization import MARK
    from bayescale.report.render.json import notes_fields
    from bayescale.report.tables import plain_value, records_of

    return {
        "status": MARK,
        "law": result.laws.law.name,
        "pareto_k": plain_value(result.pareto_k),
        "effective_size": plain_value(result.effective_size),
        "is_weighted": result.is_weighted,
        "preview": [dict(record) for record in records_of(result.table)],
        **notes_fields(result.notes),
        "random_seed": result.laws.attribute("random_seed"),
        "data_digest": result.laws.attribute("data_digest"),
    }
