"""Options and steps that the commands on trials share: reading attempts and fitting a risk posterior."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from bayescale.cli.parsing import number, pairs
from bayescale.report.render.terminal import working

if TYPE_CHECKING:
    from bayescale.data.trials import Trials
    from bayescale.risk.judge import Judge
    from bayescale.risk.result import Risk

TrialsArgument = Annotated[
    list[str], typer.Argument(help="Trials: tables (.csv, .parquet, .jsonl) or evaluation logs.")
]
Mixing = Annotated[list[str] | None, typer.Option(help="Mixing law; repeat per law. Default: the average of all laws.")]
Scorer = Annotated[str | None, typer.Option(help="For evaluation logs: the scorer to use.")]
Success = Annotated[
    str | None, typer.Option(help="For evaluation logs: the score of a success: C, I, or the smallest number.")
]


def read(
    trials: list[str],
    rename: list[str] | None,
    *,
    scorer: str | None = None,
    success: str | None = None,
    check_duplicates: bool = False,
) -> "Trials":
    """Read trials.

    Parameters
    ----------
    trials : list of str
        Tables or evaluation logs.
    rename : list of str or None
        Values of --rename.
    scorer, success : str, optional
        Values of --scorer and --success.
    check_duplicates : bool, default False
        Whether attempts that occur twice are an error.

    Returns
    -------
    Trials
        The trials.

    Raises
    ------
    InputError
        A file or a column cannot be used.
    """
    from bayescale.data.trials import read_trials

    return read_trials(
        trials if len(trials) > 1 else trials[0],
        rename=pairs(rename, "--rename"),
        scorer=scorer,
        success=None if success is None else number(success),
        check_duplicates=check_duplicates,
    )


def fit_trials(
    trials: "Trials",
    by: Sequence[str] | None,
    *,
    mixing: list[str] | None,
    seed: int | None,
    judge: "Judge | None" = None,
    design: str | None = None,
    crossed: bool = True,
) -> "Risk":
    """Fit a risk posterior, with a message about it.

    Parameters
    ----------
    trials : Trials
        The trials.
    by : sequence of str or None
        Columns that form groups; None for the known ones.
    mixing : list of str or None
        The mixing laws; None for all.
    seed : int or None
        Random seed.
    judge : Judge, optional
        The errors of the judge.
    design : str, optional
        The sampling design.
    crossed : bool, default True
        Whether problems that were tried in several groups have a difficulty in common.

    Returns
    -------
    Risk
        The posterior.
    """
    from bayescale.risk.fit import fit_risk

    grouped = trials.grouped(by)
    groups = ", ".join(grouped.groups)
    with working(f"Fitting {len(grouped.table)} problems, {f'grouped by {groups}' if groups else 'in one group'} ..."):
        return fit_risk(trials, by, mixing=mixing, judge=judge, random_seed=seed, design=design, crossed=crossed)
