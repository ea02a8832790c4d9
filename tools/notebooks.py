"""Run every notebook from top to bottom and store it with its results: `python -m tools.notebooks [NAME ...]`."""

import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"

#: Of a cell: when it ran and how it is shown differ from run to run and say nothing.
TRANSIENT = ("execution", "collapsed", "scrolled")


def executed(path: Path, folder: Path) -> Any:
    """Run a notebook.

    Parameters
    ----------
    path : Path
        The notebook.
    folder : Path
        Where it runs: what it writes is written there.

    Returns
    -------
    NotebookNode
        The notebook with its results, without what differs from run to run.
    """
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(folder)}}).execute()
    for cell in notebook.cells:
        for name in TRANSIENT:
            cell.metadata.pop(name, None)
        if cell.cell_type == "code":  # progress is no result
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"], "language_info": {"name": "python"}}
    return notebook


def main(names: list[str]) -> int:
    """Run notebooks and store them.

    Parameters
    ----------
    names : list of str
        Names without suffix; none for all.

    Returns
    -------
    int
        Exit code.
    """
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        if not names or path.stem in names:
            with tempfile.TemporaryDirectory() as folder:
                nbformat.write(executed(path, Path(folder)), path)  # type: ignore[no-untyped-call]
            print(f"stored {path.name}: {path.stat().st_size / 1e3:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
