"""The errors of a judge, as options of the command line describe them."""

from dataclasses import replace
from typing import TYPE_CHECKING

from bayescale.errors import ChecksFailed, InputError
from bayescale.report.render.terminal import say

if TYPE_CHECKING:
    from bayescale.data.trials import Trials
    from bayescale.risk.judge import Judge
    from bayescale.risk.result import Risk


def judge_from(
    sensitivity: str | None, false_positives: str | None, errors: str | None, labels: str | None
) -> "Judge | None":
    """Build the judge that options describe.

    Parameters
    ----------
    sensitivity, false_positives : str or None
        Parameters of a Beta distribution, such as "19,1".
    errors : str or None
        "independent" or "persistent".
    labels : str or None
        A table with columns `truth` and `verdict`.

    Returns
    -------
    Judge or None
        The judge; None without any of these options.

    Raises
    ------
    InputError
        A value is not valid, or `labels` is combined with error rates.
    """
    from bayescale.risk.judge import Judge

    has_rates = sensitivity is not None or false_positives is not None
    if labels is not None and has_rates:
        raise InputError(
            "--judge-labels determines the error rates of the judge: omit --judge-sensitivity and "
            "--judge-false-positives, or omit the labels"
        )
    judge = Judge() if labels is None else _calibrated(labels)
    if sensitivity is not None:
        judge = replace(judge, sensitivity=beta_of(sensitivity, "--judge-sensitivity"))
    if false_positives is not None:
        judge = replace(judge, false_positive_rate=beta_of(false_positives, "--judge-false-positives"))
    if errors is not None:
        judge = replace(judge, errors=errors)  # type: ignore[arg-type]  # Judge checks the value
    return judge if has_rates or labels is not None or errors is not None else None


def _calibrated(labels: str) -> "Judge":
    """The judge with the error rates of a table of checked verdicts."""
    from bayescale.data.columns import as_numbers
    from bayescale.data.io import read_table
    from bayescale.risk.judge import calibrate_judge

    table = read_table(labels).table
    table = table.set_axis(range(1, len(table) + 1))
    for name in {"truth", "verdict"} & set(table.columns):
        values, unreadable = as_numbers(table[name])
        table[name] = table[name].astype(object).where(unreadable, values)
    return calibrate_judge(table)


def beta_of(text: str, option: str) -> tuple[float, float]:
    """Parse the parameters of a Beta distribution, such as "19,1".

    Parameters
    ----------
    text : str
        The text after an option.
    option : str
        The option, for the message.

    Returns
    -------
    tuple of float
        The two parameters.

    Raises
    ------
    InputError
        The text has another form.
    """
    try:
        a, b = map(float, text.split(","))
    except ValueError:
        raise InputError(f"{option} {text!r} is not of the form a,b, such as 19,1") from None
    return a, b


def with_other_errors(
    risk: "Risk", trials: "Trials", mixing: list[str] | None, design: str | None = None
) -> "Risk | None":
    """Fit trials again under the other assumption on the judge's errors.

    Parameters
    ----------
    risk : Risk
        The posterior under the first assumption.
    trials : Trials
        The trials.
    mixing : list of str or None
        The mixing laws.
    design : str, optional
        The sampling design.

    Returns
    -------
    Risk or None
        The posterior; None without a judge, and where it fails its checks.
    """
    from bayescale.core.serialization import fact
    from bayescale.risk.fit import fit_risk

    if risk.judge is None:
        return None
    judge = replace(risk.judge, errors="persistent" if risk.judge.errors == "independent" else "independent")
    by, seed = fact(risk.tree, "by"), fact(risk.tree, "random_seed")
    try:
        crossed = risk.difficulty is not None
        return fit_risk(trials, by, mixing=mixing, judge=judge, random_seed=seed, design=design, crossed=crossed)
    except ChecksFailed as error:
        say(f"The fit with {judge.errors} errors of the judge failed, and the report omits it: {error}")
        return None
