"""Write the generated parts of the documentation: `python -m tools.docs`, from the top of a checkout.

A page of docs/ is written by hand except for the text between two comments,

    <!-- generated: NAME -->
    <!-- /generated -->

which a function of `REGIONS` returns. `--check` writes nothing, and fails where a page is out of date.
"""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.catalogue_page import catalogue, columns, mixing
from tools.evidence import law_evidence, system_evidence
from tools.measured import measured_curves, measured_loss, measured_risk, measured_sampling
from tools.python_page import names
from tools.spec_page import specs

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
REGION = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- /generated -->)", re.DOTALL)


def commands() -> str:
    """Write the --help of every command, as a terminal of 80 columns shows it.

    Returns
    -------
    str
        Markdown.
    """
    import typer
    from typer.testing import CliRunner

    from bayescale.cli import app

    def help_of(*words: str) -> str:
        result = CliRunner().invoke(app, [*words, "--help"], prog_name="bayescale", env={"COLUMNS": "80"})
        return f"```text\n{result.output.strip()}\n```"

    group = typer.main.get_command(app)
    return "\n\n".join([help_of(), *(f"## {name}\n\n{help_of(name)}" for name in sorted(group.commands))])  # type: ignore[attr-defined]


REGIONS: Mapping[str, Callable[[], str]] = {
    "commands": commands,
    "catalogue": catalogue,
    "law-evidence": law_evidence,
    "system-evidence": system_evidence,
    "columns": columns,
    "mixing": mixing,
    "specs": specs,
    "names": names,
    "measured-loss": measured_loss,
    "measured-risk": measured_risk,
    "measured-sampling": measured_sampling,
    "measured-curves": measured_curves,
}


def filled(text: str) -> str:
    """Replace the generated parts of a page by what the code returns now.

    Parameters
    ----------
    text : str
        The page.

    Returns
    -------
    str
        The page with new generated parts.

    Raises
    ------
    KeyError
        If a part has a name that is not in `REGIONS`.
    """
    return REGION.sub(lambda match: f"{match[1]}\n{REGIONS[match[2]]()}\n\n{match[3]}", text)


def stale() -> dict[Path, str]:
    """Find the pages that are out of date.

    Returns
    -------
    dict of Path to str
        Each page with its new text.
    """
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(DOCS.rglob("*.md"))}
    return {path: new for path, text in pages.items() if (new := filled(text)) != text}


def main(words: Sequence[str]) -> int:
    """Bring docs/ up to date, or with --check name the pages that are not.

    Parameters
    ----------
    words : sequence of str
        Arguments of the command line.

    Returns
    -------
    int
        Exit code: 1 where --check finds a page that is out of date.
    """
    pages = stale()
    for path, text in pages.items():
        if "--check" in words:
            print(f"{path.relative_to(ROOT)} is out of date; run: python -m tools.docs", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return int(bool(pages) and "--check" in words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
