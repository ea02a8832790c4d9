"""A law: an expression, what its parameters mean and are believed to be, and where it comes from."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from bayescale.errors import LawError, closest
from bayescale.laws.grammar import (
    SYMBOLS,
    Aggregate,
    Expression,
    Input,
    Link,
    Power,
    Quantity,
    Repeated,
    Streams,
    Values,
    symbol,
)
from bayescale.laws.priors import Prior, logitnormal, lognormal

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
    "decay": lognormal(15.0, 0.6),
    "gain": lognormal(0.35, 0.6),
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


@dataclass(frozen=True)
class Law:
    """A scaling law.

    `predict` evaluates it; `parameters` tells what is believed before data. A law does no sampling and no input or
    output.
    """

    name: str
    expression: Expression
    source: str = "user-defined"
    link: Link = IDENTITY
    response: str = "loss"
    id: str = ""
    regime: str = ""
    pitfalls: str = ""
    published: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    priors: Mapping[str, Prior] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.expression.aggregate is None:
            raise LawError(f"law {self.name!r} has no power term: a constant is not a scaling law")
        if self.aggregate.q and len(self.aggregate.powers) < 2:
            raise LawError(f"law {self.name!r} joins a single term: joined(…) needs two or more")
        unknown = set(self.priors) - set(self.parameter_names)
        if unknown:
            name = sorted(unknown)[0]
            raise LawError(f"law {self.name!r} has no parameter {name!r}.{closest(name, self.parameter_names)}")

    @property
    def aggregate(self) -> Aggregate:
        assert self.expression.aggregate is not None
        return self.expression.aggregate

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the columns the law needs."""
        return tuple(dict.fromkeys(name for power in self.aggregate.powers for name in power.quantity.inputs))

    @property
    def exponents(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(power.exponent for power in self.aggregate.powers))

    @property
    def shapes(self) -> tuple[str, ...]:
        """Parameters that are neither floor, amplitude nor exponent: q and those of effective quantities."""
        q = (self.aggregate.q,) if self.aggregate.q and self.aggregate.q not in self.exponents else ()
        return (*q, *dict.fromkeys(name for power in self.aggregate.powers for name in power.quantity.parameters))

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Natural parameters in the order of the formula."""
        head = (self.expression.floor,) if self.expression.floor else ()
        pairs = dict.fromkeys(name for power in self.aggregate.powers for name in (power.amplitude, power.exponent))
        return (*head, *pairs, *self.shapes)

    def role(self, name: str) -> str:
        """What a parameter is: floor, amplitude, exponent, q, decay or gain."""
        if name == self.expression.floor:
            return "floor"
        if name in self.exponents:
            return "exponent"
        if name == self.aggregate.q:
            return "q"
        for power in self.aggregate.powers:
            if name == power.amplitude:
                return "amplitude"
            if name in power.quantity.parameters:
                return "decay" if isinstance(power.quantity, Repeated) else "gain"
        raise LawError(f"law {self.name!r} has no parameter {name!r}.{closest(name, self.parameter_names)}")

    def prior(self, name: str, role: str | None = None) -> Prior:
        """Prior of a parameter: the law's own, else that of its role."""
        role = role or self.role(name)
        return self.priors.get(name, ROLE_PRIORS["slope" if role == "amplitude" else role])

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        meanings = {
            "floor": ("irreducible loss; prior as a fraction of the least training loss", "response"),
            "amplitude": (
                "size of a term; prior on its slope at the centre of the data, relative to the least loss",
                "mixed",
            ),
            "exponent": ("how fast a term falls with its quantity", "1"),
            "q": ("how the terms join: 1 adds them, towards 0 the larger one rules", "1"),
            "decay": ("repetitions after which repeated data has lost most of its value", "repetitions"),
            "gain": ("what one e-fold of parallel streams adds", "1"),
        }
        return tuple(
            Parameter(name, self.role(name), *meanings[self.role(name)], self.prior(name))
            for name in self.parameter_names
        )

    def evaluate(self, inputs: Values, parameters: Values, xp: Any = np) -> Any:
        """The response (natural units) at inputs and parameters that broadcast; NumPy or PyTensor, nothing checked."""
        latent = self.aggregate.evaluate(inputs, parameters, xp)
        if self.expression.floor:
            latent = parameters[self.expression.floor] + latent
        return self.link.forward(latent, xp)

    def reducible(self, inputs: Values, parameters: Values, xp: Any = np) -> Any:
        """The part of the latent quantity above the floor."""
        return self.aggregate.evaluate(inputs, parameters, xp)

    def predict(self, inputs: Mapping[str, Any], parameters: Mapping[str, Any]) -> Any:
        """What the law says at given inputs and parameters, in natural units; arrays broadcast.

        Raises LawError naming what is missing, unknown or out of range.
        """
        problems = []
        for kind, needed, given in (("input", self.inputs, inputs), ("parameter", self.parameter_names, parameters)):
            problems += [f"{kind} {name!r} is missing" for name in needed if name not in given]
            problems += [
                f"{kind} {name!r} is not one of the law's.{closest(name, needed)}"
                for name in given
                if name not in needed
            ]
        values = {name: np.asarray(value, dtype=float) for name, value in {**inputs, **parameters}.items()}
        problems += [
            f"{name} must be finite and positive, not {v}"
            for name, v in values.items()
            if name in self.inputs and not np.all((v > 0) & np.isfinite(v))
        ]
        if problems:
            raise LawError(f"law {self.name!r} cannot be evaluated: " + "; ".join(problems))
        result = self.evaluate({n: values[n] for n in self.inputs}, {n: values[n] for n in self.parameter_names})
        return float(result) if np.ndim(result) == 0 else result

    @property
    def latex(self) -> str:
        head = [symbol(self.expression.floor)] if self.expression.floor else []
        return r"L = " + self.link.latex % " + ".join([*head, self.aggregate.latex])

    def _repr_latex_(self) -> str:
        return f"${self.latex}$"

    def to_json(self) -> str:
        """The whole law as text: what a stored posterior carries, so that it can be read without a catalogue."""
        document = asdict(self)
        for power, written in zip(self.aggregate.powers, document["expression"]["aggregate"]["powers"], strict=True):
            written["quantity"]["kind"] = type(power.quantity).__name__
        return json.dumps(document, sort_keys=True)

    @staticmethod
    def from_json(text: str) -> "Law":
        """Read back what `to_json` wrote."""
        document = json.loads(text)
        written = document["expression"]["aggregate"]
        powers = tuple(Power(**{**one, "quantity": _quantity_from(one["quantity"])}) for one in written["powers"])
        expression = Expression(document["expression"]["floor"], Aggregate(powers, written["q"]))
        priors = {name: Prior(**prior) for name, prior in document["priors"].items()}
        return Law(**{**document, "expression": expression, "link": Link(**document["link"]), "priors": priors})


QUANTITIES: dict[str, type[Quantity]] = {kind.__name__: kind for kind in (Input, Repeated, Streams)}


def _quantity_from(written: Mapping[str, str]) -> Quantity:
    return QUANTITIES[written["kind"]](**{key: value for key, value in written.items() if key != "kind"})


INPUT_MEANINGS = {
    "n_params": "model parameters (say which: total, non-embedding or active)",
    "n_tokens": "training tokens seen",
    "flops": "training compute in floating-point operations",
    "n_unique_tokens": "distinct training tokens",
    "n_streams": "parallel streams",
}
assert set(INPUT_MEANINGS) == set(SYMBOLS)
