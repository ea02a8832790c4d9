"""The question that a fit answers: a law, and how its parameters, the noise and the discrepancy are modelled."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

import numpy as np

from bayescale.errors import InputError, LawError, closest
from bayescale.scaling_laws.law import Law, Noise
from bayescale.scaling_laws.prior import Prior
from bayescale.scaling_laws.priors.prior_files import EARLIER, default_table, shipped, table_from_document
from bayescale.scaling_laws.priors.prior_table import PriorTable
from bayescale.scaling_laws.validation import POOLINGS

type Pooling = Literal["shared", "partial", "free"]

NOISES = ("growing", "constant")

#: Power of the reducible response that the discrepancy's amplitude falls with.
DISCREPANCY_GROWTH = 0.6

#: Settings of releases that did not store them, where these are not the defaults of today.
EARLIER_SETTINGS: Mapping[str, Any] = {"discrepancy_growth": 0.0}

#: Key of `pooling` for the scale of the noise, and how it may vary over families.
NOISE = "noise"
NOISE_POOLINGS = ("shared", "partial")

#: How a parameter varies over families unless the law or the spec says otherwise, by role.
DEFAULT_POOLING: Mapping[str, str] = {"q": "shared", "shape": "shared"}


@dataclass(frozen=True)
class Spec:
    """A law, and how its parameters, the noise and the discrepancy are modelled.

    Attributes
    ----------
    law : Law
        The law.
    family : str or None, default "family"
        Column of the families; None where all rows are of one.
    discrepancy : bool, default True
        Whether the truth may deviate from the law, by a Gaussian process over the inputs.
    noise : {"growing", "constant"}, default "growing"
        Whether noise grows with the reducible response.
    pooling : mapping of str to {"shared", "partial", "free"}
        How parameters vary over families, where not as usual; with the key "noise" how the scale of the noise does,
        "shared" by default or "partial".
    discrepancy_lengthscale : float, default 0.3
        Length scale of the discrepancy, as a share of each input's range on its axis and as much again in units of the
        axis (e-folds). The default is from a prototype that compared 0.2, 0.5 and 1.
    discrepancy_shared : float, default 0.7
        Share of the discrepancy's variance that all families have in common, from 0 to 1.
    discrepancy_growth : float, default 0.6
        Power of the reducible response that the amplitude of the discrepancy falls with; 0 where it is constant.
    priors : PriorTable
        Priors of parameters that the law gives no prior for, of their spread over families, of noise and discrepancy.

    Raises
    ------
    InputError
        For a noise, a pooling or a setting of the discrepancy that is not allowed.
    LawError
        For a pooling of a parameter that the law does not have.
    """

    law: Law
    family: str | None = "family"
    discrepancy: bool = True
    noise: Noise = "growing"
    pooling: Mapping[str, Pooling] = field(default_factory=dict)
    discrepancy_lengthscale: float = 0.3
    discrepancy_shared: float = 0.7
    discrepancy_growth: float = DISCREPANCY_GROWTH
    priors: PriorTable = field(default_factory=default_table)

    def __post_init__(self) -> None:
        if self.noise not in NOISES:
            raise InputError(f"noise={self.noise!r} is not known.{closest(self.noise, NOISES)}")
        parameters = self.law.parameter_names
        for name, mode in self.pooling.items():
            if name == NOISE and name not in parameters:
                if mode not in NOISE_POOLINGS:
                    raise InputError(f"pooling of 'noise': {mode!r} is not one of {', '.join(NOISE_POOLINGS)}")
                continue
            if name not in parameters:
                raise LawError(f"pooling: law {self.law.name!r} has no parameter {name!r}.{closest(name, parameters)}")
            if mode not in POOLINGS:
                raise InputError(f"pooling of {name!r}: {mode!r} is not known.{closest(mode, POOLINGS)}")
        problems = self._discrepancy_problems()
        if problems:
            raise InputError("the settings of the discrepancy cannot be used:", problems)

    def _discrepancy_problems(self) -> list[str]:
        """Settings of the discrepancy that are not allowed, in words."""
        problems = []
        if not 0 < self.discrepancy_lengthscale < np.inf:
            problems.append(f"discrepancy_lengthscale={self.discrepancy_lengthscale!r} must be above 0, and finite")
        if not 0 <= self.discrepancy_shared <= 1:
            problems.append(f"discrepancy_shared={self.discrepancy_shared!r} must be between 0 and 1")
        if not 0 <= self.discrepancy_growth < np.inf:
            problems.append(f"discrepancy_growth={self.discrepancy_growth!r} must be at least 0, and finite")
        return problems

    @property
    def family_noise(self) -> bool:
        """Whether every family has a scale of noise of its own, pooled over families."""
        return NOISE not in self.law.parameter_names and self.pooling.get(NOISE) == "partial"

    def pooling_of(self, name: str) -> str:
        """Look up how a parameter varies over families.

        Parameters
        ----------
        name : str
            A parameter of the law.

        Returns
        -------
        str
            "shared", "partial" or "free": as in `pooling`, else as the law has it, else by the parameter's role.
        """
        usual = self.law.pooling.get(name, DEFAULT_POOLING.get(self.law.role(name), "partial"))
        return self.pooling.get(name, usual)

    def to_document(self) -> dict[str, Any]:
        """Write the spec as JSON values.

        Returns
        -------
        dict
            One entry per attribute; `from_document` reads it.
        """
        settings = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        law, pooling, priors = json.loads(self.law.to_json()), dict(self.pooling), self.priors.to_document()
        return {**settings, "law": law, "pooling": pooling, "priors": priors}

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> "Spec":
        """Read what `to_document` wrote, of this release or an earlier one.

        Parameters
        ----------
        document : mapping
            JSON values. Settings that an earlier release did not have take the values that were its constants.

        Returns
        -------
        Spec
            The spec.

        Raises
        ------
        KeyError, TypeError, ValueError, LawError, InputError
            For what is no document of a spec.
        """
        known = {entry.name for entry in fields(Spec)} | {"discrepancy_scale"}
        if not document.keys() <= known:
            raise ValueError(f"a spec has no {', '.join(sorted(document.keys() - known))}")
        settings = {**EARLIER_SETTINGS} | {
            name: value for name, value in document.items() if name not in ("law", "discrepancy_scale")
        }
        settings["priors"] = _stored_priors(document)
        return Spec(law=Law.from_json(json.dumps(document["law"])), **settings)


def _stored_priors(document: Mapping[str, Any]) -> PriorTable:
    """The table of a stored spec; an earlier release stored at most the prior of the discrepancy's scale."""
    if "priors" in document:
        return table_from_document(document["priors"])
    earlier = shipped(EARLIER)
    stored = {name: Prior(**document[name]) for name in ("discrepancy_scale",) if name in document}
    return earlier.with_priors(stored, earlier.name)
