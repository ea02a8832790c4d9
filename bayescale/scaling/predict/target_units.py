"""Validation of units: whether targets, budgets and levels are in the units of the training runs.

Columns of a table are compared with each other (`data.runs_validation.unit_checks`); a target is compared with the
range of the same column in training. A target far beyond the data is legitimate. A count a thousand times below the
smallest run, or a loss that is the exponential of those measured, is in the wrong unit.
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

#: How many times below the smallest training run a value of its kind must lie to be in the wrong unit.
BELOW: Mapping[Kind, float] = {"count": 1e3, "flops": 1e4}
BELOW_TOGETHER = 1e2  # the same, where every count of a target lies so far below
FACTORS: Mapping[Kind, tuple[float, ...]] = {"count": (1e3, 1e6, 1e9, 1e12), "flops": (1e12, 1e15, 1e18, 1e21)}
FLOPS_PER_TOKEN = 6.0  # per parameter and token: training compute of a run whose table has none
ABOVE = 1.5  # times the largest loss in training, above which a level may be a perplexity
LEAST_PERPLEXITY = 5.0  # smallest value taken for a perplexity


def require_target_units(designs: Sequence[Design], table: pd.DataFrame, row_name: str = "target") -> None:
    """Require that targets are in the units of the training runs.

    Parameters
    ----------
    designs : sequence of Design
        Designs of every law; they have their data in common.
    table : DataFrame
        Targets, with the laws' inputs as columns. Values that are not numbers are left to other checks.
    row_name : str, default "target"
        How messages name a row.

    Raises
    ------
    InputError
        If a target is not in these units; lists all of them.
    """
    problems = list(dict.fromkeys(text for design in designs for text in target_slips(design, table, row_name)))
    if problems:
        raise InputError(f"these {row_name}s are not in the units of the runs that were fitted:", problems)


def target_slips(design: Design, table: pd.DataFrame, row_name: str = "target") -> list[str]:
    """Find targets in the wrong unit.

    Parameters
    ----------
    design : Design
        The training data.
    table : DataFrame
        Targets, with the law's inputs as columns.
    row_name : str, default "target"
        How messages name a row.

    Returns
    -------
    list of str
        One sentence per value.
    """
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
                problems += _too_small(f"{row_name} {i + 1}: {name}", value, training[name], kinds[name], below)
            elif kinds[name] == "loss":
                problems += level_slips(f"{row_name} {i + 1}: {name}", value, training[name], "loss")
            elif kinds[name] == "share" and 1 < value <= 100:
                problems.append(f"{row_name} {i + 1}: {name}={value:g} is a share between 0 and 1: divide by 100")
    return problems


def require_budget_units(training: Array, name: str, budgets: Array) -> None:
    """Require that budgets of compute are in floating-point operations.

    Parameters
    ----------
    training : ndarray
        Compute of the training runs (obs,), in FLOP.
    name : str
        Name of the argument.
    budgets : ndarray
        Budgets (budget,).

    Raises
    ------
    InputError
        If a budget lies too far below the compute of the training runs.
    """
    problems = [text for value in budgets for text in _too_small(name, float(value), training, "flops", BELOW["flops"])]
    if problems:
        raise InputError("these budgets are not in the units of the runs that were fitted:", problems)


def require_served_units(designs: Sequence[Design], tokens_served: float) -> None:
    """Require that tokens served are an absolute count.

    Parameters
    ----------
    designs : sequence of Design
        Designs of every law.
    tokens_served : float
        Tokens; 0 is none.

    Raises
    ------
    InputError
        If they lie too far below the tokens of the training runs.
    """
    if not tokens_served:  # laws without tokens have a cost by a formula
        return
    problems = _too_small("tokens_served", tokens_served, designs[0].inputs["n_tokens"], "count", BELOW["count"])
    if problems:
        raise InputError("these tokens are not in the units of the runs that were fitted:", problems)


def require_level_units(designs: Sequence[Design], name: str, levels: Array) -> None:
    """Require that levels of the response are in the unit of the training runs' response.

    Parameters
    ----------
    designs : sequence of Design
        Designs of every law.
    name : str
        Name of the argument.
    levels : ndarray
        Levels (level,).

    Raises
    ------
    InputError
        If a level looks like a perplexity or a percentage.
    """
    design = designs[0]
    response, measured = design.spec.law.response, design.natural(design.scaled_response)
    problems = []
    for value in levels:
        problems += level_slips(name, float(value), measured, kind_of(response, response))
    if problems:
        raise InputError("these levels are not in the unit of the runs that were fitted:", problems)


def level_slips(name: str, value: float, training: Array, kind: Kind) -> list[str]:
    """Describe a level in the wrong unit: a loss that is probably a perplexity, a share that is a percentage.

    Parameters
    ----------
    name : str
        Name of the argument.
    value : float
        The level.
    training : ndarray
        The training runs' response, or forecasts of it.
    kind : str
        Kind of quantity, as `kind_of` returns it.

    Returns
    -------
    list of str
        One sentence, or none.
    """
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
    """Describe a count or compute that lies too far below the smallest training run: one sentence, or none."""
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
