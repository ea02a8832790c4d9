"""Posteriors read once from their trees: `Posterior` of one law, `FittedLaws` of one law or of a stack."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.serialization import APPROXIMATION, fact, has
from bayescale.errors import InputError
from bayescale.scaling.evaluation.interval_inflation import ATTRIBUTE, Widening
from bayescale.scaling.model.design import Design
from bayescale.scaling.posterior_tree import design_from_tree
from bayescale.scaling.predict.draws import Functions
from bayescale.scaling.predict.new_family import functions_with_new_family
from bayescale.scaling.predict.run_log_likelihood import GROUP, run_log_likelihood
from bayescale.scaling.stack import is_stack, member_trees, mixed_draws
from bayescale.scaling_laws.law import Law


@dataclass(frozen=True, eq=False)
class _Stored:
    """A tree whose attributes are parsed once each."""

    tree: xr.DataTree

    @cached_property
    def _attributes(self) -> dict[str, Any]:
        return {}

    def attribute(self, name: str) -> Any:
        """Return an attribute of the tree's root, parsed from JSON at the first call.

        Parameters
        ----------
        name : str
            Name without the prefix, such as "random_seed", "sampler" or "data_digest".

        Returns
        -------
        object
            The value.

        Raises
        ------
        StoredPosteriorError
            If the tree has no such attribute, or it cannot be read.
        """
        if name not in self._attributes:
            self._attributes[name] = fact(self.tree, name)
        return self._attributes[name]


class Posterior(_Stored):
    """The posterior of one law. Each part of its tree is parsed at its first use, and once.

    The tree must not change afterwards; to change one, copy it and construct a new `Posterior`.

    Parameters
    ----------
    tree : DataTree
        The posterior, as `posterior_tree.to_tree` writes it.
    """

    @cached_property
    def design(self) -> Design:
        """What was fitted: the law, its settings and the numbers taken from the training data."""
        return design_from_tree(self.tree)

    @property
    def law(self) -> Law:
        """The law, with the priors used."""
        return self.design.spec.law

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on the training data, and on what they cannot identify."""
        return self.design.notes

    @cached_property
    def functions(self) -> Functions:
        """Every draw as a function of inputs and family; family index −1 is a new family."""
        return functions_with_new_family(self.design, self.tree["posterior"].to_dataset(), self.predictive_seed)

    def run_log_likelihood(self, runs: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the log density of training runs, the rows of a run together.

        Parameters
        ----------
        runs : ndarray of int
            Indices of runs in the design, ascending.

        Returns
        -------
        ndarray
            Log densities (chain, draw, run).
        """
        return run_log_likelihood(self.tree[GROUP].to_dataset(), self.functions, runs)

    @cached_property
    def predictive_seed(self) -> int:
        """Seed of everything that is drawn for a prediction."""
        return int(self.attribute("predictive_seed"))

    @cached_property
    def widening(self) -> Widening | None:
        """How much wider than sampled forecasts beyond the data are; None where a backtest asked for nothing."""
        return Widening(**self.attribute(ATTRIBUTE)) if has(self.tree, ATTRIBUTE) else None

    @property
    def n_draws(self) -> int:
        """Number of draws, over all chains."""
        sizes = self.tree["posterior"].sizes
        return sizes["chain"] * sizes["draw"]


@dataclass(frozen=True, eq=False)
class FittedLaws(_Stored):
    """The posteriors that a fit holds: of one law, or of the members of a stack with their weights.

    Forecasts and decisions are functions of this class; `Fit` binds them as methods. They go through every member, so
    that what they compute holds for a stack too.

    Parameters
    ----------
    tree : DataTree
        Posterior of one law, or of a stack, which holds each law's posterior under `/members/<law>`.
    """

    @cached_property
    def is_stack(self) -> bool:
        """Whether there are several laws."""
        return is_stack(self.tree)

    @cached_property
    def posteriors(self) -> dict[str, Posterior]:
        """The posterior of each law, by the law's name."""
        if self.is_stack:
            return {name: member.posterior for name, member in self._stacked.items()}
        posterior = Posterior(self.tree)
        return {posterior.law.name: posterior}

    @cached_property
    def _stacked(self) -> dict[str, Self]:
        return {name: type(self)(tree) for name, tree in member_trees(self.tree).items()}

    @property
    def posterior(self) -> Posterior:
        """The posterior of the first law; the members of a stack have the training data and families in common."""
        return next(iter(self.posteriors.values()))

    @property
    def members(self) -> dict[str, Self]:
        """A fit of each law, by the law's name; a fit of one law is its only member."""
        return dict(self._stacked) if self.is_stack else dict.fromkeys(self.posteriors, self)

    @property
    def designs(self) -> list[Design]:
        """The design of every law; they have data and families in common."""
        return [posterior.design for posterior in self.posteriors.values()]

    @property
    def laws(self) -> dict[str, Law]:
        """Every law that was fitted, by name."""
        return {name: posterior.law for name, posterior in self.posteriors.items()}

    @property
    def law(self) -> Law:
        """The law that was fitted, with the priors used.

        Raises
        ------
        InputError
            If this is a stack, which has several: see `laws`.
        """
        if len(self.posteriors) > 1:
            raise InputError(f"this fit is a stack of {', '.join(self.laws)}: use .laws, or one of .members")
        return self.posterior.law

    @property
    def inputs(self) -> tuple[str, ...]:
        """Inputs of every law, each once."""
        return tuple(dict.fromkeys(name for law in self.laws.values() for name in law.inputs))

    @property
    def response(self) -> str:
        """Name of what is forecast, such as "loss"."""
        return self.posterior.law.response

    @property
    def families(self) -> tuple[str, ...]:
        """Names of the families in the training data."""
        return self.posterior.design.families

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on widened intervals, on the training data, and on what the data cannot identify."""
        widenings = {name: posterior.widening for name, posterior in self.posteriors.items()}
        prefix = "{}: " if self.is_stack else ""
        widened = [prefix.format(name) + widening.grounds for name, widening in widenings.items() if widening]
        stacked = self.attribute("notes") if self.is_stack else []
        of_laws = [note for posterior in self.posteriors.values() for note in posterior.notes]
        return tuple(dict.fromkeys([*widened, *stacked, *of_laws]))

    @property
    def is_approximate(self) -> bool:
        """Whether the draws are those of a preview: not sampled, and not checked."""
        return has(self.tree, APPROXIMATION)

    @property
    def weights(self) -> pd.DataFrame:
        """One row per law: its weight in forecasts; of a stack also the weight's interval and log score per run."""
        if not self.is_stack:
            return pd.DataFrame([{"law": name, "weight": 1.0} for name in self.posteriors])
        return pd.DataFrame(self.tree["stack"].to_dataset().to_dataframe().reset_index())

    @cached_property
    def mixture_weights(self) -> dict[str, float]:
        """The weight of each law in forecasts, by name; they sum to one."""
        if not self.is_stack:
            return dict.fromkeys(self.posteriors, 1.0)
        weights = self.tree["stack"]["weight"]
        names, values = weights["law"].to_numpy(), weights.to_numpy()
        return {str(name): float(value) for name, value in zip(names, values, strict=True)}

    @property
    def predictive_seed(self) -> int:
        """Seed of everything that is drawn for a prediction, and of the order in which draws of a stack are mixed."""
        return int(self.attribute("predictive_seed")) if self.is_stack else self.posterior.predictive_seed

    def mix(self, draws: Callable[[Posterior], xr.Dataset]) -> xr.Dataset:
        """Compute draws of every law and mix them by weight.

        Parameters
        ----------
        draws : callable
            From the posterior of a law to a Dataset over (chain, draw, ...). Laws of weight 0 are left out.

        Returns
        -------
        Dataset
            Draws of the mixture; of one law, the law's own.
        """
        weights = {name: weight for name, weight in self.mixture_weights.items() if weight > 0}
        each = [draws(self.posteriors[name]) for name in weights]
        return each[0] if len(each) == 1 else mixed_draws(each, [*weights.values()], self.predictive_seed)
