"""Runs and laws of `fit`: of one response, or of several that are fitted together."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayescale.cli.options import excluded, read_runs_for
from bayescale.cli.parsing import pairs, prior_of
from bayescale.errors import InputError

if TYPE_CHECKING:
    from bayescale.data.runs import Runs
    from bayescale.scaling_laws.law import Law

Responses = Annotated[
    list[str] | None,
    typer.Option(help="A measured column, of several that are fitted together: github_loss; repeat per column."),
]


def runs_and_laws(
    table: str,
    laws: Sequence[str],
    prior: Sequence[str],
    responses: Sequence[str] | None,
    pooling: Mapping[str, Any],
    **reading: Any,
) -> "tuple[Runs, list[Law], Mapping[str, Any]]":
    """Read the runs of a fit, and make its laws.

    Parameters
    ----------
    table : str
        File or address of the runs.
    laws, prior : sequence of str
        Values of --law and --prior.
    responses : sequence of str or None
        Values of --response; none for the response of the laws.
    pooling : mapping of str to str
        Pooling by parameter.
    **reading
        Other arguments of `read_runs_for`.

    Returns
    -------
    tuple of (Runs, list of Law, mapping)
        The runs, the laws, and the pooling with that of several responses.

    Raises
    ------
    InputError, LawError
        If the runs cannot be read, or a law is not known.
    """
    from bayescale.scaling.responses import POOLING, law_of_table
    from bayescale.scaling.single_law import law_with_priors
    from bayescale.scaling_laws.registry import law as law_of

    priors = dict(map(prior_of, prior))
    if not responses:
        fitted = [law_with_priors(law_of(name), priors) for name in laws]
        return read_runs_for(fitted, table, **reading), fitted, pooling
    runs = _stacked(table, responses, **reading)
    named = [law_of_table(name, runs) for name in laws]
    fitted = [law_with_priors(law_of(entry) if isinstance(entry, str) else entry, priors) for entry in named]
    return runs, fitted, {**POOLING, **pooling}


def _stacked(
    table: str,
    responses: Sequence[str],
    *,
    rename: list[str] | None,
    units: list[str] | None,
    comparable: str,
    complete: bool,
    exclude_blank: list[str] | None,
    reason: str | None,
) -> "Runs":
    """Read the runs of several responses."""
    from bayescale.data.reading import read_runs
    from bayescale.scaling.responses import stack_responses

    if complete:
        raise InputError("--complete is not taken with --response: blank responses are left out in any case")
    settings = {"units": pairs(units, "--units"), "rename": pairs(rename, "--rename"), "comparable": comparable}
    runs = read_runs(table, response=responses[0], **settings)  # type: ignore[arg-type]
    return stack_responses(excluded(runs, exclude_blank, reason), responses, comparable=comparable)
