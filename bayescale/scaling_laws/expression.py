"""The words a scaling law is made of: power terms, their aggregation, a floor, formulas, a link, a scale.

Every formula stands once and is evaluated by NumPy and by PyTensor: `xp` is the namespace (`numpy` or
`pytensor.tensor`), `inputs` maps input names to arrays of absolute counts, `parameters` maps parameter names to
arrays that broadcast with them. Expressions compose with `+`:

    floor("E") + power("A", "alpha", "n_params") + power("B", "beta", "n_tokens") + term("k * n_tokens / bits**g")

Power terms and the floor have coordinates in which they sample well (`anchor`); whatever else a law says is a formula.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy.special import expit, logit

from bayescale.core.argument_types import ArrayModule, Numeric
from bayescale.core.arguments import checked
from bayescale.scaling_laws.formula import Formula, symbol

type Values = Mapping[str, Any]


# --- terms
# --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Power:
    """A term falling with a quantity: `A·Q^-α`, or in the scale form `(Q_c/Q)^α`."""

    amplitude: str
    exponent: str
    quantity: Formula  # of inputs and shape parameters
    form: Literal["amplitude", "scale"] = "amplitude"

    def log(self, inputs: Values, parameters: Values, xp: Any) -> Any:
        """Logarithm of the term."""
        exponent = parameters[self.exponent]
        log_quantity = self.quantity.log({**inputs, **parameters}, xp)
        log_amplitude = xp.log(parameters[self.amplitude])
        return (
            log_amplitude - exponent * log_quantity
            if self.form == "amplitude"
            else exponent * (log_amplitude - log_quantity)
        )

    def amplitude_from(self, log_term: Any, log_quantity: Any, exponent: Any, xp: Any) -> Any:
        """The amplitude (or scale) with which the term has this logarithm at this quantity."""
        if self.form == "amplitude":
            return xp.exp(log_term + exponent * log_quantity)
        return xp.exp(log_quantity + log_term / exponent)

    @property
    def latex(self) -> str:
        amplitude, exponent, quantity = symbol(self.amplitude), symbol(self.exponent), self.quantity.latex
        if self.form == "scale":
            return rf"\left(\frac{{{amplitude}}}{{{quantity}}}\right)^{{{exponent}}}"
        inner = quantity if self.quantity.text.isidentifier() else rf"\left[{quantity}\right]"
        return rf"{amplitude}\,{inner}^{{-{exponent}}}"


@dataclass(frozen=True)
class Aggregate:
    """Power terms joined as `[Σ term^(1/q)]^q`; `q=None` is the plain sum (q = 1)."""

    powers: tuple[Power, ...]
    q: str | None = None

    def evaluate(self, inputs: Values, parameters: Values, xp: Any) -> Any:
        logs = [power.log(inputs, parameters, xp) for power in self.powers]
        if self.q is None or len(logs) == 1:
            return sum((xp.exp(one) for one in logs[1:]), xp.exp(logs[0]))
        q = parameters[self.q]
        total = logs[0] / q
        for one in logs[1:]:
            total = xp.logaddexp(total, one / q)
        return xp.exp(q * total)

    @property
    def latex(self) -> str:
        if self.q is None or len(self.powers) == 1:
            return " + ".join(power.latex for power in self.powers)
        q = symbol(self.q)
        return (
            r"\left["
            + " + ".join(rf"\left({power.latex}\right)^{{1/{q}}}" for power in self.powers)
            + rf"\right]^{{{q}}}"
        )


@dataclass(frozen=True)
class Expression:
    """A floor, an aggregate of power terms, and a formula added to them: any of the three, at least one of the last
    two."""

    floor: str | None = None
    aggregate: Aggregate | None = None
    extra: Formula | None = None

    def __add__(self, other: "Expression") -> "Expression":
        if self.floor and other.floor:
            raise ValueError(f"a law has one floor, not both {self.floor!r} and {other.floor!r}")
        parts = [one.aggregate for one in (self, other) if one.aggregate]
        if len(parts) == 2 and any(part.q for part in parts):
            raise ValueError("terms joined by joined(…) cannot be added to further power terms")
        powers = tuple(power for part in parts for power in part.powers)
        aggregate = Aggregate(powers, parts[0].q if parts else None) if parts else None
        extras = [one.extra.text for one in (self, other) if one.extra]
        text = " + ".join(f"({one})" for one in extras) if len(extras) > 1 else "".join(extras)
        return Expression(self.floor or other.floor, aggregate, Formula(text) if extras else None)

    def renamed(self, old: str, new: str) -> "Expression":
        """The same expression of another input."""
        aggregate = self.aggregate
        if aggregate:
            powers = (replace(power, quantity=power.quantity.renamed(old, new)) for power in aggregate.powers)
            aggregate = replace(aggregate, powers=tuple(powers))
        return replace(self, aggregate=aggregate, extra=self.extra.renamed(old, new) if self.extra else None)

    @property
    def powers(self) -> tuple[Power, ...]:
        return self.aggregate.powers if self.aggregate else ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names in its formulas: inputs and shape parameters."""
        formulas = [power.quantity for power in self.powers] + ([self.extra] if self.extra else [])
        return tuple(dict.fromkeys(name for formula in formulas for name in formula.names))

    def reducible(self, inputs: Values, parameters: Values, xp: Any) -> Any:
        """All but the floor."""
        parts = [self.aggregate.evaluate(inputs, parameters, xp)] if self.aggregate else []
        if self.extra:
            parts.append(self.extra.evaluate({**inputs, **parameters}, xp))
        return sum(parts[1:], parts[0])

    def evaluate(self, inputs: Values, parameters: Values, xp: Any) -> Any:
        reducible = self.reducible(inputs, parameters, xp)
        return reducible + parameters[self.floor] if self.floor else reducible

    @property
    def latex(self) -> str:
        parts = [symbol(self.floor)] if self.floor else []
        parts += [self.aggregate.latex] if self.aggregate else []
        return " + ".join([*parts, *([self.extra.latex] if self.extra else [])])


