"""Fit one law to a table: its spec from the arguments of a call, its posterior from the spec."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from bayescale.data.io import source_columns
from bayescale.data.quantities import KNOWN
from bayescale.data.reading import read_runs
from bayescale.data.runs import Runs
from bayescale.errors import ChecksFailed, InputError, LawError
from bayescale.scaling.checks.convergence import publication_gate
from bayescale.scaling.model.design import Design, make_design
from bayescale.scaling.model.priors import coordinate_names
from bayescale.scaling.model.spec import Pooling, Spec
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.posterior_tree import to_tree
from bayescale.scaling.predict.target_units import require_target_units
from bayescale.scaling.predict.targets import read_targets
from bayescale.scaling.refusal import refusal
from bayescale.scaling.result import Fit
from bayescale.scaling.rows.left_out_rows import information_loss
from bayescale.scaling.rows.row_limit import MOST_ROWS, fitted_rows
from bayescale.scaling.sampling.noiseless_rows import require_scatter
from bayescale.scaling.sampling.nuts import NoDraws
from bayescale.scaling.sampling.retries import sample_posterior
from bayescale.scaling.sampling.sampler import Sampler
from bayescale.scaling.sampling.warm_start import warm_start_of
from bayescale.scaling_laws.law import Law, Noise
from bayescale.scaling_laws.prior import Prior
from bayescale.scaling_laws.priors.prior_files import default_table
from bayescale.scaling_laws.priors.prior_table import PriorTable
from bayescale.scaling_laws.registry import CATALOGUE
from bayescale.scaling_laws.registry import law as find_law
from bayescale.scaling_laws.responses import advice


def make_spec(
    law: object,
    family: str | None,
    discrepancy: bool,
    noise: Noise | None,
    pooling: Mapping[str, Pooling] | None,
    priors: Mapping[str, Prior] | PriorTable | None = None,
) -> Spec:
    """Make the spec of one law from the arguments of `fit`.

    Parameters
    ----------
    law : str or Law
        Name or id in the catalogue, path of a .toml file, or a Law.
    family : str or None
        Column that names families; None takes all runs as one family.
    discrepancy : bool
        Whether the law may be wrong.
    noise : {"growing", "constant"} or None
        Kind of noise; None is the law's own.
    pooling : mapping of str to str or None
        How parameters vary over families.
    priors : mapping of str to Prior, or PriorTable, optional
        Priors in place of the law's own by parameter, or a table in place of the default priors of quantities.

    Returns
    -------
    Spec
        The law, and how it is modelled.

    Raises
    ------
    InputError, LawError
        If an argument cannot be used.
    """
    if not isinstance(discrepancy, bool):
        raise InputError(f"discrepancy={discrepancy!r} must be True or False")
    table = priors if isinstance(priors, PriorTable) else default_table()
    fitted_law = law_with_priors(law, None if isinstance(priors, PriorTable) else priors)
    noise = noise or fitted_law.usual_noise
    return Spec(fitted_law, family or None, discrepancy, noise, dict(pooling or {}), priors=table)


def runs_for(
    laws: Sequence[Law],
    runs: object,
    units: Mapping[str, str] | None = None,
    comparable: str = "",
    rename: Mapping[str, str] | None = None,
) -> Runs:
    """Read the runs that laws are fitted to.

    Parameters
    ----------
    laws : sequence of Law
        The laws; the response is theirs.
    runs : Runs, path, DataFrame or str
        Runs that are read already, or what `read_runs` takes.
    units : mapping of str to str, optional
        Units of columns.
    comparable : str, default ""
        Why losses of different evaluation sets may be compared.
    rename : mapping of str to str, optional
        Names of columns by those in the table.

    Returns
    -------
    Runs
        The runs.

    Raises
    ------
    InputError
        If the table cannot be read, or `units` are given for runs that are read already. Where the table does not have
        the response, the message names laws of what it has.
    """
    if isinstance(runs, Runs):
        if units:
            raise InputError(f"units={dict(units)!r}: these runs are read already; give units to read_runs instead")
        return runs
    response = laws[0].response if laws else "loss"
    try:
        return read_runs(runs, rename=rename, response=response, units=units, comparable=comparable)
    except InputError as error:
        columns = [(rename or {}).get(name, name) for name in source_columns(runs)]
        measured = {law.response for law in CATALOGUE.values()} - {*KNOWN}
        if response in columns or not measured & {*columns}:
            raise
        fitting = [f"the table holds {name!r}: {advice(name, columns)}" for name in columns if name in measured]
        raise InputError(str(error).splitlines()[0], [*error.problems, *fitting]) from error


def fit_spec(
    table: Runs, spec: Spec, sampler: Sampler, seed: int, progress: bool, earlier: Posterior | None = None
) -> Fit:
    """Sample and check the posterior of one law, of selected rows where a table has more than the sampler allows.

    Parameters
    ----------
    table : Runs
        The runs.
    spec : Spec
        The law, and how it is modelled.
    sampler : Sampler
        Settings of the sampler.
    seed : int
        Random seed.
    progress : bool
        Whether progress is shown.
    earlier : Posterior, optional
        A posterior of the law to start warm from.

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
    rows = fitted_rows(table, spec, sampler.max_rows)
    design = fitted_design(rows, spec, sampler.max_rows)
    try:
        draws = sample_posterior(design, sampler, seed, progress, None if earlier is None else warm_start_of(earlier))
    except NoDraws as error:
        raise ChecksFailed(refusal(design, [str(error)], "", has_draws=False)) from error
    if rows is not table:
        draws = replace(draws, notes=(*draws.notes, information_loss(design, draws, table).note))
    tree = to_tree(design, draws, sampler, seed, source=table.source, digest=table.digest)
    fitted = Fit(tree)
    if draws.diagnosis.passed:  # in all quantities of the tree, and more
        return fitted
    failed = [f"{result.check}: {result.meaning}" for result in publication_gate(tree).failures]
    if failed:
        raise ChecksFailed(refusal(design, failed, draws.attempt), fitted)
    return fitted


