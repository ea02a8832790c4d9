"""Prior predictive simulation: parameters from the joint prior, and the response of runs that they give."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from bayescale.calibration.prior_draws import Values, possible_draw, simulated
from bayescale.calibration.simulated_design import design_of
from bayescale.calibration.simulations import require_counts
from bayescale.core.arguments import checked
from bayescale.core.random import read_seed
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.spec import Pooling
from bayescale.scaling.predict.draws import from_draws
from bayescale.scaling.single_law import make_spec
from bayescale.scaling_laws.law import Law, Noise
from bayescale.scaling_laws.prior import Prior
from bayescale.scaling_laws.priors.prior_table import PriorTable


@checked
def prior_predictive(
    law: str | Law = "joint",
    runs: object = None,
    *,
    draws: int = 200,
    family: str | None = "family",
    discrepancy: bool = True,
    noise: Noise | None = None,
    pooling: Mapping[str, Pooling] | None = None,
    priors: Mapping[str, Prior] | PriorTable | None = None,
    n_families: int = 3,
    n_runs: int = 20,
    random_seed: int | None = None,
) -> xr.DataTree:
    """Draw parameters from a law's joint prior, and from each draw a response of every run.

    Use it to see whether priors give believable data.

    Parameters
    ----------
    law : str or Law, default "joint"
        The law.
    runs : Runs, table or path, optional
        Runs whose inputs, families and runs are used, and what a fit takes from its data (centre, least response, unit,
        basis): priors of level and slope are relative to these. None makes up runs over the ranges of the law.
    draws : int, default 200
        Number of draws of the prior.
    family, discrepancy, noise, pooling, priors
        As in `fit`.
    n_families, n_runs : int, default 3 and 20
        Number of families, and of runs of each, where `runs` is None.
    random_seed : int, optional
        Seed.

    Returns
    -------
    xarray.DataTree
        ArviZ's groups: `prior`, natural parameters (chain, draw, family) and noise (chain, draw); `prior_predictive`,
        the response (chain, draw, obs) in its unit, of law, discrepancy and noise together; `constant_data`, every
        row's inputs and `run_label`, and the table's response as `observed` (without meaning where runs are made up).
        `obs_family` is the family of each row. Draws at which no data are possible are drawn again.

    Raises
    ------
    InputError
        If an argument cannot be used.
    LawError
        If the law does not fit the runs, or its priors make no possible data.
    """
    require_counts({"n_families": (n_families, 1), "n_runs": (n_runs, 2), "draws": (draws, 1)})
    spec = make_spec(law, family, discrepancy, noise, pooling, priors)
    rng = np.random.default_rng(read_seed(random_seed))
    return prior_groups(design_of(spec, runs, n_families, n_runs), draws, rng)


def prior_groups(design: Design, draws: int, rng: np.random.Generator) -> xr.DataTree:
    """Draw parameters from the prior of a design, and from each draw a response of every row.

    Parameters
    ----------
    design : Design
        The model and its rows.
    draws : int
        Number of draws.
    rng : numpy.random.Generator
        Source of random numbers.

    Returns
    -------
    xarray.DataTree
        The groups that `prior_predictive` lists.
    """
    with np.errstate(over="ignore"):  # a prior may know no bounds
        values = [possible_draw(design, rng)[0] for _ in range(draws)]
        response = np.stack([design.natural(simulated(design, draw, rng)) for draw in values])
    joined = {name: np.concatenate([draw[name] for draw in values], axis=1) for name in values[0]}
    return _tree(design, joined, response)


def _tree(design: Design, values: Values, response: np.ndarray) -> xr.DataTree:
    functions, _ = from_draws(design, values)
    prior = {name: (("chain", "draw", "family"), value) for name, value in functions.natural.items()}
    noise = {name: (("chain", "draw"), value) for name, value in functions.noise.items()}
    if functions.noise_scale is not None:
        prior["noise_scale"] = (("chain", "draw", "family"), functions.noise_scale)
    draws = {"chain": [0], "draw": np.arange(len(response))}
    rows = {
        "obs": np.arange(len(design.row)),
        "obs_family": ("obs", np.array([design.families[index] for index in design.family], dtype=str)),
    }
    name = design.spec.law.response
    constant = {column: ("obs", value) for column, value in design.inputs.items()}
    constant["run_label"] = ("obs", np.array([design.runs[index] for index in design.run], dtype=str))
    constant["observed"] = ("obs", design.natural(design.scaled_response))
    return xr.DataTree.from_dict(
        {
            "prior": xr.Dataset(prior | noise, draws | {"family": np.array(design.families, dtype=str)}),
            "prior_predictive": xr.Dataset({name: (("chain", "draw", "obs"), response[None])}, draws | rows),
            "constant_data": xr.Dataset(constant, rows),
        }
    )
