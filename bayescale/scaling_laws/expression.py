"""The expression of a scaling law: power terms, their aggregation, a floor and a formula.

Each part is defined once and evaluated by NumPy and by PyTensor. `xp` is the namespace (`numpy` or `pytensor.tensor`),
`inputs` maps input names to arrays of absolute counts, and `parameters` maps parameter names to arrays that broadcast
with them. Expressions compose with `+`:

    floor("E") + power("A", "alpha", "n_params") + power("B", "beta", "n_tokens") + term("k * n_tokens / bits**g")

Power terms and the floor have coordinates that sample well (`bayescale.scaling_laws.parametrization`); every other part
of a law is a formula.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from bayescale.errors import LawError
from bayescale.scaling_laws.formulas.formula import Formula
from bayescale.scaling_laws.formulas.latex import symbol

type Values = Mapping[str, Any]


@dataclass(frozen=True)
class Power:
    """A term that falls with a quantity: ``A * Q**-alpha``, or in the scale form ``(Q_c / Q)**alpha``.

    Parameters
    ----------
    amplitude : str
        Name of the amplitude A, or of the scale Q_c.
    exponent : str
        Name of the exponent.
    quantity : Formula
        Formula of inputs and shape parameters.
    form : {"amplitude", "scale"}, default "amplitude"
        Which of the two forms the term has.
    """

    amplitude: str
    exponent: str
    quantity: Formula
    form: Literal["amplitude", "scale"] = "amplitude"

    def log(self, inputs: Values, parameters: Values, xp: Any) -> Any:
        """Evaluate the logarithm of the term.

        Parameters
        ----------
        inputs : mapping of str to array
            Inputs by name.
        parameters : mapping of str to array
            Parameters by name, which broadcast with the inputs.
        xp : module
            `numpy` or `pytensor.tensor`.

        Returns
        -------
        array or tensor
            The logarithm, in the broadcast shape.
        """
        exponent = parameters[self.exponent]
        log_quantity = self.quantity.log({**inputs, **parameters}, xp)
        log_amplitude = xp.log(parameters[self.amplitude])
        return (
            log_amplitude - exponent * log_quantity
            if self.form == "amplitude"
            else exponent * (log_amplitude - log_quantity)
        )

    def amplitude_from(self, log_term: Any, log_quantity: Any, exponent: Any, xp: Any) -> Any:
        """Solve for the amplitude (or scale) at which the term has a given logarithm.

        Parameters
        ----------
        log_term : array or tensor
            Logarithm of the term.
        log_quantity : array or tensor
            Logarithm of the quantity.
        exponent : array or tensor
            The exponent.
        xp : module
            `numpy` or `pytensor.tensor`.

        Returns
        -------
        array or tensor
            The amplitude, in the broadcast shape.
        """
        if self.form == "amplitude":
            return xp.exp(log_term + exponent * log_quantity)
        return xp.exp(log_quantity + log_term / exponent)

    @property
    def latex(self) -> str:
        """The term as LaTeX."""
        amplitude, exponent, quantity = symbol(self.amplitude), symbol(self.exponent), self.quantity.latex
        if self.form == "scale":
            return rf"\left(\frac{{{amplitude}}}{{{quantity}}}\right)^{{{exponent}}}"
        base = quantity if self.quantity.text.isidentifier() else rf"\left[{quantity}\right]"
        return rf"{amplitude}\,{base}^{{-{exponent}}}"


@dataclass(frozen=True)
class Aggregate:
    """Power terms joined as ``[sum of term**(1/q)]**q``.

    Parameters
    ----------
    powers : tuple of Power
        The terms.
    q : str, optional
        Name of the parameter q. None stands for q = 1, the plain sum.
    """

    powers: tuple[Power, ...]
    q: str | None = None

    def evaluate(self, inputs: Values, parameters: Values, xp: Any) -> Any:
        """Evaluate the joined terms.

        Parameters
        ----------
        inputs : mapping of str to array
            Inputs by name.
        parameters : mapping of str to array
            Parameters by name, which broadcast with the inputs.
        xp : module
            `numpy` or `pytensor.tensor`.

        Returns
        -------
        array or tensor
            The value, in the broadcast shape.
        """
        logs = [power.log(inputs, parameters, xp) for power in self.powers]
        if self.q is None or len(logs) == 1:
            return sum((xp.exp(log_term) for log_term in logs[1:]), xp.exp(logs[0]))
        q = parameters[self.q]
        total = logs[0] / q
        for log_term in logs[1:]:
            total = xp.logaddexp(total, log_term / q)
        return xp.exp(q * total)

    @property
    def latex(self) -> str:
        """The joined terms as LaTeX."""
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
    """The sum of a floor, joined power terms and a formula.

    Parameters
    ----------
    floor : str, optional
        Name of the floor.
    aggregate : Aggregate, optional
        The power terms.
    extra : Formula, optional
        A formula that is added. A law needs power terms or a formula.
    """

    floor: str | None = None
    aggregate: Aggregate | None = None
    extra: Formula | None = None

    def __add__(self, other: "Expression") -> "Expression":
        """Add two expressions. Raises LawError for two floors, or for power terms beside terms joined by q."""
        if self.floor and other.floor:
            raise LawError(f"a law has one floor, not both {self.floor!r} and {other.floor!r}: remove one")
        aggregates = [side.aggregate for side in (self, other) if side.aggregate]
        if len(aggregates) == 2 and any(aggregate.q for aggregate in aggregates):
            raise LawError(
                "terms joined by joined(q, ...) cannot be added to further power terms: pass every power term to "
                "joined, or write the further ones as term(...)"
            )
        powers = tuple(power for aggregate in aggregates for power in aggregate.powers)
        aggregate = Aggregate(powers, aggregates[0].q) if aggregates else None
        formulas = [side.extra.text for side in (self, other) if side.extra]
        text = " + ".join(f"({formula})" for formula in formulas) if len(formulas) > 1 else "".join(formulas)
        return Expression(self.floor or other.floor, aggregate, Formula(text) if formulas else None)

    def renamed(self, old: str, new: str) -> "Expression":
        """Replace an input by another one.

        Parameters
        ----------
        old : str
            Name of the input that is replaced.
        new : str
            Name of the other input.

        Returns
        -------
        Expression
            The same expression of the other input.
        """
        aggregate = self.aggregate
        if aggregate:
            powers = (replace(power, quantity=power.quantity.renamed(old, new)) for power in aggregate.powers)
            aggregate = replace(aggregate, powers=tuple(powers))
        return replace(self, aggregate=aggregate, extra=self.extra.renamed(old, new) if self.extra else None)

    @property
    def powers(self) -> tuple[Power, ...]:
        """The power terms."""
        return self.aggregate.powers if self.aggregate else ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names in the formulas: inputs and shape parameters, in the order of their first appearance."""
        formulas = [power.quantity for power in self.powers] + ([self.extra] if self.extra else [])
        return tuple(dict.fromkeys(name for formula in formulas for name in formula.names))

    def reducible(self, inputs: Values, parameters: Values, xp: Any) -> Any:
        """Evaluate everything but the floor.

        Parameters
        ----------
        inputs : mapping of str to array
            Inputs by name.
        parameters : mapping of str to array
            Parameters by name, which broadcast with the inputs.
        xp : module
            `numpy` or `pytensor.tensor`.

        Returns
        -------
        array or tensor
            The value, in the broadcast shape.
        """
        parts = [self.aggregate.evaluate(inputs, parameters, xp)] if self.aggregate else []
        if self.extra:
            parts.append(self.extra.evaluate({**inputs, **parameters}, xp))
        return sum(parts[1:], parts[0])

    def evaluate(self, inputs: Values, parameters: Values, xp: Any) -> Any:
        """Evaluate the expression.

        Parameters
        ----------
        inputs : mapping of str to array
            Inputs by name.
        parameters : mapping of str to array
            Parameters by name, which broadcast with the inputs.
        xp : module
            `numpy` or `pytensor.tensor`.

        Returns
        -------
        array or tensor
            The value, in the broadcast shape.
        """
        reducible = self.reducible(inputs, parameters, xp)
        return reducible + parameters[self.floor] if self.floor else reducible

    @property
    def latex(self) -> str:
        """The expression as LaTeX."""
        parts = [symbol(self.floor)] if self.floor else []
        parts += [self.aggregate.latex] if self.aggregate else []
        return " + ".join([*parts, *([self.extra.latex] if self.extra else [])])
