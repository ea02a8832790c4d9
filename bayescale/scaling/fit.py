"""The way in: `fit` takes runs to a checked posterior, of one law or of several stacked."""

from collections.abc import Mapping, Sequence

from bayescale.core.arguments import checked
from bayescale.core.random import read_seed
from bayescale.scaling.evaluation.stacked_fit import fit_stack
from bayescale.scaling.model.design import Pooling
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling.single_law import fit_spec, make_spec, runs_for
from bayescale.scaling_laws.law import Law, Noise
from bayescale.scaling_laws.prior import Prior


@checked
def fit(
    runs: object,
    law: str | Law | Sequence[str | Law] = "joint",
    *,
    family: str | None = "family",
    discrepancy: bool = True,
    noise: Noise | None = None,
    pooling: Mapping[str, Pooling] | None = None,
    priors: Mapping[str, Prior] | None = None,
    sampler: Sampler | None = None,
    random_seed: int | None = None,
    progress: bool | None = None,
    start: Fit | None = None,
    units: Mapping[str, str] | None = None,
    comparable: str = "",
) -> Fit:
    """Fit a scaling law to runs and return the posterior, checked.

    runs         a `Runs`, or what `read_runs` takes: a path, a DataFrame, "example:pile"; the response is the law's.
    law          name or id in the catalogue, a .toml file that holds one, or a Law. Several are stacked: each is
                 fitted, and forecasts mix their draws by weights that larger runs of the table, held back in a
                 backtest, give them. Where no law's intervals held these, forecasts are widened by what would have,
                 and say so.
    family       column that names families of runs; None takes all runs as one.
    discrepancy  whether the law may be wrong, by a smooth function that the data shape.
    noise        "growing" with the reducible part of the response, or "constant" on the scale that the law is fitted
                 on. None takes the law's usual one: growing for losses and for what falls by power terms, else
                 constant, as for the best size or learning rate and for accuracies.
    pooling      how a parameter varies over families: "shared", "partial" or "free", by parameter.
    priors       in place of a parameter's own, by parameter.
    random_seed  a whole number; None takes a fresh one. It is recorded, and repeats the draws on the same machine.
    progress     False is silent; else standard error says where the fit is, a line a stage (a notebook: its cell).
    start        an earlier fit of the same question, of other rows: sampling starts warm from its draws, where law and
                 families are the same and it converged. It takes less then, and the answer is that of the runs alone.
    units        what columns of a table that is read here are in, such as {"n_params": "millions"}, and
    comparable   why its losses may stand together where evaluation sets or tokenizers differ: both as in `read_runs`.

    `pooling` and `priors` name parameters of every law given.
    Raises InputError or LawError, before sampling, for what cannot be fitted; ChecksFailed, carrying the posterior as
    `fit`, where it did not converge after every escalation.
    """
    given = [law] if isinstance(law, str | Law) or not isinstance(law, Sequence) else list(law)
    specs = [make_spec(one, family, discrepancy, noise, pooling, priors) for one in given]
    seed, how = read_seed(random_seed), sampler or Sampler()
    table = runs_for([one.law for one in specs], runs, units, comparable)
    shown = progress is not False
    earlier = {} if start is None else start.posteriors
    if len(specs) == 1:
        return fit_spec(table, specs[0], how, seed, shown, earlier.get(specs[0].law.name))
    return fit_stack(table, specs, how, seed, shown, earlier)
