"""Are the inputs and levels that someone asks about in the units of the runs that were fitted?

A table is judged by what its columns say of each other (`data.unit_checks`); what is asked of its posterior is judged
by the range of the same column in training. Far beyond the data is a question; a thousand times below the smallest run,
or a loss that is the exponential of those measured, is a slip.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.data.columns import as_numbers
from bayescale.data.units import UNITS, Kind, kind_of
from bayescale.errors import InputError
from bayescale.scaling.model.design import Design

type Array = NDArray[np.float64]

#: How many times below the smallest training run a value of its kind must lie to be taken for a slip.
BELOW: Mapping[Kind, float] = {"count": 1e3, "flops": 1e4}
BELOW_TOGETHER = 1e2  # where every count of a target does
FACTORS: Mapping[Kind, tuple[float, ...]] = {"count": (1e3, 1e6, 1e9, 1e12), "flops": (1e12, 1e15, 1e18, 1e21)}
FLOPS_PER_TOKEN = 6.0  # per parameter and token: training compute of a run whose table has none
ABOVE, LEAST_PERPLEXITY = 1.5, 5.0  # times the largest loss in training; what a perplexity is at least


def require_target_units(designs: Sequence[Design], table: pd.DataFrame, what: str = "target") -> None:
    """Raise InputError listing the targets that are not in the units of the training runs.

    Parameters
    ----------
    designs
        Of every law that is asked; they share their data.
    table
        Targets with the laws' inputs as columns, one row each; what is no number is another check's to say.
    what
        What a row is called in messages.
    """
    problems = list(dict.fromkeys(text for design in designs for text in target_slips(design, table, what)))
    if problems:
        raise InputError(f"these {what}s are not in the units of the runs that were fitted:", problems)


def target_slips(design: Design, table: pd.DataFrame, what: str = "target") -> list[str]:
    """What is wrong with the units of targets, one sentence a value; see `require_target_units`."""
    names = [name for name in design.spec.law.inputs if name in table.columns]
    training, kinds = design.inputs, {name: kind_of(name, "") for name in names}
    values = {name: as_numbers(table[name])[0] for name in names}
    problems = []
    for i in range(len(table)):
        counts = {name: values[name][i] for name in names if kinds[name] == "count"}
        together = len(counts) > 1 and all(
            0 < value < training[name].min() / BELOW_TOGETHER for name, value in counts.items()
        )
        for name in names:
            value = float(values[name][i])
            if kinds[name] in BELOW:
                below = BELOW_TOGETHER if together and name in counts else BELOW[kinds[name]]
                problems += _too_small(f"{what} {i + 1}: {name}", value, training[name], kinds[name], below)
            elif kinds[name] == "loss":
                problems += level_slips(f"{what} {i + 1}: {name}", value, training[name], "loss")
            elif kinds[name] == "share" and 1 < value <= 100:
                problems.append(f"{what} {i + 1}: {name}={value:g} is a share between 0 and 1: divide by 100")
    return problems


def require_budget_units(designs: Sequence[Design], name: str, budgets: Array) -> None:
    """Raise InputError for compute that is not in floating-point operations, as the training runs show it."""
    inputs = designs[0].inputs
    training = FLOPS_PER_TOKEN * inputs["n_params"] * inputs["n_tokens"]
    problems = [text for value in budgets for text in _too_small(name, float(value), training, "flops", BELOW["flops"])]
    if problems:
        raise InputError("these budgets are not in the units of the runs that were fitted:", problems)


def require_served_units(designs: Sequence[Design], tokens_served: float) -> None:
    """Raise InputError for tokens served that are not absolute counts, as the training tokens show them."""
    problems = _too_small("tokens_served", tokens_served, designs[0].inputs["n_tokens"], "count", BELOW["count"])
    if problems:
        raise InputError("these tokens are not in the units of the runs that were fitted:", problems)


def require_level_units(designs: Sequence[Design], name: str, levels: Array) -> None:
    """Raise InputError for levels of the response that are in another unit than the training runs' response."""
    design = designs[0]
    response, measured = design.spec.law.response, design.natural(design.scaled_response)
    problems = []
    for value in levels:
        problems += level_slips(name, float(value), measured, kind_of(response, response))
    if problems:
        raise InputError("these levels are not in the unit of the runs that were fitted:", problems)


def level_slips(name: str, value: float, training: Array, kind: Kind) -> list[str]:
    """A loss that is probably a perplexity, a share that is a percentage."""
    largest = float(training.max())
    if kind == "share" and 1 < value <= 100 and largest <= 1:
        return [f"{name}={value:g} is a share between 0 and 1: divide by 100"]
    plausible = training.min() / 2 < np.log(max(value, 1.0)) < ABOVE * largest
    if kind == "loss" and value > max(LEAST_PERPLEXITY, ABOVE * largest) and plausible:
        return [
            f"{name}={value:g} is far above {training.min():.3g} to {largest:.3g} nats, as measured and forecast, "
            f"so it is probably a perplexity: take its natural logarithm, {np.log(value):.3g}"
        ]
    return []


def _too_small(name: str, value: float, training: Array, kind: Kind, below: float) -> list[str]:
    """A sentence where a count or compute lies too far below the smallest of the training runs to be meant."""
    least = float(training.min())
    if not 0 < value < least / below:
        return []
    usual = float(training.max()) / 10  # a target lies among the larger runs, or beyond
    likely = next((factor for factor in FACTORS[kind] if value * factor >= usual), FACTORS[kind][-1])
    factors = [factor for factor in FACTORS[kind] if factor < likely and value * factor >= least] + [likely]
    names = {factor: unit for unit, factor in UNITS[kind].items()}
    readings = ", ".join(f"by {factor:.0e} if it is in {names[factor]}" for factor in reversed(factors))
    unit = "absolute counts" if kind == "count" else "floating-point operations"
    return [
        f"{name}={value:g} is {least / value:.1e} times below the smallest of the training runs ({least:.3g}); give "
        f"{unit}: multiply {readings}".replace("e+0", "e").replace("e+", "e")
    ]