def require_targets(table: Runs, spec: Spec, targets: object, max_rows: int = MOST_ROWS) -> None:
    """Require, without sampling, that a law can be fitted and its targets forecast.

    Parameters
    ----------
    table : Runs
        The runs.
    spec : Spec
        The law, and how it is modelled.
    targets : object
        What `forecast` takes.
    max_rows : int, default MOST_ROWS
        Most rows that are fitted.

    Raises
    ------
    InputError, LawError
        As the fit and its forecast would raise them.
    """
    design = fitted_design(table, spec, max_rows)
    require_target_units([design], read_targets(design, targets).table)


def fitted_design(table: Runs, spec: Spec, max_rows: int = MOST_ROWS) -> Design:
    """Make the design of a law and its runs, or of selected rows of many, and require that it can be fitted.

    Parameters
    ----------
    table : Runs
        The runs.
    spec : Spec
        The law, and how it is modelled.
    max_rows : int, default MOST_ROWS
        Most rows that are fitted.

    Returns
    -------
    Design
        What is fitted.

    Raises
    ------
    InputError, LawError
        If the law cannot be fitted to the runs.
    """
    design = make_design(fitted_rows(table, spec, max_rows), spec, max_rows)
    require_pooled(design, table.source)
    require_scatter(design)
    return design


def require_pooled(design: Design, source: str) -> None:
    """Require a family with two rows; otherwise effects of families and inputs cannot be separated.

    Parameters
    ----------
    design : Design
        What is fitted.
    source : str
        Name of the table of runs.

    Raises
    ------
    InputError
        If every family is a single row and parameters vary over families.
    """
    spec, families = design.spec, design.families
    varies = any(spec.pooling_of(name) != "shared" for name in coordinate_names(spec.law))
    if len(families) < 2 or not varies or np.bincount(design.family).max() > 1:
        return
    raise InputError(
        f"no family in {source} has two rows: differences between {len(families)} families of one row each "
        f"({', '.join(families[:3])}, …) cannot be separated from the effect of the inputs. Column {spec.family!r} "
        "seems to name runs or models: take all rows "
        'as one family (family=None; in a spec family = "", on the command line --family ""), or name the column of '
        "the families (family=...)"
    )


def law_with_priors(law: object, priors: Mapping[str, Prior] | None) -> Law:
    """Return a law with priors of some of its parameters.

    Parameters
    ----------
    law : str or Law
        Name or id in the catalogue, path of a .toml file, or a Law.
    priors : mapping of str to Prior or None
        Priors by parameter, in place of the law's own.

    Returns
    -------
    Law
        The law.

    Raises
    ------
    LawError, InputError
        If there is no such law or parameter, or a value is no prior.
    """
    if not isinstance(law, str | Law):
        raise LawError(f"law={law!r} is neither a name of the catalogue nor a Law")
    named_law = find_law(law) if isinstance(law, str) else law
    wrong = [f"{name}: {prior!r}" for name, prior in (priors or {}).items() if not isinstance(prior, Prior)]
    if wrong:
        raise InputError("priors must be made by bayescale.lognormal, logitnormal or normal:", wrong)
    return replace(named_law, priors={**named_law.priors, **(priors or {})})
