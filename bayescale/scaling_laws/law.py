"""The class `Law`: an expression with priors and meanings of its parameters, its source and its range."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np

from bayescale.core.argument_types import ArrayModule, Numeric
from bayescale.core.arguments import checked
from bayescale.core.display import Page, Shown
from bayescale.core.limits import problem_of_name
from bayescale.errors import InputError, LawError, closest
from bayescale.scaling_laws import signature
from bayescale.scaling_laws.expression import Expression, Values
from bayescale.scaling_laws.formulas.latex import symbol
from bayescale.scaling_laws.law_document import digest_of, law_fields, page_of
from bayescale.scaling_laws.link import IDENTITY, LOG, Link, Scale
from bayescale.scaling_laws.prior import Prior
from bayescale.scaling_laws.priors.prior_files import default_table
from bayescale.scaling_laws.priors.prior_table import PriorTable
from bayescale.scaling_laws.roles import MEANINGS, Parameter, quantities_of
from bayescale.scaling_laws.validation import evaluation_problems, problems_of

SIZE_AND_DATA = {"n_params", "n_tokens"}  # exponents of laws that take more are another population
type Noise = Literal["growing", "constant"]


@checked
@dataclass(frozen=True, repr=False)
class Law(Shown):
    """A scaling law: a formula with priors, ranges and its source.

    `predict` evaluates the law, and `parameters` lists its priors. Names in formulas that have a prior, or are a floor,
    amplitude, exponent or q, are parameters; all other names are inputs.

    Parameters
    ----------
    name : str
        Name of the law.
    expression : Expression
        The formula, made by `floor`, `power`, `scaled_power`, `joined` and `term`.
    source : str, default "user-defined"
        Paper, equation and other places that the law comes from.
    link : Link, optional
        Function from the expression to the response; the identity by default.
    scale : Scale, optional
        Scale of the response on which the noise is symmetric and the discrepancy is added; the logarithm by default.
    response : str, default "loss"
        Name of the measured column.
    id, notation : str, optional
        Id in the catalogue, and the formula in the symbols of the source, as LaTeX.
    regime, pitfalls : str, optional
        Where the law holds, and what to watch for.
    published : mapping, optional
        Published coefficients, by source and parameter. `bayescale.scaling_laws.evidence` says where they stand.
    priors : mapping of str to Prior, optional
        Priors in natural units. A prior of a floor, amplitude, exponent or q replaces that of its role.
    pooling : mapping of str to {"shared", "partial", "free"}, optional
        How parameters vary over families unless a fit says otherwise.
    meanings, counts : mapping of str to str, optional
        Meanings of parameters (by default those of their roles), and definitions of inputs, such as active parameters.
    ranges : mapping of str to (float, float), optional
        Lowest and highest value of each input for which the law is meant.
    defaults : mapping of str to float, optional
        Values of inputs that a table, a target or `predict` may leave out.

    Raises
    ------
    LawError
        If the parts do not make a law. The error lists every problem.
    """

    name: str
    expression: Expression
    source: str = "user-defined"
    link: Link = IDENTITY
    scale: Scale = LOG
    response: str = "loss"
    id: str = ""
    regime: str = ""
    pitfalls: str = ""
    published: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    priors: Mapping[str, Prior] = field(default_factory=dict)
    pooling: Mapping[str, str] = field(default_factory=dict)
    meanings: Mapping[str, str] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    counts: Mapping[str, str] = field(default_factory=dict)
    notation: str = ""
    defaults: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if problem := problem_of_name(self.name, "law") or problem_of_name(self.response, "response"):
            raise LawError(problem)
        model = (self.expression, self.response, self.priors, self.pooling)
        if problems := problems_of(*model, self.meanings, self.ranges, self.counts, self.defaults):
            raise LawError(f"law {self.name!r} is not valid:", problems)

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs: the columns that the law takes."""
        return signature.input_names(self.expression, self.priors)

    @property
    def required_inputs(self) -> tuple[str, ...]:
        """Names of the inputs without a default, which every table must contain."""
        return tuple(name for name in self.inputs if name not in self.defaults)

    @cached_property
    def exponents(self) -> tuple[str, ...]:
        """Names of the exponents of the power terms."""
        return signature.exponent_names(self.expression)

    @property
    def usual_noise(self) -> Noise:
        """How the noise varies unless a fit says otherwise: "growing" or "constant".

        The noise of a loss grows with what scale removes. Another response may rise, and its forecasts would widen.
        """
        return "growing" if self.expression.powers or self.response == "loss" else "constant"

    @cached_property
    def shapes(self) -> tuple[str, ...]:
        """Names of the other parameters: q, and the parameters of formulas."""
        return signature.shape_names(self.expression, self.priors)

    @cached_property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of all parameters, in the order of the formula."""
        return signature.parameter_names(self.expression, self.priors)

    def role(self, name: str) -> str:
        """Return the role of a parameter.

        Parameters
        ----------
        name : str
            Name of the parameter.

        Returns
        -------
        str
            "floor", "amplitude", "exponent", "q" or "shape".

        Raises
        ------
        LawError
            If the law has no such parameter.
        """
        if name not in self._roles:
            raise LawError(f"law {self.name!r} has no parameter {name!r}.{closest(name, self.parameter_names)}")
        return self._roles[name]

    @cached_property
    def _roles(self) -> dict[str, str]:
        """Role of every parameter."""
        return {name: signature.role_of(name, self.expression, self.priors) for name in self.parameter_names}

    def prior(self, name: str, role: str | None = None, table: PriorTable | None = None) -> Prior:
        """Return the prior of a parameter: the one the law gives, or that of the parameter's role.

        Parameters
        ----------
        name : str
            Name of the parameter.
        role : str, optional
            Role whose prior is used where the law gives none, as in `quantities_of`; by default the parameter's role.
        table : PriorTable, optional
            Priors of roles; by default those of a fit.

        Returns
        -------
        Prior
            The prior.

        Raises
        ------
        LawError
            If the parameter or the role is not known.
        """
        if name in self.priors:
            return self.priors[name]
        term = signature.term_quantity(name, self.expression) if set(self.inputs) <= SIZE_AND_DATA else ""
        return (table or default_table()).first(quantities_of(role or self.role(name), self.response, term))

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters with role, meaning, unit and prior."""
        return tuple(
            Parameter(name, role, self.meanings.get(name, MEANINGS[role][0]), MEANINGS[role][1], self.prior(name))
            for name, role in self._roles.items()
        )

    def evaluate(self, inputs: Values, parameters: Values, xp: ArrayModule = np) -> Any:
        """Evaluate the response without checks, with NumPy or PyTensor.

        Parameters
        ----------
        inputs : mapping of str to array or tensor
            Inputs by name, in absolute counts.
        parameters : mapping of str to array or tensor
            Parameters by name, in natural units; they broadcast with the inputs.
        xp : module, default numpy
            `numpy` or `pytensor.tensor`.

        Returns
        -------
        array or tensor
            The response in natural units, in the broadcast shape.

        Raises
        ------
        LawError
            If an input or a parameter is missing.
        """
        try:
            return self.link.forward(self.expression.evaluate(inputs, parameters, xp), xp)
        except KeyError as error:
            raise LawError(f"law {self.name!r} cannot be evaluated: {error} is missing; pass it by name") from error

    def predict(self, inputs: Mapping[str, Numeric], parameters: Mapping[str, Numeric]) -> Any:
        """Evaluate the law with NumPy, and check every value first.

        Parameters
        ----------
        inputs : mapping of str to float or array
            Inputs by name, in absolute counts. Inputs with a default may be left out.
        parameters : mapping of str to float or array
            Parameters by name, in natural units; they broadcast with the inputs.

        Returns
        -------
        float or array
            The response in natural units, in the broadcast shape.

        Raises
        ------
        LawError
            If inputs or parameters are missing, unknown or out of range. The error lists all of them.
        """
        inputs = {**self.defaults, **inputs}
        if problems := evaluation_problems(self.inputs, self.parameter_names, inputs, parameters):
            raise LawError(f"law {self.name!r} cannot be evaluated: " + "; ".join(problems))
        arrays = {name: np.asarray(value, dtype=float) for name, value in {**inputs, **parameters}.items()}
        result = self.evaluate(arrays, arrays)  # names of inputs and parameters differ
        return float(result) if np.ndim(result) == 0 else result

    @property
    def latex(self) -> str:
        """The law as LaTeX."""
        left = "L" if self.response == "loss" else symbol(self.response)
        return f"{left} = " + self.link.latex.replace("%s", self.expression.latex)

    @property
    def _page(self) -> Page:
        return page_of(self)

    def _repr_latex_(self) -> str:
        return f"${self.latex}$"

    @property
    def digest(self) -> str:
        """Short hash of what a calibration of the law depends on: formula, link, scale and every prior."""
        return digest_of(self)

    def to_json(self) -> str:
        """Write the whole law as text, which stored posteriors contain.

        Returns
        -------
        str
            A JSON document.
        """
        return json.dumps(asdict(self), sort_keys=True)

    @staticmethod
    def from_json(text: str) -> "Law":
        """Read a law that `to_json` wrote.

        Parameters
        ----------
        text : str
            The document.

        Returns
        -------
        Law
            The law.

        Raises
        ------
        LawError
            If the text was not written by `to_json`.
        """
        try:
            return Law(**law_fields(text))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InputError) as error:
            raise LawError(f"the text is not a law written by Law.to_json ({type(error).__name__}: {error})") from error
