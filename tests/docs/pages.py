"""Pages of the documentation taken apart: blocks of code, commands, links, tables."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import typer

from bayescale.cli import app

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *PAGES]}

_BLOCK = re.compile(r"^```([a-z]*)(?: ([a-z0-9-]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
GROUP = typer.main.get_command(app)


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, the word after it ("no-run", "raises", "exit-2"), what it holds, and what the
    block of text right after it holds (what is printed)."""

    language: str
    mark: str
    text: str
    answer: str


def blocks(page: str) -> Iterator[Block]:
    text = TEXTS[page]
    found = list(_BLOCK.finditer(text))
    for index, one in enumerate(found):
        following = found[index + 1] if index + 1 < len(found) else None
        near = following is not None and following[1] == "text" and not text[one.end() : following.start()].strip()
        yield Block(one[1], one[2] or "", one[3], following[3].strip() if near and following else "")


def prose(page: str) -> str:
    """A page without its blocks."""
    return _BLOCK.sub("", TEXTS[page])


def commands(text: str) -> list[list[str]]:
    """The words after `bayescale` of every such line."""
    lines = text.replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("bayescale ")]


def parse(words: list[str]) -> None:
    """Parse a command as the command line would, without running it. Raises for whatever is not understood."""
    name, *rest = words
    assert name in GROUP.commands, f"there is no command {name}"
    GROUP.commands[name].make_context(name, rest)


def rows(page: str, *header: str) -> list[list[str]]:
    """The cells of every table of a page whose header begins with the given words."""
    out, inside = [], False
    for line in TEXTS[page].splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not cells:
            inside = False
        elif tuple(cells[: len(header)]) == header:
            inside = True
        elif inside and not set(line) <= set("|- "):
            out.append(cells)
    return out


def names(cell: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def anchors(page: str) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    out: set[str] = set()
    for title in re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        out.add(next(one for one in [slug, *(f"{slug}-{n}" for n in range(1, 50))] if one not in out))
    return out


def matches(said: str, shown: str) -> bool:
    """Whether a message is the one shown, where … stands for anything."""
    pattern = ".*".join(map(re.escape, shown.split("…")))
    return re.fullmatch(pattern, said, re.DOTALL) is not None
