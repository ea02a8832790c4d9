"""Validation of the parts of a law: one list of every problem, for laws made in Python and laws read from a file."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from bayescale.core.limits import problem_of_symbol
from bayescale.data.quantities import impossible
from bayescale.errors import closest
from bayescale.scaling_laws.expression import Expression
from bayescale.scaling_laws.prior import Prior
from bayescale.scaling_laws.signature import input_names, parameter_names

POOLINGS = ("shared", "partial", "free")
#: The word for a prior in a file, by its scale.
PRIOR_WORDS = {"log": "median", "identity": "mean", "logit": "logit"}
#: Names that a posterior uses itself, so that no parameter may have them.
RESERVED = (
    *("chain", "draw", "family", "parameter", "coordinate", "population", "spread", "basis", "run", "obs", "input"),
)
RESERVED_PREFIXES = ("noise_", "discrepancy_")
#: Columns of a table of runs that contain labels.
LABELS = {"family", "run", "row"}


def problems_of(
    expression: Expression,
    response: str,
    priors: Mapping[str, Prior | None],
    pooling: Mapping[str, str],
    meanings: Iterable[str],
    ranges: Mapping[str, tuple[float, float]],
    counts: Iterable[str] = (),
    defaults: Iterable[str] = (),
) -> list[str]:
    """List every problem of a law made of these parts.

    Parameters
    ----------
    expression : Expression
        The formula.
    response : str
        Name of the measured column.
    priors : mapping of str to Prior or None
        Priors by parameter. None stands for a prior that cannot be read; its name still counts as a parameter.
    pooling : mapping of str to str
        Pooling by parameter.
    meanings : iterable of str
        Parameters that have a meaning.
    ranges : mapping of str to (float, float)
        Lowest and highest value by input.
    counts, defaults : iterable of str, default ()
        Inputs that have a definition, and inputs that have a default.

    Returns
    -------
    list of str
        The problems, each with the place, the value and what is allowed; empty for a valid law.
    """
    if expression.aggregate is None and expression.extra is None:
        return ["neither a power term nor a formula: a constant is not a scaling law. Add a power term or a formula"]
    parameters, inputs = parameter_names(expression, priors), input_names(expression, priors)
    problems = _name_problems(expression, response, parameters, inputs)
    for key, names, known, kind in (
        ("priors", priors, parameters, "parameter"),
        ("pooling", pooling, parameters, "parameter"),
        ("meanings", meanings, parameters, "parameter"),
        ("ranges", ranges, inputs, "input"),
        ("counts", counts, inputs, "input"),
        ("defaults", defaults, inputs, "input"),
    ):
        unknown = [name for name in names if name not in known]
        problems += [f"{key}.{name}: the law has no {kind} {name!r}.{closest(name, known)}" for name in unknown]
    problems += [
        f"pooling.{name}: {how!r} is not known.{closest(str(how), POOLINGS)}"
        for name, how in pooling.items()
        if how not in POOLINGS
    ]
    problems += _prior_problems(expression, priors)
    return problems + [
        f"ranges.{name}: the low end {low:g} is not below the high end {high:g}"
        for name, (low, high) in ranges.items()
        if not low < high
    ]


def _name_problems(
    expression: Expression, response: str, parameters: Sequence[str], inputs: Sequence[str]
) -> list[str]:
    """Names with two roles, reserved names, quantities without inputs, and a q with too few terms."""
    powers, q = expression.powers, expression.aggregate and expression.aggregate.q
    exponents = {power.exponent for power in powers} | ({q} if q else set())  # q may be one of the exponents
    unique = [power.amplitude for power in powers] + ([expression.floor] if expression.floor else [])
    repeated = sorted({name for name in unique if unique.count(name) > 1 or name in exponents})
    problems = [
        f"{name!r} has two roles: give the floor, each amplitude and the exponents different names" for name in repeated
    ]
    problems += [
        problem for name in dict.fromkeys((*parameters, *inputs)) if (problem := problem_of_symbol(name, "name"))
    ]
    problems += [
        f"{name!r} is a name that posteriors use themselves: rename the parameter"
        for name in sorted(parameters)
        if name in RESERVED or name.startswith(RESERVED_PREFIXES)
    ]
    problems += [
        f"input {name!r} is a column of labels, not of numbers: use another input or rename the column"
        for name in sorted(LABELS.intersection(inputs))
    ]
    if response in expression.names:
        problems.append(f"{response!r} is the response and also a name in a formula: rename one of them")
    for number, power in enumerate(powers, start=1):
        names = set(power.quantity.names)
        if not names.intersection(inputs) or names.intersection(unique):
            problems.append(
                f"power {number}: the quantity {power.quantity.text!r} must contain an input, and no floor or amplitude"
            )
    if not inputs:
        problems.append("no input: every name in the law is a parameter. Remove the prior of the name that is an input")
    if q and len(powers) < 2:
        problems.append(f"q joins two or more power terms, not {len(powers)}: remove q or add a power term")
    return problems


def _prior_problems(expression: Expression, priors: Mapping[str, Prior | None]) -> list[str]:
    """Priors on a scale that their parameter cannot have, such as one that allows negative exponents."""
    powers, floor = expression.powers, expression.floor
    if not powers:
        return []
    allowed: dict[str, tuple[str, ...]] = {power.exponent: ("log", "logit") for power in powers}
    if expression.aggregate and expression.aggregate.q:
        allowed[expression.aggregate.q] = ("log", "logit")
    for power in powers:  # without a floor, the last amplitude stands for the level and the others for shares
        allowed[power.amplitude] = ("log", "logit") if floor else ("log",) if power is powers[-1] else ("logit",)
    if floor:
        allowed[floor] = ("log", "logit")
    return [
        f"priors.{name}: this parameter takes a prior by {' or '.join(PRIOR_WORDS[scale] for scale in allowed[name])}, "
        f"not by {PRIOR_WORDS[prior.scale]}"
        for name, prior in priors.items()
        if prior is not None and prior.scale not in allowed.get(name, (prior.scale,))
    ]


def evaluation_problems(
    inputs: Sequence[str],
    parameters: Sequence[str],
    input_values: Mapping[str, object],
    parameter_values: Mapping[str, object],
) -> list[str]:
    """List what is missing, unknown or out of range in values at which a law is to be evaluated.

    Parameters
    ----------
    inputs, parameters : sequence of str
        Names of the law's inputs and parameters.
    input_values, parameter_values : mapping of str to array_like
        Values by name.

    Returns
    -------
    list of str
        The problems.
    """
    problems = []
    for kind, needed, values in (
        ("input", inputs, input_values),
        ("parameter", parameters, parameter_values),
    ):
        problems += [f"{kind} {name!r} is missing" for name in needed if name not in values]
        problems += [f"the law has no {kind} {name!r}.{closest(name, needed)}" for name in values if name not in needed]
    for name in inputs:
        if name in input_values:
            array = np.asarray(input_values[name], dtype=float)
            for index, allowed in impossible(name, array)[:1]:
                problems.append(f"{name} must be {allowed}, not {array.ravel()[index]:g}")
    return problems
