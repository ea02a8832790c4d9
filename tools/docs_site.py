"""Copy the pages of the documentation site to build/docs: `python -m tools.docs_site`, from the top of a checkout.

Pages keep their places, so that their links to each other hold. Added are an index of the notebooks, and pages of the
public names, which mkdocstrings fills from docstrings. `make docs` then builds the site with MkDocs.
"""

import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
SITE = ROOT / "build" / "docs"

PAGES = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "benchmarks/README.md")
FOLDERS = ("docs", "notebooks", "benchmarks/results", "models")

#: Public names of one page of the reference, by the part of the package that they come from.
PARTS = {
    "data": "Data",
    "description": "Descriptions of tables",
    "scaling": "Fits and forecasts",
    "scaling_laws": "Laws",
    "risk": "Risk",
    "horizon": "Time horizons",
    "capability": "Capabilities",
    "callbacks": "Runs under way",
    "calibration": "Calibration",
    "plots": "Figures",
    "report": "Reports",
    "maintenance": "Maintained models",
    "loading": "Files",
    "errors": "Errors",
}
PUBLIC = re.compile(r"^from \.([\w.]+) import \(?\s*(\w+) as \2", re.MULTILINE)
METHOD = re.compile(r"^    (\w+) = \1$", re.MULTILINE)
METHOD_IMPORT = re.compile(r"^from (bayescale[\w.]+) import (\w+)$", re.MULTILINE)
FORMULA = re.compile(r"^```math\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def copy_pages() -> None:
    """Copy every page and what pages link to. Links to folders become links to the pages about them."""
    shutil.rmtree(SITE, ignore_errors=True)
    for name in PAGES:
        target = SITE / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, SITE / name, ignore=shutil.ignore_patterns("__pycache__", "*.csv", ".*"))
    for page in SITE.rglob("*.md"):
        page.write_text(as_of_site(page.read_text(encoding="utf-8")), encoding="utf-8")


def as_of_site(text: str) -> str:
    """Replace links to folders by links to pages, and blocks of formulas by those of MkDocs.

    Parameters
    ----------
    text : str
        Markdown.

    Returns
    -------
    str
        The same as the site's Markdown.
    """
    text = FORMULA.sub(r"$$\n\1$$", text)
    return re.sub(r"\]\(((?:\.\./)?)notebooks\)", r"](\1gallery/index.md)", text).replace(
        "](models)", "](docs/operations.md)"
    )


def write_gallery() -> list[dict[str, str]]:
    """Write the index of the notebooks.

    Returns
    -------
    list of dict
        Entries of the navigation.
    """
    folder = SITE / "gallery"
    folder.mkdir()
    lines, entries = ["# Gallery", "", "Each notebook answers one question, and is stored with its results.", ""], []
    for path in sorted((SITE / "notebooks").glob("*.ipynb")):
        title, question = _heading(path)
        lines.append(f"- [{title}](../notebooks/{path.name}): {question}")
        entries.append({title: f"notebooks/{path.name}"})
    (folder / "index.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [{"Gallery": "gallery/index.md"}, *entries]


def _heading(path: Path) -> tuple[str, str]:
    """Title and question of a notebook, from its first cell."""
    first = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
    title, _, rest = first.partition("\n")
    question = rest.strip().split("\n\n")[0].replace("**Question.**", "").replace("\n", " ").strip()
    return title.lstrip("# ").strip(), question


def write_reference() -> list[dict[str, str]]:
    """Write one page of public names for each part of the package.

    Returns
    -------
    list of dict
        Entries of the navigation.
    """
    folder = SITE / "api"
    folder.mkdir()
    entries = []
    for part, title in PARTS.items():
        blocks = [f"# {title}"]
        for module, name in public_names():
            if module.split(".")[0] == part:
                blocks += [f"::: bayescale.{module}.{name}", *methods_of(module, name)]
        page = folder / f"{part}.md"
        page.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
        entries.append({title: f"api/{page.name}"})
    return entries


def methods_of(module: str, name: str) -> list[str]:
    """List the methods of a class that are functions of other modules, such as `forecast = forecast`.

    Parameters
    ----------
    module, name : str
        Module within the package, and class.

    Returns
    -------
    list of str
        A heading and the blocks of the methods; none for other names.
    """
    path = ROOT / "bayescale" / f"{module.replace('.', '/')}.py"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    _, _, body = text.partition(f"class {name}(")
    sources = {imported: source for source, imported in METHOD_IMPORT.findall(text)}
    methods = [method for method in METHOD.findall(body) if method in sources]
    heading = [f"## Methods of {name} by subject"] if methods else []
    return heading + [f"::: {sources[method]}.{method}\n    options: {{heading_level: 3}}" for method in methods]


def public_names() -> Iterator[tuple[str, str]]:
    """List where each public name is defined.

    Yields
    ------
    tuple of str
        Module within the package, and name.

    Raises
    ------
    ValueError
        If a part of the package has public names and no page.
    """
    text = (ROOT / "bayescale" / "__init__.pyi").read_text(encoding="utf-8")
    for module, name in PUBLIC.findall(text):
        if module.split(".")[0] not in PARTS:
            raise ValueError(f"bayescale.{name} of {module} belongs to no page of the reference: add it to PARTS")
        yield module, name


def write_configuration(navigation: dict[str, list[dict[str, str]]]) -> None:
    """Write build/mkdocs.yml: mkdocs.yml with the entries of generated pages.

    Parameters
    ----------
    navigation : dict of str to list
        Entries by the word that stands for them in mkdocs.yml.
    """

    def filled(entry: object) -> object:
        if isinstance(entry, dict):
            return {
                key: navigation.get(value, value) if isinstance(value, str) else filled(value)
                for key, value in entry.items()
            }
        return [filled(part) for part in entry] if isinstance(entry, list) else entry

    configuration = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    configuration["nav"] = filled(configuration["nav"])
    configuration["docs_dir"], configuration["site_dir"] = "docs", "../dist/docs"
    configuration["hooks"] = ["../tools/site_mathematics.py"]
    configuration["plugins"][2]["mkdocstrings"]["handlers"]["python"]["paths"] = [".."]
    shown = {path for path in SITE.rglob("*.md") if path.parent.name in ("results", "models")}
    configuration["not_in_nav"] = "\n".join(f"/{path.relative_to(SITE)}" for path in sorted(shown))
    (ROOT / "build" / "mkdocs.yml").write_text(yaml.safe_dump(configuration, sort_keys=False), encoding="utf-8")


def main() -> int:
    """Prepare the pages and the configuration of the site.

    Returns
    -------
    int
        Exit code.
    """
    copy_pages()
    write_configuration({"gallery": write_gallery(), "api": write_reference()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
