"""Fit one law, or a stack of several, to a table of runs."""

from collections.abc import Mapping, Sequence

from bayescale.core.arguments import checked
from bayescale.core.random import read_seed
from bayescale.errors import InputError
from bayescale.scaling.evaluation.stacked_fit import fit_stack
from bayescale.scaling.model.spec import Pooling
from bayescale.scaling.responses import POOLING, law_of_table, stack_responses
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling.single_law import fit_spec, make_spec, runs_for
from bayescale.scaling_laws.law import Law, Noise
from bayescale.scaling_laws.prior import Prior
from bayescale.scaling_laws.priors.prior_table import PriorTable


@checked
def fit(
    runs: object,
    law: str | Law | Sequence[str | Law] = "joint",
    *,
    family: str | None = "family",
    discrepancy: bool = True,
    noise: Noise | None = None,
    pooling: Mapping[str, Pooling] | None = None,
    priors: Mapping[str, Prior] | PriorTable | None = None,
    sampler: Sampler | None = None,
    random_seed: int | None = None,
    progress: bool | None = None,
    start: Fit | None = None,
    units: Mapping[str, str] | None = None,
    comparable: str = "",
    responses: Sequence[str] | None = None,
) -> Fit:
    """Fit a scaling law to runs.

    Parameters
    ----------
    runs : Runs, path, DataFrame or str
        A `Runs`, or what `read_runs` takes, such as "example:pile". The response is that of the law.
    law : str, Law, or sequence of these, default "joint"
        Name or id in the catalogue, path of a .toml file with one law, or a Law. Several laws are stacked: each is
        fitted, and forecasts mix their draws by weights, which come from a backtest that holds back larger runs of the
        table. Where the intervals of no law contained these runs often enough, forecasts are widened, with a note.
    family : str or None, default "family"
        Column that names families of runs; None takes all runs as one family.
    discrepancy : bool, default True
        Whether the law may be wrong, by a smooth function that is learnt from the data.
    noise : {"growing", "constant"}, optional
        "growing" with the reducible part of the response, or "constant" on the scale that the law is fitted on. By
        default that of the law: growing for losses and other sums of power terms, else constant, as for the best size
        or learning rate and for accuracies.
    pooling : mapping of str to {"shared", "partial", "free"}, optional
        How a parameter varies over families, by parameter of every law. {"noise": "partial"} gives every family a scale
        of noise of its own.
    priors : PriorTable, or mapping of str to Prior, optional
        A table in place of the default priors, such as `learn_priors` or `read_priors` returns; or priors in place of
        the law's own, by parameter of every law.
    sampler : Sampler, optional
        Settings of the sampler.
    random_seed : int, optional
        Seed; by default a new one. It is recorded, and repeats the draws on the same machine.
    progress : bool, optional
        False prints nothing. By default the progress is shown on standard error, one line per stage, or in the
        notebook's cell.
    start : Fit, optional
        An earlier fit of the same law and families to other rows. Sampling starts warm from its draws where it
        converged. This takes less time; the posterior is that of the runs alone.
    units : mapping of str to str, optional
        Units of columns of a table that is read here, such as {"n_params": "millions"}, as in `read_runs`.
    comparable : str, default ""
        Why losses of different evaluation sets or tokenizers may be compared, as in `read_runs`.
    responses : sequence of str, optional
        Measured columns of the same runs that are fitted together, each as a family, as `stack_responses` arranges
        them: three checkpoints of each run. A mixture law of the catalogue takes the weights of the table. Every
        response has a scale of noise of its own, unless `pooling` has {"noise": "shared"}.

    Returns
    -------
    Fit
        The posterior, which passed the convergence checks.

    Raises
    ------
    InputError, LawError
        If the law cannot be fitted to the runs; before sampling.
    ChecksFailed
        If the posterior did not converge after all retries; its attribute `fit` is the posterior.
    """
    laws = [law] if isinstance(law, str | Law) or not isinstance(law, Sequence) else list(law)
    if responses is not None:
        if units:
            raise InputError("units=... is not taken with responses=...: give units to read_runs first")
        runs = stack_responses(runs, responses, comparable=comparable)
        laws = [law_of_table(entry, runs) for entry in laws]
        pooling = {**POOLING, **(pooling or {})}
    specs = [make_spec(entry, family, discrepancy, noise, pooling, priors) for entry in laws]
    seed, settings = read_seed(random_seed), sampler or Sampler()
    table = runs_for([spec.law for spec in specs], runs, units, comparable)
    earlier = {} if start is None else start.posteriors
    if len(specs) == 1:
        return fit_spec(table, specs[0], settings, seed, progress is not False, earlier.get(specs[0].law.name))
    return fit_stack(table, specs, settings, seed, progress is not False, earlier)
