"""What an auditor of a risk report needs a year later: the data, the method, its limits, and where it all came from."""

import numpy as np
import pandas as pd

from bayescale.core.serialization import fact
from bayescale.report.risk.query import MOST_ROWS, Asked
from bayescale.report.tables import Format, Table, percent, share, table_of, text
from bayescale.risk.mixing import MIXINGS

LATEX = r"\mathrm{ASR@}N \;=\; \int_0^1 \left[\,1 - (1 - p)^N\,\right]\, g(p)\, dp"
METHOD = (
    "Each prompt is broken in one attempt with a probability p of its own. How p varies over prompts is a mixing law "
    "g; the counts of all prompts of a group say which laws, with which parameters, could have made them.",
    "Families of laws, some of them with a share of prompts that no attempt breaks, are fitted by adaptive importance "
    "sampling on a grid of log(−log(1 − p)), and averaged by how well each predicts the counts (its evidence) times "
    "its prior weight. Groups borrow strength from one another, each parameter by as much as the data show groups to "
    "be alike.",
    "For these prompts, the share broken adds up every prompt's own chance given its own counts; for new prompts it is "
    "the integral above. Below the attempts made, these prompts are tried anew. Where sampling stopped at the first "
    "success, or attempts depended on outcomes in another way, the likelihood is the same, so that no forecast is "
    "biased by it; the order of attempts is then not exchangeable, so that estimators that draw from the attempts "
    "made are.",
)
LIMITS = (
    "An attacker who learns: attempts are taken as exchangeable, each prompt's p as the same at the thousandth attempt "
    "as at the first. Attacks that adapt to what was tried, or that get better, break more than is said here.",
    "Other prompts: “new prompts” are drawn from the population that these were drawn from. Prompts chosen for another "
    "purpose, subject or language are another population.",
    "Other attacks, and a model that has changed: another version, system prompt, filter or sampling temperature makes "
    "other counts. What was measured does not speak of it.",
    "Harm: a broken prompt is one the judge calls a success, whatever it is worth to an attacker.",
    "Far beyond the attempts made, the answer rests on the lower tail of the mixing laws: on prompts that were never "
    "broken. The intervals hold what the averaged laws disagree on, not laws that nobody thought of.",
)


def data_table(asked: Asked) -> Table:
    """What was measured, group by group."""
    problems, rows = asked.problems, []
    for group, labels in enumerate(problems.groups):
        own = problems.group == group
        attempts, successes = problems.attempts[own], problems.successes[own]
        counts = {
            "problems": int(own.sum()),
            "attempts": int(attempts.sum()),
            "fewest": int(attempts.min()),
            "median": float(np.median(attempts)),
            "most": int(attempts.max()),
            "successes": int(successes.sum()),
            "broken": int((successes > 0).sum()),
            "broken_share": float((successes > 0).mean()),
            "design": ", ".join(dict.fromkeys(np.array(problems.design.kind)[own].tolist())),
            "design_declared": problems.design.declared,
            "not_tried": int((attempts == 0).sum()),
            "near_duplicates": int((problems.weight[own] < 1).sum()),
        }
        rows.append({**dict(zip(problems.group_names, labels, strict=True)), **counts})
    values = pd.DataFrame(rows)
    columns = asked.names | {
        "prompts": _whole("problems"),
        "attempts": _whole("attempts"),
        "each": lambda row: f"{row['fewest']:,}" + (f" – {row['most']:,}" if row["most"] > row["fewest"] else ""),
        "successes": _whole("successes"),
        "already broken": lambda row: f"{row['broken']:,} ({percent(row['broken_share'])})",
        "design": lambda row: row["design"] if row["design_declared"] else f"{row['design']} (inferred)",
        "never tried": _whole("not_tried"),
        "near-duplicates": _whole("near_duplicates"),
    }
    source = fact(asked.risk.tree, "source") or "a table in memory"
    return table_of("data", values, f"Trials from {source}", columns, MOST_ROWS)


def _whole(name: str) -> Format:
    return lambda row: f"{row[name]:,}"


def notes(asked: Asked) -> tuple[str, ...]:
    """What is odd about the data: what their reader found, and groups too small to say how prompts differ."""
    single = sum(int((asked.problems.group == group).sum()) == 1 for group in range(len(asked.problems.groups)))
    found: list[str] = [*asked.risk.notes]
    if single:
        found.append(
            f"{single} of {len(asked.problems.groups)} groups have a single prompt: how prompts differ there comes "
            "from the prior and from other groups."
        )
    return tuple(dict.fromkeys(found))


def priors_table(asked: Asked) -> Table:
    """The mixing laws that were averaged, with their prior weights and the priors of their parameters."""
    laws = asked.risk.tree["laws"]
    weights = laws["weight"].to_numpy().mean(axis=1)
    rows = [
        {
            "law": str(name),
            "prior_weight": float(before),
            "weight": float(after),
            "priors": "; ".join(f"{one.name} ~ {one.prior}" for one in MIXINGS[str(name)].coordinates),
            "source": MIXINGS[str(name)].source,
        }
        for name, before, after in zip(laws["law"].to_numpy(), laws["prior_weight"].to_numpy(), weights, strict=True)
    ]
    columns: dict[str, Format] = {
        "mixing law": text("law"),
        "prior weight": share("prior_weight"),
        "weight": share("weight"),
        "priors of its parameters": text("priors"),
        "source": text("source"),
    }
    caption = "Mixing laws of the average, their weights (mean over groups), and priors"
    return table_of("laws", pd.DataFrame(rows), caption, columns)


def lineage(asked: Asked) -> dict[str, str]:
    """Where the report came from, to repeat it."""
    tree = asked.risk.tree
    judge = asked.risk.judge
    return {
        "data": str(fact(tree, "source")),
        "data digest": f"sha256 {fact(tree, 'data_digest')}",
        "groups": ", ".join(asked.problems.group_names) or "none",
        "sampling design": f"{', '.join(dict.fromkeys(asked.problems.design.kind))} "
        f"({'declared' if asked.problems.design.declared else 'inferred'})",
        "judge": "without errors" if judge is None else repr(judge),
        "random seed": str(fact(tree, "random_seed")),
        "draws": str(tree["posterior"].sizes["draw"]),
        "versions": ", ".join(f"{name} {version}" for name, version in fact(tree, "versions").items()),
    }
