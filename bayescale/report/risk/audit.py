"""The record in a risk report for a later audit: data, method, limits and provenance."""

import numpy as np
import pandas as pd

from bayescale.core.notes import Note
from bayescale.core.serialization import fact
from bayescale.report.formats import Format, percent, share, text
from bayescale.report.risk.query import MOST_ROWS, Query
from bayescale.report.tables import Table, table_of
from bayescale.risk.mixing import MIXINGS

LATEX = r"\mathrm{ASR@}N \;=\; \int_0^1 \left[\,1 - (1 - p)^N\,\right]\, g(p)\, dp"
METHOD = (
    "Each prompt has its own probability p that one attempt breaks it. A mixing law g describes the distribution of p "
    "over the prompts of a group. The posterior of g is computed from the counts of all prompts.",
    "Several families of mixing laws are fitted by adaptive importance sampling on a grid of log(−log(1 − p)); some "
    "families contain a share of prompts that no attempt breaks. The families are averaged with weights proportional "
    "to their evidence times their prior weight. Groups are partially pooled: for each parameter, the data determine "
    "how similar the groups are. Where the same prompts were put to several groups, the rates of a prompt are joined "
    "by a Gaussian copula with a factor of difficulty, so that attempts in one group inform the others by as much as "
    "the data show.",
    "For these prompts, the share broken is the mean of each prompt's probability given its own counts. For new "
    "prompts it is the integral above. Below the number of attempts made, it refers to fresh attempts at these "
    "prompts. If sampling stopped at the first success, or depended on outcomes in another way, the likelihood is the "
    "same and the forecasts are not biased. However, the order of attempts is then not exchangeable, and estimators "
    "that subsample the attempts are biased.",
)
LIMITS = (
    "An attacker who learns. Attempts are assumed to be exchangeable: p of a prompt is the same in the thousandth "
    "attempt as in the first. Attacks that adapt or improve break more prompts than this report states.",
    "Other prompts. “New prompts” come from the same population as the measured prompts. Prompts for another purpose, "
    "subject or language are another population.",
    "Other attacks, or a changed model. Another version, system prompt, filter or sampling temperature leads to other "
    "counts. These data contain no information about them.",
    "Harm. A broken prompt is a prompt at which the judge reported a success. Its value to an attacker is not "
    "measured.",
    "Extrapolation. Far beyond the number of attempts made, the answer depends on the lower tail of the mixing laws, "
    "that is, on prompts that were never broken. The intervals include the disagreement of the averaged laws, but not "
    "laws outside this set.",
)


def data_table(query: Query) -> Table:
    """Summarise the trials of each group.

    Parameters
    ----------
    query : Query
        The posterior and the question of the report.

    Returns
    -------
    Table
        One row per group: numbers of prompts, attempts and successes, and the sampling design.
    """
    problems, rows = query.problems, []
    for group, labels in enumerate(problems.groups):
        in_group = problems.group == group
        attempts, successes = problems.attempts[in_group], problems.successes[in_group]
        counts = {
            "problems": int(in_group.sum()),
            "attempts": int(attempts.sum()),
            "fewest": int(attempts.min()),
            "median": float(np.median(attempts)),
            "most": int(attempts.max()),
            "successes": int(successes.sum()),
            "broken": int((successes > 0).sum()),
            "broken_share": float((successes > 0).mean()),
            "design": ", ".join(dict.fromkeys(np.array(problems.design.kind)[in_group].tolist())),
            "design_declared": problems.design.declared,
            "not_tried": int((attempts == 0).sum()),
            "near_duplicates": int((problems.weight[in_group] < 1).sum()),
        }
        rows.append({**dict(zip(problems.group_names, labels, strict=True)), **counts})
    values = pd.DataFrame(rows)
    columns = query.names | {
        "prompts": _whole("problems"),
        "attempts": _whole("attempts"),
        "each": lambda row: f"{row['fewest']:,}" + (f" – {row['most']:,}" if row["most"] > row["fewest"] else ""),
        "successes": _whole("successes"),
        "already broken": lambda row: f"{row['broken']:,} ({percent(row['broken_share'])})",
        "design": lambda row: row["design"] if row["design_declared"] else f"{row['design']} (inferred)",
        "never tried": _whole("not_tried"),
        "near-duplicates": _whole("near_duplicates"),
    }
    source = fact(query.risk.tree, "source") or "a table in memory"
    return table_of("data", values, f"Trials from {source}", columns, MOST_ROWS)


def _whole(name: str) -> Format:
    return lambda row: f"{row[name]:,}"


def notes(query: Query) -> tuple[str, ...]:
    """Return the notes of the posterior, and a note on groups with a single prompt.

    Parameters
    ----------
    query : Query
        The posterior and the question of the report.

    Returns
    -------
    tuple of Note or str
        The notes, each once.
    """
    single = sum(int((query.problems.group == group).sum()) == 1 for group in range(len(query.problems.groups)))
    all_notes = [*query.risk.notes]
    if single:
        message = (
            f"{single} of {len(query.problems.groups)} groups {'has' if single == 1 else 'have'} a single prompt. The "
            "prior and the other groups determine how much prompts of such a group differ."
        )
        all_notes.append(Note("group_with_single_prompt", message))
    return tuple(dict.fromkeys(all_notes))


def priors_table(query: Query) -> Table:
    """List the mixing laws of the average, with their weights and the priors of their parameters.

    Parameters
    ----------
    query : Query
        The posterior and the question of the report.

    Returns
    -------
    Table
        One row per law.
    """
    laws = query.risk.tree["laws"]
    weights = laws["weight"].to_numpy().mean(axis=1)
    rows = [
        {
            "law": str(name),
            "prior_weight": float(before),
            "weight": float(after),
            "priors": "; ".join(f"{p.name} ~ {p.prior}" for p in MIXINGS[str(name)].coordinates),
            "source": MIXINGS[str(name)].source,
        }
        for name, before, after in zip(laws["law"].to_numpy(), laws["prior_weight"].to_numpy(), weights, strict=True)
    ]
    columns: dict[str, Format] = {
        "mixing law": text("law"),
        "prior weight": share("prior_weight"),
        "weight": share("weight"),
        "priors of parameters": text("priors"),
        "source": text("source"),
    }
    caption = "Mixing laws of the average, with weights (mean over groups) and priors"
    return table_of("laws", pd.DataFrame(rows), caption, columns)


def lineage(query: Query) -> dict[str, str]:
    """Return what is needed to repeat a fit.

    Parameters
    ----------
    query : Query
        The posterior and the question of the report.

    Returns
    -------
    dict of str to str
        Source and digest of the data, groups, sampling design, judge, seed, draws and versions.
    """
    tree = query.risk.tree
    judge = query.risk.judge
    return {
        "data": str(fact(tree, "source")),
        "data digest": f"sha256 {fact(tree, 'data_digest')}",
        "groups": ", ".join(query.problems.group_names) or "none",
        "sampling design": f"{', '.join(dict.fromkeys(query.problems.design.kind))} "
        f"({'declared' if query.problems.design.declared else 'inferred'})",
        "judge": "without errors" if judge is None else repr(judge),
        "random seed": str(fact(tree, "random_seed")),
        "draws": str(tree["posterior"].sizes["draw"]),
        "versions": ", ".join(f"{name} {version}" for name, version in fact(tree, "versions").items()),
    }
