"""From one fitted quantity to the next: loss to task error, compute to loss to accuracy. Draws pass through."""

from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.serialization import fact
from bayescale.core.summary import summarise
from bayescale.data.quantities import to_axis
from bayescale.errors import LawError
from bayescale.scaling.posterior import from_tree
from bayescale.scaling.predict.blocks import of_dataset
from bayescale.scaling.predict.discrepancy_paths import mean_response
from bayescale.scaling.predict.draws import Functions
from bayescale.scaling.predict.forecast import Forecast, predict, run_variance, student
from bayescale.scaling.predict.new_family import functions_of
from bayescale.scaling.predict.targets import extrapolation, flag, read_targets
from bayescale.scaling.stack import members_of, mixed

type Array = NDArray[np.float64]

MOST_DRAWS = 1000  # pairs of draws: each draw of the first quantity is an input of its own to the second


def chain(first: xr.DataTree, second: xr.DataTree, targets: object, prob: float = 0.9) -> Forecast:
    """Forecast the second fit's response where one of its inputs is the first fit's response.

    `targets` are the first's, with whatever other inputs the second law has. Every draw of the first forecast is put
    into its own draw of the second, so that both uncertainties, and the bend between them, are in the result: `law_*`
    carries the first's `law`, `run_*` the first's `run` and the second's noise. A family that the second fit has not
    seen is one never seen. `extrapolation` is the larger of both.
    Raises LawError where the second law has no such input; InputError for targets that cannot be used.
    """
    response = response_of(first)
    for law in (from_tree(member).spec.law for member in members_of(second).values()):
        if response not in law.inputs:
            raise LawError(
                f"law {law.name!r} takes {', '.join(law.inputs)} and not {response!r}, which the first fit forecasts: "
                f"fit a law with the input {response!r}, such as 'downstream_error' for 'loss'"
            )
    before = predict(first, targets, prob)
    dataset = mixed(second, lambda member: _linked(before, response, member))
    linked = dataset["extrapolation"].to_numpy().max(axis=(0, 1))
    farthest = np.maximum(np.asarray(before.table["extrapolation"]), linked)
    draws = {name: dataset[name].to_numpy() for name in ("law", "run")}
    summary = summarise(draws["law"], prob, "law") | summarise(draws["run"], prob, "run")
    table = before.targets.assign(**summary, extrapolation=farthest, flag=[flag(one) for one in farthest])
    return Forecast(of_dataset(dataset.drop_vars("extrapolation")), table, prob, before.targets)


def _linked(before: Forecast, response: str, second: xr.DataTree) -> xr.Dataset:
    """Draws of one law's response, every draw of the first forecast put into its own draw; one chain."""
    functions = functions_of(second)
    size = before.dataset.sizes
    count = min(MOST_DRAWS, size["chain"] * size["draw"], int(np.prod(functions.draws)))
    kept = thinned(functions, count)
    seed = int(fact(second, "predictive_seed"))
    columns = {name: _thin(before.dataset[name].to_numpy(), count) for name in ("law", "run")}
    found: dict[str, list[Array]] = {"law": [], "run": [], "extrapolation": []}
    for index in range(size["target"]):
        mean, _, far = _through(kept, before, index, response, columns["law"][:, index], seed)
        found["law"].append(kept.design.natural(mean))
        found["extrapolation"].append(np.full(count, far))
        mean, variance, _ = _through(kept, before, index, response, columns["run"][:, index], seed)
        found["run"].append(kept.design.natural(mean + np.sqrt(variance) * student(kept, seed, index)[0]))
    draws = {name: (("chain", "draw", "target"), np.stack(values, axis=-1)[None]) for name, values in found.items()}
    coords = {"chain": [0], "draw": np.arange(count), "target": np.arange(size["target"])}
    return xr.Dataset(draws, coords, {"response": kept.design.spec.law.response})


def response_of(tree: xr.DataTree) -> str:
    """Name of the response that a posterior is of."""
    return from_tree(next(iter(members_of(tree).values()))).spec.law.response


def thinned(functions: Functions, count: int) -> Functions:
    """The functions of `count` evenly taken draws, as one chain."""
    weights, scale = functions.weights, functions.scale
    return replace(
        functions,
        natural={name: _thin(value, count)[None] for name, value in functions.natural.items()},
        reducible=_thin(functions.reducible, count)[None],
        noise={name: _thin(value, count)[None] for name, value in functions.noise.items()},
        weights=None if weights is None else _thin(weights, count)[None],
        scale=None if scale is None else _thin(scale, count)[None],
    )


def _thin(values: Array, count: int) -> Array:
    """Evenly taken draws of values (chain, draw, …): (count, …)."""
    flat = values.reshape(-1, *values.shape[2:])
    return np.asarray(flat[np.linspace(0, len(flat) - 1, count).round().astype(int)])


def _through(
    functions: Functions, before: Forecast, index: int, response: str, values: Array, seed: int
) -> tuple[Array, Array, float]:
    """Mean on the second's scale and run variance, each (draw,), at one target's draws of the first response, and how
    far beyond the second's data these lie."""
    target = before.targets.iloc[index]
    design = functions.design
    others = {name: target[name] for name in design.spec.law.inputs if name != response and name in target}
    family = target.get("family")
    others["family"] = family if family in design.families else None
    asked = read_targets(design, pd.DataFrame([{**others, response: float(np.median(values))}]))
    points = np.repeat(asked.log_inputs, len(values), axis=0)
    points[:, design.spec.law.inputs.index(response)] = to_axis(response, values)
    where = np.full(len(values), asked.family[0])
    mean = np.diagonal(mean_response(functions, points, where, seed)[0])
    variance = np.diagonal(run_variance(functions, points, where)[0])
    return mean, variance, float(np.median(extrapolation(design, points)))
