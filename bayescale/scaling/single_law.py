"""One law fitted to a table: the spec from what people write, the posterior from the spec."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from bayescale.data.io import column_names
from bayescale.data.quantities import KNOWN
from bayescale.data.runs import Runs, read_runs
from bayescale.errors import ChecksFailed, InputError, LawError
from bayescale.scaling.checks.convergence import gate_figures
from bayescale.scaling.model.design import Design, Pooling, Spec, make_design
from bayescale.scaling.model.noiseless_rows import require_scatter
from bayescale.scaling.model.priors import coordinate_names
from bayescale.scaling.model.row_limit import MOST_ROWS
from bayescale.scaling.posterior import Posterior
from bayescale.scaling.posterior_tree import to_tree
from bayescale.scaling.predict.target_units import require_target_units
from bayescale.scaling.predict.targets import read_targets
from bayescale.scaling.result import Fit
from bayescale.scaling.sampling.nuts import NoDraws
from bayescale.scaling.sampling.sampler import Sampler, draw
from bayescale.scaling.sampling.warm_start import start_of
from bayescale.scaling_laws.law import Law, Noise
from bayescale.scaling_laws.prior import Prior
from bayescale.scaling_laws.registry import CATALOGUE
from bayescale.scaling_laws.registry import law as find_law
from bayescale.scaling_laws.responses import advice


def make_spec(
    law: object,
    family: str | None,
    discrepancy: bool,
    noise: Noise | None,
    pooling: Mapping[str, Pooling] | None,
    priors: Mapping[str, Prior] | None = None,
) -> Spec:
    """One law and how it is modelled, from what people write; `noise=None` is the law's usual one.

    Raises InputError or LawError for what cannot be.
    """
    if not isinstance(discrepancy, bool):
        raise InputError(f"discrepancy={discrepancy!r} must be True or False")
    chosen = _law(law, priors)
    return Spec(chosen, family or None, discrepancy, noise or chosen.usual_noise, dict(pooling or {}))


def runs_for(
    laws: Sequence[Law],
    runs: object,
    units: Mapping[str, str] | None = None,
    comparable: str = "",
    rename: Mapping[str, str] | None = None,
) -> Runs:
    """Runs that laws are to be fitted to: as they are, or read with the laws' response.

    Raises InputError as `read_runs` does, with the laws of what the table holds where it has no such response, and for
    `units` of runs that were read before.
    """
    if isinstance(runs, Runs):
        if units:
            raise InputError(f"units={dict(units)!r}: these runs were read before; give units to read_runs instead")
        return runs
    response = laws[0].response if laws else "loss"
    try:
        return read_runs(runs, rename=rename, response=response, units=units, comparable=comparable)
    except InputError as error:
        columns = [(rename or {}).get(name, name) for name in column_names(runs)]
        measured = {law.response for law in CATALOGUE.values()} - {*KNOWN}
        if response in columns or not measured & {*columns}:
            raise
        fitting = [f"the table holds {name!r}: {advice(name, columns)}" for name in columns if name in measured]
        raise InputError(str(error).splitlines()[0], [*error.problems, *fitting]) from error


def fit_spec(
    table: Runs, spec: Spec, sampler: Sampler, seed: int, progress: bool, earlier: Posterior | None = None
) -> Fit:
    """Sample the posterior of one law, checked by the gate; `earlier` is one of the law to start warm from.

    Raises InputError or LawError, before sampling, for what cannot be fitted; ChecksFailed, carrying the posterior as
    `fit`, where it did not converge after every escalation.
    """
    design = make_design(table, spec, sampler.max_rows)
    require_pooled(design, table.source)
    require_scatter(design)
    try:
        draws = draw(design, sampler, seed, progress, None if earlier is None else start_of(earlier))
    except NoDraws as error:
        raise ChecksFailed(_refusal(design, [str(error)], "", kept=False)) from error
    tree = to_tree(design, draws, sampler, seed, source=table.source, digest=table.digest)
    fitted = Fit(tree)
    failed = [f"{result.check}: {result.meaning}" for result in gate_figures(tree).failures]
    if failed:
        raise ChecksFailed(_refusal(design, failed, draws.attempt), fitted)
    return fitted


def require_targets(table: Runs, spec: Spec, targets: object, max_rows: int = MOST_ROWS) -> None:
    """Raise InputError or LawError, as a fit and its forecast would, for what cannot be fitted or forecast: before
    anything is sampled."""
    design = make_design(table, spec, max_rows)
    require_pooled(design, table.source)
    require_scatter(design)
    require_target_units([design], read_targets(design, targets).table)


def require_pooled(design: Design, source: str) -> None:
    """Raise InputError where every family is a single row: families and inputs cannot be told apart."""
    spec, families = design.spec, design.families
    varies = any(spec.pooling_of(name) != "shared" for name in coordinate_names(spec.law))
    if len(families) < 2 or not varies or np.bincount(design.family).max() > 1:
        return
    raise InputError(
        f"no family in {source} has two rows: {len(families)} families ({', '.join(families[:3])}, …) of one row each "
        f"cannot be told from differences of size. Column {spec.family!r} seems to name runs or models: take all rows "
        'as one family (family=None; in a spec family = "", on the command line --family ""), or name the column of '
        "the families (family=...)"
    )


def _law(law: object, priors: Mapping[str, Prior] | None) -> Law:
    if not isinstance(law, str | Law):
        raise LawError(f"law={law!r} is neither a name of the catalogue nor a Law")
    found = find_law(law) if isinstance(law, str) else law
    wrong = [f"{name}: {prior!r}" for name, prior in (priors or {}).items() if not isinstance(prior, Prior)]
    if wrong:
        raise InputError("priors must be made by bayescale.lognormal, logitnormal or normal:", wrong)
    return replace(found, priors={**found.priors, **(priors or {})})


def _refusal(design: Design, failed: list[str], attempt: str, kept: bool = True) -> str:
    spec = design.spec
    tries = [
        *_for_few_rows(design),
        "more draws and tuning: sampler=Sampler(draws=2000, tune=2000)",
        "firmer priors for parameters the data say little about: priors={...}",
    ]
    if spec.discrepancy:
        tries.append("discrepancy=False, at the price of intervals that are too narrow far away")
    if spec.law.expression.aggregate and spec.law.expression.aggregate.q:
        tries.append("a law with fewer parameters, such as law='chinchilla'")
    lines = [f"the posterior of law {spec.law.name!r} did not converge (last attempt: {attempt}):"]
    lines += [f"  - {one}" for one in failed] + ["What to try:"] + [f"  - {one}" for one in tries]
    return "\n".join([*lines, *(["The posterior is kept in this error's `fit`, for inspection only."] if kept else [])])


def _for_few_rows(design: Design) -> list[str]:
    """What to try where families have fewer rows than the law has parameters."""
    spec, families = design.spec, design.families
    names = coordinate_names(spec.law)
    if len(design.row) >= len(families) * len(names):
        return []
    out = [f"more rows: {len(design.row)} rows of {len(families)} families for {len(names)} parameters of each"]
    pooled = [name for name in spec.law.exponents if spec.pooling_of(name) != "shared"]
    if len(families) > 1 and pooled:
        shared = ", ".join(f'"{name}": "shared"' for name in pooled)
        out.append(f"exponents that all families share: pooling={{{shared}}}")
    return out