@checked
def floor(name: str) -> Expression:
    """What is left at infinite size and data: irreducible loss."""
    return Expression(floor=name)


@checked
def power(amplitude: str, exponent: str, quantity: str) -> Expression:
    """`amplitude · quantity^-exponent`; the quantity is an input or a formula of inputs and shape parameters."""
    return Expression(aggregate=Aggregate((Power(amplitude, exponent, Formula(quantity)),)))


@checked
def scaled_power(scale: str, exponent: str, quantity: str) -> Expression:
    """`(scale / quantity)^exponent`, as Kaplan et al. write it."""
    return Expression(aggregate=Aggregate((Power(scale, exponent, Formula(quantity), "scale"),)))


@checked
def joined(q: str, *terms: Expression) -> Expression:
    """`[Σ term^(1/q)]^q`: q = 1 adds the terms, q → 0 takes the larger one."""
    powers = tuple(power for term in terms for power in term.powers)
    return Expression(aggregate=Aggregate(powers, q))


@checked
def term(formula: str) -> Expression:
    """A formula of inputs and parameters, added to whatever else the law says."""
    return Expression(extra=Formula(formula))


# --- links
# --------------------------------------------------------------------------------------------------------------


@checked
@dataclass(frozen=True)
class Link:
    """From the latent quantity (floor plus terms) to the measured one."""

    name: Literal["identity", "survival", "failure"]

    def forward(self, latent: Numeric, xp: ArrayModule) -> Any:
        if self.name == "survival":  # y = exp(-latent): a probability that every one of many steps succeeds
            return xp.exp(-latent)
        if self.name == "failure":  # y = 1 - exp(-latent)
            return -xp.expm1(-latent)
        return latent

    def inverse(self, response: Numeric) -> Any:
        """The latent quantity of a measured response (NumPy)."""
        if self.name == "survival":
            return -np.log(response)
        if self.name == "failure":
            return -np.log1p(-response)
        return response

    @property
    def latex(self) -> str:
        return {
            "identity": "%s",
            "survival": r"\exp\left[-\left(%s\right)\right]",
            "failure": r"1 - \exp\left[-\left(%s\right)\right]",
        }[self.name]


@checked
@dataclass(frozen=True)
class Scale:
    """On what scale the measured response is modelled: there noise is symmetric and the discrepancy adds."""

    name: Literal["log", "logit", "identity"] = "log"

    def forward(self, response: Numeric, xp: ArrayModule) -> Any:
        if self.name == "log":
            return xp.log(response)
        if self.name == "logit":
            return logit(response) if xp is np else xp.log(response) - xp.log1p(-response)
        return response

    def inverse(self, value: Numeric) -> Any:
        """The response at a value on the scale (NumPy)."""
        if self.name == "log":
            return np.exp(value)
        return expit(value) if self.name == "logit" else value

    def reaches(self, response: Numeric) -> Any:
        """Whether a measured response has a finite value on the scale."""
        with np.errstate(all="ignore"):
            return np.isfinite(self.forward(response, np))

    def log_jacobian(self, response: Numeric) -> Any:
        """Log derivative of the value on the scale with respect to log response, or to the response itself where that
        is not above 0. A log density on the scale plus this is comparable to that of a law on any other scale."""
        response = np.asarray(response, dtype=float)
        positive = response > 0
        if self.name == "identity":
            return np.log(np.where(positive, response, 1.0))
        beyond = np.where(positive, response if self.name == "logit" else 0.0, np.nan)
        return -np.log1p(-beyond)

    @property
    def allowed(self) -> str:
        return {"log": "above 0", "logit": "between 0 and 1, both excluded", "identity": "finite"}[self.name]
