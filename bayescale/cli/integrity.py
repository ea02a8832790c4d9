"""`verify`, `scrub`: checks of a store, and removal of passwords that earlier releases stored."""

from typing import Annotated

import typer

from bayescale.cli.app import app
from bayescale.cli.options import AsJson
from bayescale.report.render.terminal import dump, say, write

DAMAGED = 2

StoreArgument = Annotated[str, typer.Argument(metavar="STORE", help="Folder, or s3://bucket/prefix.")]


@app.command()
def verify(store: StoreArgument, as_json: AsJson = False) -> None:
    """Check everything in a store.

    Nothing is changed. The exit code is 2 if something is damaged or missing.
    """
    from dataclasses import asdict

    from bayescale.maintenance.store.integrity import damaged
    from bayescale.maintenance.store.integrity import verify as findings_of
    from bayescale.maintenance.store.posteriors import Store

    findings = findings_of(Store.open(store))
    problems = damaged(findings)
    code = DAMAGED if problems else 0
    if as_json:
        typer.echo(
            dump({"findings": [asdict(finding) for finding in findings], "damaged": len(problems), "exit_code": code})
        )
        raise typer.Exit(code)
    models = {finding.model for finding in findings}
    parts = f"{len(findings)} {'part' if len(findings) == 1 else 'parts'}"
    checked = f"{parts} of {len(models)} {'model' if len(models) == 1 else 'models'} checked"
    write(f"{checked}: " + (f"{len(problems)} damaged" if problems else "no damage"))
    for problem in problems:
        version = "" if problem.version is None else f", version {problem.version}"
        write(f"  {problem.model}{version}, {problem.part}: {problem.harm}", indent="  ")
    if problems:
        write("`bayescale refit` restores indices, and fits damaged current posteriors again from their data.")
    raise typer.Exit(code)


@app.command()
def scrub(store: StoreArgument, as_json: AsJson = False) -> None:
    """Remove passwords that earlier releases stored in records.

    The history is rewritten without them.
    """
    from bayescale.maintenance.scrub import scrub as remove_secrets
    from bayescale.maintenance.store.posteriors import Store

    opened = Store.open(store)
    changed = remove_secrets(opened)
    if as_json:
        typer.echo(dump({"scrubbed": changed}))
        return
    for name, number in changed.items():
        write(f"{name}: {number} {'version' if number == 1 else 'versions'} rewritten without secrets")
    if not changed:
        write("no record contains a secret")
    elif opened.place.folder is None:
        say("Copies of the index may remain under overwritten/ in the bucket and in its object versions: delete them.")
    if changed:
        say("Anyone who read the store may know the passwords: change them.")
