"""Forecasts through two fits, such as from loss to task error: every draw of the first is an input to the second."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from bayescale.core.summary import summaries
from bayescale.data.quantities import to_axis
from bayescale.errors import LawError
from bayescale.scaling.posterior import FittedLaws, Posterior
from bayescale.scaling.predict.blocks import VARIABLES, of_dataset
from bayescale.scaling.predict.discrepancy_paths import paired_response
from bayescale.scaling.predict.draws import Functions
from bayescale.scaling.predict.forecast import Forecast, forecast
from bayescale.scaling.predict.predictive import run_variance, standard_noise
from bayescale.scaling.predict.targets import extrapolation, flag, read_targets

type Array = NDArray[np.float64]

MOST_DRAWS = 1000  # pairs of draws: each draw of the first quantity is a separate input of the second


@dataclass(frozen=True, eq=False)
class Chain:
    """Two fits, the response of the first being an input of the second, such as loss and then task error.

    Parameters
    ----------
    first, second : FittedLaws
        The fits.
    """

    first: FittedLaws
    second: FittedLaws

    def forecast(self, targets: object, prob: float = 0.9) -> Forecast:
        """Forecast the second fit's response at targets of the first.

        Each draw of the first forecast is an input to its own draw of the second, so that the result contains both
        uncertainties and the curvature between them: `law_*` carries the first fit's `law`, and `run_*` the first
        fit's `run` and the second's noise.

        Parameters
        ----------
        targets : object
            What the first fit's `forecast` takes, with the other inputs of the second law. A family that the second fit
            does not know is a new family there.
        prob : float, default 0.9
            Probability of the equal-tailed intervals.

        Returns
        -------
        Forecast
            Draws of the second response, as one chain. `extrapolation` is the larger of both fits'.

        Raises
        ------
        LawError
            If a law of the second fit does not take the first fit's response.
        InputError
            If the targets cannot be used.
        """
        _require_link(self.first, self.second)
        before = forecast(self.first, targets, prob)
        dataset = self.second.mix(lambda posterior: _linked(before, self.first.response, posterior))
        linked = dataset["extrapolation"].to_numpy().max(axis=(0, 1))
        farthest = np.maximum(np.asarray(before.table["extrapolation"]), linked)
        summary = summaries({name: dataset[name].to_numpy() for name in VARIABLES}, prob)
        table = before.targets.assign(**summary, extrapolation=farthest, flag=[*map(flag, farthest)])
        return Forecast(of_dataset(dataset.drop_vars("extrapolation")), table, prob, before.targets)


def _require_link(first: FittedLaws, second: FittedLaws) -> None:
    """Raise LawError unless every law of the second fit takes the first fit's response."""
    for law in second.laws.values():
        if first.response not in law.inputs:
            raise LawError(
                f"law {law.name!r} takes {', '.join(law.inputs)} and not {first.response!r}, which the first fit "
                f"forecasts: fit a law with the input {first.response!r}, such as 'downstream_error' for 'loss'"
            )


def _linked(before: Forecast, response: str, second: Posterior) -> xr.Dataset:
    """Draw one law's response, each draw of the first forecast being an input to its own draw; one chain."""
    functions, seed = second.functions, second.predictive_seed
    size = before.dataset.sizes
    count = min(MOST_DRAWS, size["chain"] * size["draw"], int(np.prod(functions.draws)))
    thinned_functions = thinned(functions, count)
    natural, df = functions.design.natural, thinned_functions.noise["noise_df"]
    columns = {name: _thin(before.dataset[name].to_numpy(), count) for name in VARIABLES}
    draws: dict[str, list[Array]] = {"law": [], "run": [], "extrapolation": []}
    for index in range(size["target"]):
        mean, _, far = _through(thinned_functions, before, index, response, columns["law"][:, index], seed)
        draws["law"].append(natural(mean))
        draws["extrapolation"].append(np.full(count, far))
        mean, variance, _ = _through(thinned_functions, before, index, response, columns["run"][:, index], seed)
        draws["run"].append(natural(mean + np.sqrt(variance) * standard_noise(df, seed, index)[0]))
    variables = {name: (("chain", "draw", "target"), np.stack(values, axis=-1)[None]) for name, values in draws.items()}
    labels = {str(name): values for name, values in before.dataset.coords.items() if values.dims == ("target",)}
    coords = {"chain": [0], "draw": np.arange(count), **labels}
    return xr.Dataset(variables, coords, {"response": second.law.response})


def thinned(functions: Functions, count: int) -> Functions:
    """Take draws evenly, as one chain.

    Parameters
    ----------
    functions : Functions
        Posterior draws.
    count : int
        How many to take.

    Returns
    -------
    Functions
        The same functions with one chain of `count` draws.
    """
    weights, scale, noise_scale = functions.weights, functions.scale, functions.noise_scale
    return replace(
        functions,
        natural={name: _thin(value, count)[None] for name, value in functions.natural.items()},
        reducible=_thin(functions.reducible, count)[None],
        noise={name: _thin(value, count)[None] for name, value in functions.noise.items()},
        weights=None if weights is None else _thin(weights, count)[None],
        scale=None if scale is None else _thin(scale, count)[None],
        noise_scale=None if noise_scale is None else _thin(noise_scale, count)[None],
    )


def _thin(values: Array, count: int) -> Array:
    """Take draws of values (chain, draw, ...) evenly: (count, ...)."""
    flat = values.reshape(-1, *values.shape[2:])
    return np.asarray(flat[np.linspace(0, len(flat) - 1, count).round().astype(int)])


def _through(
    functions: Functions, before: Forecast, index: int, response: str, values: Array, seed: int
) -> tuple[Array, Array, float]:
    """Return mean and run variance of the second response (draw,) at one target's draws of the first.

    The third value is how far beyond the second fit's data these draws lie.
    """
    target = before.targets.iloc[index]
    design = functions.design
    others = {name: target[name] for name in design.spec.law.inputs if name != response and name in target}
    family = target.get("family")
    others["family"] = family if family in design.families else None
    targets = read_targets(design, pd.DataFrame([{**others, response: float(np.median(values))}]))
    points = np.repeat(targets.log_inputs, len(values), axis=0)
    points[:, design.spec.law.inputs.index(response)] = to_axis(response, values)
    families = np.full(len(values), targets.family[0])
    mean = paired_response(functions, points, families, seed)
    variance = np.diagonal(run_variance(functions, points, families)[0])
    return mean, variance, float(np.median(extrapolation(design, points)))
