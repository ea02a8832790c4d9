"""A first spec for a table of runs, with comments, for a person to review: what `bayescale init` writes."""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from bayescale.core.text import listing
from bayescale.data.columns import as_text
from bayescale.data.reading import read_runs
from bayescale.data.runs_validation.comparability import mixed_columns
from bayescale.data.runs_validation.exclusion import blank_rows
from bayescale.errors import InputError
from bayescale.maintenance.specs.spec import NAME, PLACEHOLDERS

TEMPLATE = """\
# {name}: one maintained model. `bayescale refit {folder} --store STORE` updates it. Review changes like code.

[data]
source = {source}                 # a file, a glob, a list of them, a URL, or "example:pile"
response = {response}             # the measured column; a loss is in nats per token
{units}# comparable = "why rows with other tokenizers or definitions of size may stand in one table"

{keep}# [[data.keep]]                   # rows that are used; several tables must all hold
# column = "n_params"
# at_most = 3e9

{blank}# [[data.exclude]]                # rows that are left out; reports show the reason
# where = {{ run = "a run" }}
# reason = "diverged: learning rate ten times too high"

[model]
law = {law}                       # one law, or several to stack: ["joint", "chinchilla"]; see `bayescale laws`
family = "family"                 # the column of families: {families}
discrepancy = true                # a smooth function for the error of the law
noise = "growing"                 # with the reducible loss, or "constant"; default: that of the law
# pooling = {{ alpha = "shared" }} # by parameter, over families: shared, partial or free

[sampler]
random_seed = 1                   # the same seed repeats the draws on the same machine
# draws = 1000
# tune = 500

[[forecast]]                      # one table per target; `run` names the run that will land and be scored
name = "ten times the largest compute"
{target}

[alerts]
prob = 0.98                       # a run outside this interval of its forecast is drift: exit code 4
# webhook = "${{ALERTS_URL}}"       # a variable of the environment that holds the address
# format = "slack"                # or "teams"; JSON by default

[card]                            # shown in every report; remove the # from lines that you fill in
# claim = "{claim}"
# owner = "{owner}"
# requested_by = "{requested_by}"
# sources = ["{sources}"]
# known_limits = ["{known_limits}"]
"""

KEEP = """[[data.keep]]
column = {column}                 # the column differs ({values}): use one value, or set `comparable`
one_of = [{value}]

"""
BLANK = """[[data.exclude]]
blank = "{name}"
reason = "the law needs {name}, which is blank in the source"

"""


def starter(table: str, name: str, folder: str, response: str = "loss", units: Mapping[str, str] | None = None) -> str:
    """Write a first spec for a table, with a forecast at ten times its largest compute.

    Parameters
    ----------
    table : str
        A file, or "example:NAME".
    name : str
        The model's name.
    folder : str
        The folder of specs, for the comment.
    response : str, default "loss"
        The measured column.
    units : mapping of str to str, optional
        Units of columns, as of `read_runs`.

    Returns
    -------
    str
        The text of the spec. Where evaluation sets or tokenizers differ, it keeps the rows of the most frequent one.

    Raises
    ------
    InputError
        The name is malformed, or the table cannot be read.
    """
    if not NAME.fullmatch(name):
        raise InputError(f"name={name!r} must consist of lowercase letters, digits, - and _, such as pile")
    runs = read_runs(table, response=response, units=units, comparable="decided in the spec")
    rows, keep = _comparable_rows(runs.table)
    law, inputs = _law_of(rows)
    families = list(dict.fromkeys(rows["family"]))
    source = table if table.startswith("example:") else str(Path(table).resolve())
    declared = ", ".join(f"{json.dumps(column)} = {json.dumps(unit)}" for column, unit in (units or {}).items())
    return TEMPLATE.format(
        name=name,
        folder=folder,
        source=json.dumps(source),
        response=json.dumps(response),
        units=f"units = {{ {declared} }}\n" if declared else "",
        keep=keep,
        law=json.dumps(law),
        families=", ".join(json.dumps(family)[1:-1] for family in families[:3]) + (" …" if len(families) > 3 else ""),
        target=_target(rows, families[0], inputs),
        blank="".join(
            BLANK.format(name=column)
            for column in (*inputs, response)
            if column in rows and blank_rows(rows[column]).any()
        ),
        **PLACEHOLDERS,
    )


def _comparable_rows(table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The rows of one evaluation set, tokenizer, unit and definition of size, and the spec's text that keeps them."""
    text = ""
    for column in mixed_columns(table):
        values = pd.Series(as_text(table[column]), index=table.index)
        most = values[values != ""].mode().iloc[0]
        distinct = listing(sorted(set(values) - {""}))
        text += KEEP.format(column=json.dumps(column), values=" ".join(distinct.split()), value=json.dumps(most))
        table = table[values == most]
    return table, text


def _law_of(table: pd.DataFrame) -> tuple[str, list[str]]:
    """A law whose inputs the table has, and these inputs."""
    laws = {("n_params", "n_tokens"): "joint", ("n_params",): "kaplan_params", ("flops",): "power_floor"}
    for inputs, law in laws.items():
        if set(inputs) <= set(table.columns):
            return law, list(inputs)
    return "m3", ["examples"]


def _target(table: pd.DataFrame, family: str, inputs: list[str]) -> str:
    """The run of the largest compute, at ten times its compute.

    Where compute is size times data, each grows by √10; size alone does so, too, as data grow with it.
    """
    complete = table.dropna(subset=inputs) if set(inputs) <= set(table.columns) else table.head(0)
    grows = 10.0 if inputs in (["flops"], ["examples"]) else 10.0**0.5
    values = dict.fromkeys(inputs, 1e10)
    if len(complete):
        largest = int(complete[inputs].prod(axis=1).to_numpy().argmax())
        family = str(complete["family"].iloc[largest])
        values = {name: float(complete[name].iloc[largest]) * grows for name in inputs}
    return "\n".join([f"family = {json.dumps(family)}", *(f"{name} = {value:.3g}" for name, value in values.items())])
