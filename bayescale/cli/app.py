"""The application with which every command registers, and its exit codes.

Exit codes: 0 success; 2 wrong input; 3 a fit failed its checks; 4 a new run is outside its forecast; 130 interrupted.
With `--json`, standard output contains one JSON document and nothing else. Progress and messages go to standard error.
"""

import gc
import io
import sys
from typing import Annotated

import typer

from bayescale.errors import BayescaleError
from bayescale.report.render.terminal import say

OBJECTS_BEFORE_SEARCH = 100_000  # for garbage; Python's own 2,000 cost a tenth of a short command
INTERRUPTED = 130

app = typer.Typer(
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(requested: bool) -> None:
    if requested:
        from importlib.metadata import version

        typer.echo(f"bayescale {version('bayescale')}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Bayesian scaling laws: calibrated forecasts of larger training runs, and of risk under repeated attempts."""


def main() -> None:
    """Run the command line and exit with the code of the result."""
    gc.set_threshold(OBJECTS_BEFORE_SEARCH)  # imports make many objects that all stay
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a character still shows the others
    try:
        app()
    except BayescaleError as error:
        say(f"bayescale: {error}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        say("bayescale: interrupted")
        sys.exit(INTERRUPTED)
