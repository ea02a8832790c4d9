"""A first spec for a table of runs, commented, for a person to review: what `bayescale init` writes."""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from bayescale.core.text import listing
from bayescale.data.columns import as_text
from bayescale.data.runs import read_runs
from bayescale.data.runs_validation.comparability import mixed_columns
from bayescale.data.runs_validation.exclusion import blank_rows
from bayescale.errors import InputError
from bayescale.maintenance.spec import NAME, PLACEHOLDERS

TEMPLATE = """\
# {name}: one maintained model. `bayescale refit {folder} --store STORE` keeps it up to date; review changes like code.

[data]
source = {source}                 # a file, a glob, a list of them, a URL, or "example:pile"
response = {response}             # the measured column; losses in nats per token
{units}# comparable = "why losses of several tokenizers or definitions of size may stand in one table"

{keep}# [[data.keep]]                   # rows that are used; give several to require all
# column = "n_params"
# at_most = 3e9

{blank}# [[data.exclude]]                # rows that are left out, each with a reason that reports show
# where = {{ run = "a run" }}
# reason = "diverged: learning rate ten times too high"

[model]
law = {law}                       # one law, or several to stack: ["joint", "chinchilla"]; `bayescale laws` lists them
family = "family"                 # the column that names families: {families}
discrepancy = true                # the law may be wrong, by a smooth function that the data shape
noise = "growing"                 # with the reducible loss, or "constant"; without this line what the law usually has
# pooling = {{ alpha = "shared" }} # shared, partial or free over families, by parameter

[sampler]
random_seed = 1                   # the same seed repeats the draws on the same machine
# draws = 1000
# tune = 500

[[forecast]]                      # as many as there are questions; `run` names one that will land, to score it by
name = "ten times the largest compute"
{target}

[alerts]
prob = 0.98                       # a run outside this interval of its own forecast is drift: exit code 4
# webhook = "${{ALERTS_URL}}"       # the variable of the environment that holds the address

[card]                            # published with every report; take the # away from what you fill in
# claim = "{claim}"
# owner = "{owner}"
# sources = ["{sources}"]
# known_limits = ["{known_limits}"]
"""

KEEP = """[[data.keep]]
column = {column}                 # it differs ({values}): keep one, or say in `comparable` why they may stand together
one_of = [{value}]

"""
BLANK = """[[data.exclude]]
blank = "{name}"
reason = "the law needs {name}, and the source does not give it"

"""


def starter(table: str, name: str, folder: str, response: str = "loss", units: Mapping[str, str] | None = None) -> str:
    """The text of a spec for a table (a path or "example:NAME"), with a forecast at ten times its largest compute.

    `units` are those of `read_runs`. Where evaluation sets or tokenizers differ, the spec keeps the rows of the most
    frequent one. Raises InputError for a name that cannot be a model's, or a table that cannot be read.
    """
    if not NAME.fullmatch(name):
        raise InputError(f"name={name!r} must be of small letters, digits, - and _, such as pile")
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
        families=", ".join(json.dumps(one)[1:-1] for one in families[:3]) + (" …" if len(families) > 3 else ""),
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
        shown = listing(sorted(set(values) - {""}))
        text += KEEP.format(column=json.dumps(column), values=" ".join(shown.split()), value=json.dumps(most))
        table = table[values == most]
    return table, text


def _law_of(table: pd.DataFrame) -> tuple[str, list[str]]:
    """A law that the table has the inputs of, and these."""
    laws = {("n_params", "n_tokens"): "joint", ("n_params",): "kaplan_params", ("flops",): "power_floor"}
    for inputs, law in laws.items():
        if set(inputs) <= set(table.columns):
            return law, list(inputs)
    return "m3", ["examples"]


def _target(table: pd.DataFrame, family: str, inputs: list[str]) -> str:
    """The run of the largest compute, at ten times that: where compute is size times data, each grows by √10, and size
    alone does too, as data grow with it."""
    complete = table.dropna(subset=inputs) if set(inputs) <= set(table.columns) else table.head(0)
    grows = 10.0 if inputs in (["flops"], ["examples"]) else 10.0**0.5
    values = dict.fromkeys(inputs, 1e10)
    if len(complete):
        largest = int(complete[inputs].prod(axis=1).to_numpy().argmax())
        family = str(complete["family"].iloc[largest])
        values = {name: float(complete[name].iloc[largest]) * grows for name in inputs}
    return "\n".join([f"family = {json.dumps(family)}", *(f"{name} = {value:.3g}" for name, value in values.items())])
