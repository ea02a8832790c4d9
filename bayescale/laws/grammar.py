"""The words a scaling law is made of: quantities, power terms, their aggregation, a floor, a link.

Every formula stands once and is evaluated by NumPy and by PyTensor: `xp` is the namespace (`numpy` or
`pytensor.tensor`), `inputs` maps input names to arrays of absolute counts, `parameters` maps parameter names to
arrays that broadcast with them. Expressions compose with `+`:

    floor("E") + power("A", "alpha", "n_params") + power("B", "beta", "n_tokens")
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

type Values = Mapping[str, Any]


# --- quantities: what a power is taken of
# ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Input:
    """A column of the table, as it is."""

    name: str

    @property
    def inputs(self) -> tuple[str, ...]:
        return (self.name,)

    @property
    def parameters(self) -> tuple[str, ...]:
        return ()

    def evaluate(self, inputs: Values, parameters: Values, xp: Any) -> Any:
        return inputs[self.name]

    @property
    def latex(self) -> str:
        return SYMBOLS.get(self.name, rf"\mathrm{{{self.name}}}".replace("_", r"\_"))


@dataclass(frozen=True)
class Repeated:
    """Effective size of data seen several times: U·(1 + r·(1 − exp(−R/r))), R = total/U − 1 repetitions (L13)."""

    total: str
    unique: str
    decay: str

    @property
    def inputs(self) -> tuple[str, ...]:
        return (self.total, self.unique)

    @property
    def parameters(self) -> tuple[str, ...]:
        return (self.decay,)

    def evaluate(self, inputs: Values, parameters: Values, xp: Any) -> Any:
        unique, decay = inputs[self.unique], parameters[self.decay]
        repetitions = xp.maximum(inputs[self.total] / unique - 1, 0)
        return unique * (1 + decay * (1 - xp.exp(-repetitions / decay)))

    @property
    def latex(self) -> str:
        return r"U\left(1 + R^*(1 - e^{-R_D/R^*})\right)"


@dataclass(frozen=True)
class Streams:
    """Parameters times what parallel streams add: N·(k·ln P + 1) (ParScale, L9)."""

    base: str
    streams: str
    gain: str

    @property
    def inputs(self) -> tuple[str, ...]:
        return (self.base, self.streams)

    @property
    def parameters(self) -> tuple[str, ...]:
        return (self.gain,)

    def evaluate(self, inputs: Values, parameters: Values, xp: Any) -> Any:
        return inputs[self.base] * (1 + parameters[self.gain] * xp.log(inputs[self.streams]))

    @property
    def latex(self) -> str:
        return r"N\,(k \ln P + 1)"


type Quantity = Input | Repeated | Streams

SYMBOLS = {"n_params": "N", "n_tokens": "D", "flops": "C", "n_unique_tokens": "U", "n_streams": "P"}


# --- terms
# --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Power:
    """A term falling with a quantity: `A·Q^-α`, or in the scale form `(Q_c/Q)^α`."""

    amplitude: str
    exponent: str
    quantity: Quantity
    form: Literal["amplitude", "scale"] = "amplitude"

    def log(self, inputs: Values, parameters: Values, xp: Any) -> Any:
        """Logarithm of the term."""
        exponent = parameters[self.exponent]
        log_quantity = xp.log(self.quantity.evaluate(inputs, parameters, xp))
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
            return rf"\left({amplitude}/{quantity}\right)^{{{exponent}}}"
        inner = quantity if isinstance(self.quantity, Input) else rf"\left[{quantity}\right]"
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
    """A floor, if any, plus one aggregate of power terms."""

    floor: str | None = None
    aggregate: Aggregate | None = None

    def __add__(self, other: "Expression") -> "Expression":
        if self.floor and other.floor:
            raise ValueError(f"a law has one floor, not both {self.floor!r} and {other.floor!r}")
        parts = [one.aggregate for one in (self, other) if one.aggregate]
        if len(parts) == 2 and any(part.q for part in parts):
            raise ValueError("terms joined by joined(…) cannot be added to further power terms")
        powers = tuple(power for part in parts for power in part.powers)
        aggregate = Aggregate(powers, parts[0].q if parts else None) if parts else None
        return Expression(self.floor or other.floor, aggregate)


def floor(name: str) -> Expression:
    """What is left at infinite size and data: irreducible loss."""
    return Expression(floor=name)


def power(amplitude: str, exponent: str, quantity: str | Quantity) -> Expression:
    """`amplitude · quantity^-exponent`."""
    return Expression(aggregate=Aggregate((Power(amplitude, exponent, _quantity(quantity)),)))


def scaled_power(scale: str, exponent: str, quantity: str | Quantity) -> Expression:
    """`(scale / quantity)^exponent`, as Kaplan et al. write it."""
    return Expression(aggregate=Aggregate((Power(scale, exponent, _quantity(quantity), "scale"),)))


def joined(q: str, *terms: Expression) -> Expression:
    """`[Σ term^(1/q)]^q`: q = 1 adds the terms, q → 0 takes the larger one."""
    powers = tuple(power for term in terms if term.aggregate for power in term.aggregate.powers)
    return Expression(aggregate=Aggregate(powers, q))


def _quantity(quantity: str | Quantity) -> Quantity:
    return Input(quantity) if isinstance(quantity, str) else quantity


# --- links
# --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Link:
    """From the latent quantity (floor plus terms) to the measured one."""

    name: Literal["identity", "survival", "failure"]

    def forward(self, latent: Any, xp: Any) -> Any:
        if self.name == "survival":  # y = exp(-latent): a probability that every one of many steps succeeds
            return xp.exp(-latent)
        if self.name == "failure":  # y = 1 - exp(-latent)
            return -xp.expm1(-latent)
        return latent

    def inverse(self, response: Any) -> Any:
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


GREEK = {"alpha", "beta", "gamma", "delta", "eta", "kappa", "nu", "sigma", "tau", "theta", "lambda"}


def symbol(name: str) -> str:
    """LaTeX of a parameter name: alpha_N → \\alpha_{N}."""
    head, _, tail = name.partition("_")
    head = rf"\{head}" if head in GREEK else head
    return f"{head}_{{{tail}}}" if tail else head
