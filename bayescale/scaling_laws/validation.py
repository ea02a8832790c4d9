"""What makes parts a law: one list of everything wrong with them, whether Python or a file put them together."""

from collections.abc import Iterable, Mapping

from bayescale.core.limits import problem_of_symbol
from bayescale.errors import closest
from bayescale.scaling_laws.expression import Expression
from bayescale.scaling_laws.prior import Prior

POOLINGS = ("shared", "partial", "free")
KIND_OF = {"log": "median", "identity": "mean", "logit": "logit"}  # how a prior is written, by its scale
#: Names of a posterior's own, which no parameter may have; said here so that a fit does not find out at its end.
RESERVED = (
    *("chain", "draw", "family", "parameter", "coordinate", "population", "spread", "basis", "run", "obs", "input"),
)
OWN_PREFIXES = ("noise_", "discrepancy_")
LABELS = {"family", "run", "row"}  # columns of a table of runs that are no inputs


def problems_of(
    expression: Expression,
    response: str,
    priors: Mapping[str, Prior | None],
    pooling: Mapping[str, str],
    meanings: Iterable[str],
    ranges: Iterable[str],
) -> list[str]:
    """Everything wrong with a law made of these parts; empty where nothing is.

    A prior is None where one is given that cannot be read: its name is a parameter's all the same.
    """
    if expression.aggregate is None and expression.extra is None:
        return ["neither a power term nor a formula: a constant is no scaling law"]
    parameters, inputs = _named(expression, priors)
    problems = _names(expression, response, parameters, inputs)
    for key, said, known, what in (
        ("priors", priors, parameters, "parameter"),
        ("pooling", pooling, parameters, "parameter"),
        ("meanings", meanings, parameters, "parameter"),
        ("ranges", ranges, inputs, "input"),
    ):
        unknown = [name for name in said if name not in known]
        problems += [f"{key}.{name}: the law has no {what} {name!r}.{closest(name, known)}" for name in unknown]
    problems += [
        f"pooling.{name}: {how!r} is not known.{closest(str(how), POOLINGS)}"
        for name, how in pooling.items()
        if how not in POOLINGS
    ]
    return problems + _kinds(expression, priors)


def _named(expression: Expression, priors: Iterable[str]) -> tuple[list[str], list[str]]:
    """Names of parameters and of inputs, in the order of the formula."""
    powers, q = expression.powers, expression.aggregate and expression.aggregate.q
    pairs = [name for power in powers for name in (power.amplitude, power.exponent)]
    own = [name for name in (expression.floor, *pairs, q) if name]
    parameters = [*dict.fromkeys([*own, *(name for name in expression.names if name in set(priors))])]
    return parameters, [name for name in expression.names if name not in parameters]


def _names(expression: Expression, response: str, parameters: list[str], inputs: list[str]) -> list[str]:
    """Names in two roles, reserved names, terms that cannot be."""
    powers, q = expression.powers, expression.aggregate and expression.aggregate.q
    exponents = {power.exponent for power in powers} | ({q} if q else set())  # q may be one of the exponents
    single = [power.amplitude for power in powers] + ([expression.floor] if expression.floor else [])
    twice = sorted({name for name in single if single.count(name) > 1 or name in exponents})
    out = [f"{name!r} has two roles: floor, amplitudes, exponents and q need names of their own" for name in twice]
    taken = sorted(name for name in parameters if name in RESERVED or name.startswith(OWN_PREFIXES))
    every = dict.fromkeys((*parameters, *inputs))
    out += [problem for name in every if (problem := problem_of_symbol(name, "name"))]
    out += [f"{name!r} is a name of the posterior's own: call the parameter another" for name in taken]
    out += [f"input {name!r} names no measured number" for name in sorted(LABELS.intersection(inputs))]
    if response in expression.names:
        out.append(f"{response!r} is the response and also a name in a formula")
    for number, power in enumerate(powers, start=1):
        if not set(inputs).intersection(power.quantity.names) or set(single).intersection(power.quantity.names):
            out.append(f"power {number}: quantity must be of inputs, with no floor or amplitude in it")
    if not inputs:
        out.append("no input: every name in the law is a parameter")
    if q and len(powers) < 2:
        out.append(f"q joins two or more power terms, not {len(powers)}")
    return out


def _kinds(expression: Expression, priors: Mapping[str, Prior | None]) -> list[str]:
    """Priors that allow what their parameter cannot be: negative exponents, say."""
    powers, floor = expression.powers, expression.floor
    if not powers:
        return []
    allowed: dict[str, tuple[str, ...]] = {power.exponent: ("log", "logit") for power in powers}
    if expression.aggregate and expression.aggregate.q:
        allowed[expression.aggregate.q] = ("log", "logit")
    for power in powers:  # without a floor, all but the last stand for a share, and the last for the level
        allowed[power.amplitude] = ("log", "logit") if floor else ("log",) if power is powers[-1] else ("logit",)
    if floor:
        allowed[floor] = ("log", "logit")
    out = []
    for name, prior in priors.items():
        if prior is not None and prior.scale not in allowed.get(name, (prior.scale,)):
            fitting = " or ".join(KIND_OF[scale] for scale in allowed[name])
            out.append(f"priors.{name}: this parameter takes {fitting}, not {KIND_OF[prior.scale]}")
    return out
