"""The message for a posterior that did not converge."""

from bayescale.scaling.model.design import Design
from bayescale.scaling.model.priors import coordinate_names


def refusal(design: Design, failed: list[str], attempt: str, has_draws: bool = True) -> str:
    """Write the message for a posterior that did not converge: what failed, and what to try.

    Parameters
    ----------
    design : Design
        What was fitted.
    failed : list of str
        Checks that failed, in words.
    attempt : str
        The last attempt.
    has_draws : bool, default True
        Whether the error holds a posterior for inspection.

    Returns
    -------
    str
        The message, several lines.
    """
    spec = design.spec
    tries = [
        *_for_few_rows(design),
        "more draws and tuning: sampler=Sampler(draws=2000, tune=2000)",
        "narrower priors for parameters that the data hardly identify: priors={...}",
    ]
    if spec.discrepancy:
        tries.append("discrepancy=False, but intervals are then too narrow far from the data")
    if spec.law.expression.aggregate and spec.law.expression.aggregate.q:
        tries.append("a law with fewer parameters, such as law='chinchilla'")
    lines = [f"the posterior of law {spec.law.name!r} did not converge (last attempt: {attempt}):"]
    lines += [f"  - {failure}" for failure in failed] + ["What to try:"] + [f"  - {advice}" for advice in tries]
    if has_draws:
        lines.append("This error's attribute `fit` is the posterior, for inspection only.")
    return "\n".join(lines)


def _for_few_rows(design: Design) -> list[str]:
    """Advise where families have fewer rows than the law has parameters."""
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
