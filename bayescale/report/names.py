"""Neutral names of families and runs, or of groups and problems, for redacted reports."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from bayescale.horizon.result import Horizon
from bayescale.report.horizon.neutral_names import neutral_names
from bayescale.risk.result import Risk
from bayescale.scaling.predict.forecast import NEW_FAMILY
from bayescale.scaling.predict.targets import UNNAMED
from bayescale.scaling.result import Fit


@dataclass(frozen=True)
class Names:
    """The neutral name of each family and run. Anything else has none.

    Parameters
    ----------
    families : mapping of str to str
        New names of families (or groups of a risk posterior).
    runs : mapping of str to str
        New names of runs (or problems of a risk posterior).
    """

    families: Mapping[str, str]
    runs: Mapping[str, str]

    @property
    def all(self) -> dict[str, str]:
        """New names of families and runs together."""
        return {**self.runs, **self.families}

    def mentioned(self, text: str) -> bool:
        """Tell whether a text contains one of the names as a whole word, in upper or lower case.

        Parameters
        ----------
        text : str
            The text. A name that is a number is ignored: numbers in a text usually mean something else.

        Returns
        -------
        bool
            True if it contains one.
        """
        known = [name for name in self.all if name not in UNNAMED and not _is_number(name)]
        return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) for name in known)

    def unmentioned(self, texts: Iterable[str], subject: str) -> tuple[str, ...]:
        """Return the texts without a name, and a last text that counts those left out.

        Parameters
        ----------
        texts : iterable of str
            The texts.
        subject : str
            What the texts are, such as "sources".

        Returns
        -------
        tuple of str
            The texts that mention no name, and the count.
        """
        all_texts = list(texts)
        safe = [text for text in all_texts if not self.mentioned(text)]
        if len(safe) == len(all_texts):
            return tuple(safe)
        hidden = len(all_texts) - len(safe)
        return (*safe, f"{hidden} of {len(all_texts)} {subject} left out, because they mention a name.")


def names_of(fit: Fit, *tables: pd.DataFrame) -> Names:
    """Number the families and runs of a posterior.

    Parameters
    ----------
    fit : Fit
        The posterior.
    *tables : pandas.DataFrame
        Tables with further names in columns `family`, `run` and `scored_run`. These are numbered last.

    Returns
    -------
    Names
        The neutral names.
    """
    designs = fit.designs
    family = [(row, design.families[i]) for design in designs for row, i in zip(design.row, design.family, strict=True)]
    run = [(row, design.runs[i]) for design in designs for row, i in zip(design.row, design.run, strict=True)]
    more = {
        column: [str(name) for table in tables if column in table for name in table[column].dropna()]
        for column in ("family", "run", "scored_run")
    }
    families = [name for _, name in sorted(family)] + more["family"]
    runs = [name for _, name in sorted(run)] + more["run"] + more["scored_run"]
    return Names(_numbered(families, "family"), _numbered(runs, "run"))


def names_of_risk(risk: Risk) -> Names:
    """Number the groups and problems of a risk posterior, for texts beside its report.

    Parameters
    ----------
    risk : Risk
        The posterior.

    Returns
    -------
    Names
        Neutral names, groups as `families` and problems as `runs`.
    """
    problems = risk.problems
    groups = [label for group in problems.groups for label in group]
    return Names(_numbered(groups, "group"), _numbered(problems.problem, "problem"))


def names_of_horizon(horizon: Horizon, ledger: pd.DataFrame) -> Names:
    """Number the agents, families and tasks of a horizon posterior, for texts beside its report.

    Parameters
    ----------
    horizon : Horizon
        The posterior.
    ledger : pandas.DataFrame
        The log of forecasts, whose runs are agents. Those that were not fitted are numbered last.

    Returns
    -------
    Names
        Neutral names, families and tasks as `families` and agents as `runs`.
    """
    names = neutral_names(horizon)
    forecast = [str(name) for column in ("run", "scored_run") if column in ledger for name in ledger[column].dropna()]
    return Names({**names["task"], **names["family"]}, _numbered([*horizon.cells.agents, *forecast], "agent"))


def _numbered(names: Iterable[str], stem: str) -> dict[str, str]:
    distinct = dict.fromkeys(name for name in names if name and name != NEW_FAMILY)
    return {name: name if name in UNNAMED else f"{stem} {number}" for number, name in enumerate(distinct, start=1)}


def _is_number(name: str) -> bool:
    return re.fullmatch(r"[+-]?[\d.,]+(e[+-]?\d+)?", name, re.IGNORECASE) is not None
