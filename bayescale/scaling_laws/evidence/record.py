"""One row of evidence: what was read of a source, its equation, where published values stand, and the tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

type Read = Literal["text", "code", "figure", "note", "abstract"]
type Form = Literal["printed", "rewritten", "own"]

READS: Mapping[str, str] = {
    "text": "the paper's text",
    "code": "the authors' code or data",
    "figure": "a figure by the authors",
    "note": "a summary by a third party that quotes the paper",
    "abstract": "the abstract or the project page only",
}
FORMS: Mapping[str, str] = {
    "printed": "the source's formula with the source's parameters",
    "rewritten": "the source's formula with other parameters, so that it samples well",
    "own": "a formula derived here after the source",
}
#: The test that compares every published set of coefficients with a number from outside the package.
PUBLISHED = "tests/scaling_laws/catalog/test_published.py::test_published_coefficients_reproduce_external_values"


@dataclass(frozen=True)
class Evidence:
    """What a law, or a system of repeated sampling, rests on.

    Parameters
    ----------
    read : tuple of {"text", "code", "figure", "note", "abstract"}
        What was read of the source, strongest first; `READS` explains each.
    equation : str
        Equation, table or file that contains the formula, with the version where versions differ.
    form : {"printed", "rewritten", "own"}
        Whether the formula is the source's; `FORMS` explains each.
    where : mapping of str to str, optional
        Where each set of published coefficients stands, by its name in `Law.published`. The name "" stands for all.
    tests : tuple of str, optional
        Tests that reproduce a number from outside the package, as ``path::function``.
    calibration : str, optional
        Result of simulation-based calibration. Empty where a table of `benchmarks` contains it.
    real_data : str, optional
        Result on real data. Empty where a table of `benchmarks` contains it, or where there are no data.
    """

    read: tuple[Read, ...]
    equation: str
    form: Form
    where: Mapping[str, str] = field(default_factory=dict)
    tests: tuple[str, ...] = ()
    calibration: str = ""
    real_data: str = ""

    def where_of(self, source: str) -> str:
        """Return where a set of published coefficients stands.

        Parameters
        ----------
        source : str
            Name of the set in `Law.published`.

        Returns
        -------
        str
            Paper and table or file; empty where the row does not say.
        """
        return self.where.get(source, self.where.get("", ""))
