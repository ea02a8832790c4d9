"""What a law and its priors say before any data: parameters from the joint prior, and runs that they would make."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from bayescale.calibration.prior_draws import Values, possible_draw, simulated
from bayescale.calibration.simulate import design_of
from bayescale.calibration.simulations import require_counts
from bayescale.core.arguments import checked
from bayescale.core.random import read_seed
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.spec import Pooling
from bayescale.scaling.predict.draws import from_draws
from bayescale.scaling.single_law import make_spec
from bayescale.scaling_laws.law import Law, Noise
from bayescale.scaling_laws.prior import Prior


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
    priors: Mapping[str, Prior] | None = None,
    n_families: int = 3,
    n_runs: int = 20,
    random_seed: int | None = None,
) -> xr.DataTree:
    """Draw parameters from a law's joint prior, and from each draw a response of every run: are these believable?

    runs   whose inputs, families and runs are taken, and what a fit takes from its data (centre, least response, unit,
           basis): priors of level and slope stand relative to these. None makes up `n_families` of `n_runs` runs over
           the ranges where the law is meant to hold.
    draws  of the prior.

    The answer has ArviZ's groups: `prior`, natural parameters (chain, draw, family) and noise (chain, draw);
    `prior_predictive`, the response (chain, draw, obs) in its own unit, law, discrepancy and noise together;
    `constant_data`, every row's inputs and `run_label`, and the table's own response as `observed` (of made-up runs
    without meaning). `obs_family` tells rows of families apart. Draws at which no data are possible are drawn again.
    The other arguments are those of `fit`. Raises InputError or LawError for a question that cannot be asked, and for
    priors that make no possible data.
    """
    require_counts({"n_families": (n_families, 1), "n_runs": (n_runs, 2), "draws": (draws, 1)})
    spec = make_spec(law, family, discrepancy, noise, pooling, priors)
    rng = np.random.default_rng(read_seed(random_seed))
    design = design_of(spec, runs, n_families, n_runs)
    with np.errstate(over="ignore"):  # a prior may know no bounds
        made = [possible_draw(design, rng)[0] for _ in range(draws)]
        response = np.stack([design.natural(simulated(design, one, rng)) for one in made])
    return _tree(design, {name: np.concatenate([one[name] for one in made], axis=1) for name in made[0]}, response)


def _tree(design: Design, values: Values, response: np.ndarray) -> xr.DataTree:
    functions, _ = from_draws(design, values)
    prior = {name: (("chain", "draw", "family"), value) for name, value in functions.natural.items()}
    noise = {name: (("chain", "draw"), value) for name, value in functions.noise.items()}
    draws = {"chain": [0], "draw": np.arange(len(response))}
    rows = {
        "obs": np.arange(len(design.row)),
        "obs_family": ("obs", np.array([design.families[index] for index in design.family], dtype=str)),
    }
    name = design.spec.law.response
    constant = {one: ("obs", value) for one, value in design.inputs.items()}
    constant["run_label"] = ("obs", np.array([design.runs[index] for index in design.run], dtype=str))
    constant["observed"] = ("obs", design.natural(design.scaled_response))
    return xr.DataTree.from_dict(
        {
            "prior": xr.Dataset(prior | noise, draws | {"family": np.array(design.families, dtype=str)}),
            "prior_predictive": xr.Dataset({name: (("chain", "draw", "obs"), response[None])}, draws | rows),
            "constant_data": xr.Dataset(constant, rows),
        }
    )
