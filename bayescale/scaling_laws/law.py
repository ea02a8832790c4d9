"""A law: an expression, what its parameters mean and are believed to be, and where it comes from."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from bayescale.core.argument_types import ArrayModule, Numeric
from bayescale.core.arguments import checked
from bayescale.core.display import Page, Shown
from bayescale.core.limits import problem_of_name, strict_json
from bayescale.data.quantities import KNOWN, impossible
from bayescale.errors import LawError, closest
from bayescale.scaling_laws.expression import Aggregate, Expression, Link, Power, Scale, Values
from bayescale.scaling_laws.formula import Formula, symbol
from bayescale.scaling_laws.prior import Prior, logitnormal, lognormal
from bayescale.scaling_laws.validation import problems_of

type Noise = Literal["growing", "constant"]

#: Default priors by a parameter's role. Floors are a fraction of the least loss of the training data and slopes (how
#: much of the loss a term removes per e-fold of its quantity at the centre of the data) are relative to it: scale-free.
#: The same for every data set; benchmarks/README.md says what was in view when they were chosen.
ROLE_PRIORS = {
    "floor": logitnormal(0.4, 0.8),
    "slope": lognormal(0.08, 1.0),
    "exponent": lognormal(0.33, 0.35),
    "q": lognormal(float(np.exp(-0.3)), 0.5),
    "level": lognormal(1.25, 0.3),  # without a floor: loss at the centre of the data over the least loss
    "share": logitnormal(0.0, 1.5),  # without a floor: share of one term among several, at the centre
}
#: Priors that replace those of roles where the response is no loss, such as an error. Its floor is lower and less
#: certain: errors come down to it (image classification of Alabdulmohsin et al. 2022: .5 to .95 of the least) or fall
#: far towards zero, as at the frontier of compute. Without a floor it falls by a larger factor from the centre of the
#: data to their end: by 3 to 6 at the published exponents of imitation, two to ten times those of losses.
ERROR_PRIORS = {"floor": logitnormal(-0.2, 1.4), "level": lognormal(2.0, 0.8)}
MEANINGS = {
    "floor": ("irreducible loss; prior as a fraction of the least training loss", "response"),
    "amplitude": ("size of a term; prior on its slope at the centre of the data, relative to the least loss", "mixed"),
    "exponent": ("how fast a term falls with its quantity", "1"),
    "q": ("how the terms join: 1 adds them, towards 0 the larger one rules", "1"),
    "shape": ("see the formula", "1"),
}


@dataclass(frozen=True)
class Parameter:
    """One parameter of a law, in natural units, with the prior of its sampling coordinate."""

    name: str
    role: str
    meaning: str
    unit: str
    prior: Prior


IDENTITY = Link("identity")
LOG = Scale("log")


@checked
@dataclass(frozen=True, repr=False)
class Law(Shown):
    """A scaling law.

    `predict` evaluates it; `parameters` tells what is believed before data. A law does no sampling and no input or
    output. Names in formulas that have a prior (or are a floor, amplitude, exponent or q) are parameters, all others
    inputs.

    scale      on what scale of the response noise is symmetric and the discrepancy adds.
    published  coefficients by source, as printed (`bayescale.scaling_laws.evidence`: where). Empty: we found none.
    priors     in natural units; of floor, amplitudes and exponents those that replace their role's.
    pooling    how a parameter varies over families unless the spec says: formulas' parameters are shared by default.
    meanings   of parameters beside those of their role.
    ranges     of inputs where the law is meant to hold: (low, high) by name.
    counts     what the source counts as each input, where sources differ: total or active parameters, tokens seen.
    notation   the formula in the source's symbols, as LaTeX, where that is easier to recognise than ours.
    defaults   values of inputs that a table, a target or `predict` may leave out.
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
        said = (self.priors, self.pooling, self.meanings, self.ranges)
        if wrong := problem_of_name(self.name, "law") or problem_of_name(self.response, "response"):
            raise LawError(wrong)
        problems = problems_of(self.expression, self.response, *said)
        problems += [
            f"ranges.{name}: {low:g} is not below {high:g}"
            for name, (low, high) in self.ranges.items()
            if not low < high
        ]
        problems += [
            f"{what}.{name}: the law has no input {name!r}.{closest(name, self.inputs)}"
            for what, names in (("counts", self.counts), ("defaults", self.defaults))
            for name in names
            if name not in self.inputs
        ]
        if problems:
            raise LawError(f"law {self.name!r} cannot be:", problems)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the columns the law takes."""
        return tuple(name for name in self.expression.names if name not in self.parameter_names)

    @property
    def required_inputs(self) -> tuple[str, ...]:
        """Names of the columns that must be there: inputs without a default."""
        return tuple(name for name in self.inputs if name not in self.defaults)

    @property
    def exponents(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(power.exponent for power in self.expression.powers))

    @property
    def usual_noise(self) -> Noise:
        """How noise varies unless a fit says otherwise.

        Noise of a loss grows with the part of it that scale removes. A formula for another response names no such
        part, and where the response rises, as the best batch size does with data, noise that grows with it would make
        forecasts of larger runs ever wider: there it is constant on the law's scale.
        """
        return "growing" if self.expression.powers or self.response == "loss" else "constant"

    @property
    def shapes(self) -> tuple[str, ...]:
        """Parameters that are neither floor, amplitude nor exponent: q and those of formulas."""
        aggregate = self.expression.aggregate
        q = (aggregate.q,) if aggregate and aggregate.q and aggregate.q not in self.exponents else ()
        taken = {self.expression.floor, *self.exponents, *(power.amplitude for power in self.expression.powers), *q}
        return (*q, *(name for name in self.expression.names if name in self.priors and name not in taken))

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Natural parameters in the order of the formula."""
        head = (self.expression.floor,) if self.expression.floor else ()
        pairs = dict.fromkeys(name for power in self.expression.powers for name in (power.amplitude, power.exponent))
        return (*head, *pairs, *self.shapes)

    def role(self, name: str) -> str:
        """What a parameter is: floor, amplitude, exponent, q or shape."""
        aggregate = self.expression.aggregate
        if name == self.expression.floor:
            return "floor"
        if name in self.exponents:
            return "exponent"
        if aggregate and name == aggregate.q:
            return "q"
        if any(name == power.amplitude for power in self.expression.powers):
            return "amplitude"
        if name in self.shapes:
            return "shape"
        raise LawError(f"law {self.name!r} has no parameter {name!r}.{closest(name, self.parameter_names)}")

    def prior(self, name: str, role: str | None = None) -> Prior:
        """Prior of a parameter: the law's own, else that of its role."""
        if name in self.priors:
            return self.priors[name]
        role = role or self.role(name)
        key = "slope" if role == "amplitude" else role
        priors = ROLE_PRIORS if is_loss(self.response) else ROLE_PRIORS | ERROR_PRIORS
        if key not in priors:
            raise LawError(f"role={role!r} is not known.{closest(role, priors)}")
        return priors[key]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Every parameter with its meaning, unit and prior."""
        out = []
        for name in self.parameter_names:
            role = self.role(name)
            meaning, unit = MEANINGS[role]
            out.append(Parameter(name, role, self.meanings.get(name, meaning), unit, self.prior(name)))
        return tuple(out)

    def evaluate(self, inputs: Values, parameters: Values, xp: ArrayModule = np) -> Any:
        """The response (natural units) at inputs and parameters that broadcast; NumPy or PyTensor, nothing checked."""
        try:
            return self.link.forward(self.expression.evaluate(inputs, parameters, xp), xp)
        except KeyError as error:
            raise LawError(f"law {self.name!r} cannot be evaluated: {error} is missing") from error

    def predict(self, inputs: Mapping[str, Numeric], parameters: Mapping[str, Numeric]) -> Any:
        """What the law says at given inputs and parameters, in natural units; arrays broadcast.

        Raises LawError naming what is missing, unknown or out of range.
        """
        problems = []
        inputs = {**self.defaults, **inputs}
        for kind, needed, given in (("input", self.inputs, inputs), ("parameter", self.parameter_names, parameters)):
            problems += [f"{kind} {name!r} is missing" for name in needed if name not in given]
            problems += [
                f"{kind} {name!r} is not one of the law's.{closest(name, needed)}"
                for name in given
                if name not in needed
            ]
        values = {name: np.asarray(value, dtype=float) for name, value in {**inputs, **parameters}.items()}
        for name in (name for name in self.inputs if name in values):
            bad = impossible(name, values[name])
            problems += [f"{name} must be {said}, not {values[name].ravel()[where]:g}" for where, said in bad[:1]]
        if problems:
            raise LawError(f"law {self.name!r} cannot be evaluated: " + "; ".join(problems))
        result = self.evaluate({n: values[n] for n in self.inputs}, {n: values[n] for n in self.parameter_names})
        return float(result) if np.ndim(result) == 0 else result

    @property
    def latex(self) -> str:
        left = "L" if self.response == "loss" else symbol(self.response)
        return f"{left} = " + self.link.latex.replace("%s", self.expression.latex)

    @property
    def _page(self) -> Page:
        import pandas as pd

        known_as = f" ({self.id})" if self.id else ""
        rows = [(one.name, one.role, one.meaning, str(one.prior)) for one in self.parameters]
        table = pd.DataFrame(rows, columns=["parameter", "role", "meaning", "prior: median [90 %]"])
        inputs = ", ".join(self.inputs)
        return Page(f"{self.name}{known_as}: {self.response} from {inputs}", table, (self.source,), self.latex)

    def _repr_latex_(self) -> str:
        return f"${self.latex}$"

    @property
    def digest(self) -> str:
        """What a calibration of the law depends on, shortened: formula, link, scale and every prior."""
        priors = {name: asdict(self.prior(name)) for name in self.parameter_names}
        parts = [asdict(self.expression), asdict(self.link), asdict(self.scale), priors]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]

    def to_json(self) -> str:
        """The whole law as text: what a stored posterior carries, so that it can be read without a catalogue."""
        return json.dumps(asdict(self), sort_keys=True)

    @staticmethod
    def from_json(text: str) -> "Law":
        """Read back what `to_json` wrote. Raises LawError for text that it did not write."""
        try:
            return _law_of(text)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise LawError(f"this text is no law that to_json wrote ({type(error).__name__}: {error})") from error


def _law_of(text: str) -> Law:
    document = strict_json(text)
    expression = document["expression"]
    aggregate = expression["aggregate"]
    if aggregate:
        powers = tuple(Power(**{**one, "quantity": Formula(**one["quantity"])}) for one in aggregate["powers"])
        aggregate = Aggregate(powers, aggregate["q"])
    extra = Formula(**expression["extra"]) if expression["extra"] else None
    read = {
        "expression": Expression(expression["floor"], aggregate, extra),
        "priors": {name: Prior(**prior) for name, prior in document["priors"].items()},
        "link": Link(**document["link"]),
        "scale": Scale(**document["scale"]),
        "ranges": {name: (float(low), float(high)) for name, (low, high) in document["ranges"].items()},
    }
    return Law(**{**document, **read})


def is_loss(response: str) -> bool:
    """Whether a response is a loss by its name, such as a cross-entropy, and not an error, a score or a size."""
    return "loss" in response.lower()


def input_meaning(name: str) -> str:
    """What an input is and in which unit; empty for one only the law knows."""
    return KNOWN[name].unit if name in KNOWN else ""
