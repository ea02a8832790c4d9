"""A first spec for a table of runs, commented, for a person to review: what `bayescale init` writes."""

import json
from pathlib import Path

import pandas as pd

from bayescale.data.runs import Runs, read_runs
from bayescale.errors import InputError
from bayescale.ops.spec import NAME

TEMPLATE = """\
# {name}: one maintained model. `bayescale refit {folder} --store STORE` keeps it up to date; review changes like code.

[data]
source = {source}                 # a file, a glob, a list of them, a URL, or "example:pile"
response = {response}             # the measured column; losses in nats per token
# comparable = "why losses of several tokenizers or definitions of size may stand in one table"

# [[data.keep]]                   # rows that are used; give several to require all
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
name = "ten times the largest"
{target}

[alerts]
prob = 0.98                       # a run outside this interval of its own forecast is drift: exit code 4
# webhook = "${{ALERTS_URL}}"       # the variable of the environment that holds the address

[card]
claim = "what this model is relied on for, in a sentence"
owner = "who answers for it"
sources = ["where the runs come from"]
known_limits = ["what a reader must not conclude from it"]
"""


BLANK = """[[data.exclude]]
blank = "{name}"
reason = "the law needs {name}, and the source does not give it"

"""


def starter(table: str, name: str, folder: str, response: str = "loss") -> str:
    """The text of a spec for a table (a path or "example:NAME"), with a forecast ten times beyond its largest run.

    Raises InputError for a name that cannot be a model's, or a table that cannot be read.
    """
    if not NAME.fullmatch(name):
        raise InputError(f"name={name!r} must be of small letters, digits, - and _, such as pile")
    runs = read_runs(table, response=response)
    inputs = [one for one in ("n_params", "n_tokens") if one in runs.table]
    law = "joint" if len(inputs) == 2 else "kaplan_params" if inputs == ["n_params"] else "m3"
    families = list(dict.fromkeys(runs.table["family"]))
    source = table if table.startswith("example:") else str(Path(table).resolve())
    return TEMPLATE.format(
        name=name,
        folder=folder,
        source=json.dumps(source),
        response=json.dumps(response),
        law=json.dumps(law),
        families=", ".join(json.dumps(one)[1:-1] for one in families[:3]) + (" …" if len(families) > 3 else ""),
        target=_target(runs, families[0], inputs),
        blank="".join(BLANK.format(name=one) for one in inputs if runs.table[one].isna().any()),
    )


def _target(runs: Runs, family: str, inputs: list[str]) -> str:
    """The largest run's inputs, ten times over."""
    complete: pd.DataFrame = runs.table.dropna(subset=inputs) if inputs else runs.table.head(0)
    lines = [f"family = {json.dumps(family)}"]
    for name in inputs:
        largest = float(complete[name].max()) * 10 if len(complete) else 1e10
        lines.append(f"{name} = {largest:.3g}")
    return "\n".join(lines)
