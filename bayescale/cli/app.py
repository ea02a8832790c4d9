"""The application that every command registers with, and how it ends.

Exit codes: 0 done; 2 wrong input; 3 a fit failed its checks; 4 a new run fell outside its forecast; 130 interrupted.
With `--json` standard output carries one JSON document and nothing else; progress and messages go to standard error.
"""

import io
import sys

import typer

from bayescale.errors import BayescaleError
from bayescale.report.render.terminal import say

INTERRUPTED = 130

app = typer.Typer(
    help="Bayesian scaling laws: forecasts of larger training runs that are right as often as they say.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command line and leave with the exit code of what happened."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a letter still gets the rest
    try:
        app()
    except BayescaleError as error:
        say(f"bayescale: {error}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        say("bayescale: interrupted")
        sys.exit(INTERRUPTED)
