"""A risk posterior whose tree is parsed once: counts, judge, and the mixing law of every draw."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.notes import Note, as_note
from bayescale.core.serialization import fact
from bayescale.risk.difficulty import Difficulty
from bayescale.risk.grid import Counts, JudgeRates
from bayescale.risk.judge import Judge, judge_rates
from bayescale.risk.mixing import MIXINGS, Mixing
from bayescale.risk.posterior_tree import difficulty_from_tree, judge_from_tree, problems_from_tree
from bayescale.risk.problems import Problems

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LawDraws:
    """The mixing law of one group in every draw.

    Attributes
    ----------
    mass : ndarray, shape (n_draws, n_nodes)
        Probability of each rate of the grid.
    zero : ndarray, shape (n_draws,)
        Probability of p = 0.
    judge_index : ndarray of int, shape (n_draws,)
        Error rates of the judge in each draw, as an index into `RiskPosterior.judge_rates`.
    """

    mass: Array
    zero: Array
    judge_index: Index

    def at(self, draws: Index) -> "LawDraws":
        """Return some of the draws.

        Parameters
        ----------
        draws : ndarray of int
            Their indices.

        Returns
        -------
        LawDraws
            These draws.
        """
        return LawDraws(self.mass[draws], self.zero[draws], self.judge_index[draws])


@dataclass(frozen=True, eq=False)
class RiskPosterior:
    """A posterior of success under repeated sampling. Each part of its tree is parsed at its first use, and once.

    Forecasts and decisions are functions of this class; `Risk` binds them as methods. The tree must not change
    afterwards; to change one, copy it and construct a new `Risk`.

    Parameters
    ----------
    tree : DataTree
        The posterior.
    """

    tree: xr.DataTree

    @cached_property
    def problems(self) -> Problems:
        """Counts and groups of the problems that were measured."""
        return problems_from_tree(self.tree)

    @cached_property
    def judge(self) -> Judge | None:
        """The judge that was assumed; None for one without errors."""
        return judge_from_tree(self.tree)

    @cached_property
    def difficulty(self) -> Difficulty | None:
        """The factor of difficulty of problems that several groups share; None where groups were not crossed."""
        return difficulty_from_tree(self.tree)

    @cached_property
    def judge_rates(self) -> tuple[JudgeRates, ...]:
        """Error rates that represent the prior of the judge."""
        return judge_rates(self.judge)

    @cached_property
    def counts(self) -> tuple[Counts, ...]:
        """Distinct counts and their likelihood on the grid, for each of `judge_rates`."""
        return tuple(self.problems.counted(rates) for rates in self.judge_rates)

    @cached_property
    def mixing_laws(self) -> tuple[Mixing, ...]:
        """The mixing laws that were averaged, with their prior weights."""
        laws = self.tree["laws"]
        pairs = zip(laws["law"].to_numpy(), laws["prior_weight"].to_numpy(), strict=True)
        return tuple(replace(MIXINGS[str(name)], weight=float(weight)) for name, weight in pairs)

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """Notes on the trials, and on the sampling design that was declared or inferred."""
        return (*map(as_note, self.attribute("notes")), *self.problems.design_notes)

    @cached_property
    def predictive_seed(self) -> int:
        """Seed of everything that is drawn for a prediction."""
        return int(self.attribute("predictive_seed"))

    @property
    def n_draws(self) -> int:
        """Number of draws."""
        return int(self.tree["posterior"].sizes["draw"])

    @cached_property
    def _draws(self) -> dict[str, NDArray[Any]]:
        """Every variable of the posterior, shape (n_draws, n_groups)."""
        return {str(name): values.to_numpy()[0] for name, values in self.tree["posterior"].data_vars.items()}

    @cached_property
    def law_index(self) -> Index:
        """Mixing law of each group in each draw, as an index into `mixing_laws`, shape (n_draws, n_groups)."""
        return np.asarray(self._draws["law_index"])

    def attribute(self, name: str) -> Any:
        """Return a fact stored with the posterior.

        Parameters
        ----------
        name : str
            Its name, such as "random_seed", "source" or "data_digest".

        Returns
        -------
        object
            The JSON value.

        Raises
        ------
        StoredPosteriorError
            If the tree has no such fact.
        """
        return fact(self.tree, name)

    def random_generator(self, *stream: int) -> np.random.Generator:
        """Return the generator of one purpose, the same at every call.

        Parameters
        ----------
        *stream : int
            Numbers of the purpose.

        Returns
        -------
        Generator
            Seeded by `predictive_seed` and the numbers.
        """
        return np.random.default_rng(np.random.SeedSequence([self.predictive_seed, *stream]))

    def law_draws(self, group: int, most: int | None = None) -> LawDraws:
        """Return the mixing laws of a group, draw by draw.

        Parameters
        ----------
        group : int
            Index of the group.
        most : int, optional
            Only the first `most` draws (their order is random).

        Returns
        -------
        LawDraws
            The laws.
        """
        draw = {name: values[:most, group] for name, values in self._draws.items()}
        parts: list[tuple[Index, Array, Array]] = []
        for place, law in enumerate(self.mixing_laws):
            draws = np.flatnonzero(draw["law_index"] == place)
            if len(draws):
                parameters = {name: draw[name][draws] for name in law.parameter_names}
                parts.append((draws, *law.mass(parameters)))
        order = np.argsort(np.concatenate([draws for draws, _, _ in parts]))
        index = {(rates.sensitivity, rates.false_positives): i for i, rates in enumerate(self.judge_rates)}
        rates = zip(draw["judge_sensitivity"].tolist(), draw["judge_false_positives"].tolist(), strict=True)
        return LawDraws(
            np.concatenate([mass for _, mass, _ in parts])[order],
            np.concatenate([zero for _, _, zero in parts])[order],
            np.array([index[pair] for pair in rates]),
        )

    @property
    def laws(self) -> pd.DataFrame:
        """Mixing laws by group.

        One row per group and law: the group's columns, `law`, `prior_weight`, `weight` (given the group's counts),
        `log_evidence`, `effective` (effective number of points of importance sampling), `pareto_k` (shape of the tail
        of their weights) and `common` (share of a parameter that groups have in common, mean; NaN for one group).
        """
        laws = self.tree["laws"].to_dataset()
        groups = self.problems.group_table
        names, count = laws["law"].to_numpy(), len(groups)
        labels = {str(name): np.repeat(groups[name].to_numpy(dtype=object), len(names)) for name in groups}
        columns = {}
        for name in ("prior_weight", "weight", "log_evidence", "effective", "pareto_k", "common"):
            values = laws[name].to_numpy()  # (law,) or (law, group)
            columns[name] = np.tile(values, count) if values.ndim == 1 else values.T.ravel()
        table = pd.DataFrame({**labels, "law": np.tile(names, count), **columns})
        return table.astype(dict.fromkeys(labels, "str"))
