"""`verify`, `scrub`: whether a store is whole, and secrets that earlier releases kept in it."""

from typing import Annotated

import typer

from bayescale.cli.app import app
from bayescale.cli.options import AsJson
from bayescale.core.display import printable
from bayescale.report.render.terminal import dump, say

DAMAGED = 2

Place = Annotated[str, typer.Argument(metavar="STORE", help="Folder, or s3://bucket/prefix.")]


@app.command()
def verify(store: Place, as_json: AsJson = False) -> None:
    """Check everything a store holds; nothing is changed. Exit code 2 where something is damaged or gone."""
    from dataclasses import asdict

    from bayescale.maintenance.store.integrity import damaged
    from bayescale.maintenance.store.integrity import verify as findings_of
    from bayescale.maintenance.store.posteriors import Store

    findings = findings_of(Store.open(store))
    wrong = damaged(findings)
    code = DAMAGED if wrong else 0
    if as_json:
        typer.echo(dump({"findings": [asdict(one) for one in findings], "damaged": len(wrong), "exit_code": code}))
        raise typer.Exit(code)
    models = {one.model for one in findings}
    parts = f"{len(findings)} {'part' if len(findings) == 1 else 'parts'}"
    said = f"{parts} of {len(models)} {'model' if len(models) == 1 else 'models'} checked"
    typer.echo(f"{said}: " + (f"{len(wrong)} damaged" if wrong else "all whole"))
    for one in wrong:
        version = "" if one.version is None else f", version {one.version}"
        typer.echo(printable(f"  {one.model}{version}, {one.part}: {one.harm}"))
    if wrong:
        typer.echo("`bayescale refit` restores indices and makes damaged current posteriors anew from their data.")
    raise typer.Exit(code)


@app.command()
def scrub(store: Place, as_json: AsJson = False) -> None:
    """Remove passwords that earlier releases kept in a store's records: the history is written anew without them."""
    from bayescale.maintenance.scrub import scrub as removed_from
    from bayescale.maintenance.store.posteriors import Store

    opened = Store.open(store)
    changed = removed_from(opened)
    if as_json:
        typer.echo(dump({"scrubbed": changed}))
        return
    for name, number in changed.items():
        typer.echo(f"{name}: {number} {'version' if number == 1 else 'versions'} written anew without secrets")
    if not changed:
        typer.echo("no secret is written out in any record")
    elif opened.place.folder is None:
        say("Copies of the index may remain under overwritten/ in the bucket, and in its own versions: delete them.")
    if changed:
        say("Who read the store may have the passwords: change them.")
