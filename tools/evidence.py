"""The tables of evidence of laws and systems, from their records and from the results of the benchmarks."""

import pandas as pd

from bayescale.risk.evidence import SYSTEMS
from bayescale.scaling_laws.entries import CATALOGUE, EVIDENCE
from bayescale.scaling_laws.evidence.record import PUBLISHED, Evidence
from tools.markdown import table
from tools.measured import RESULTS

USUAL_RUNS = 20  # of each family in a calibration
HEADER = ["source read", "equation", "form", "published values", "reproduced by", "calibration", "real data"]


def law_evidence() -> str:
    """Write one row per law, and one per function without parameters.

    Returns
    -------
    str
        A Markdown table.
    """
    calibration = pd.read_csv(RESULTS / "sbc_laws.csv").fillna({"runs": USUAL_RUNS}).set_index("law")
    real = pd.read_csv(RESULTS / "published.csv")
    real = real[real["agrees"].notna()]
    rows = []
    for name, evidence in EVIDENCE.items():
        law = CATALOGUE.get(name)
        label = f"{law.id} [{name}](#{name})" if law else f"[{name}](python.md#{name})"
        sets = f"{len(law.published)}: {_sets(evidence)}" if law and law.published else ""
        measured = _calibration(calibration, name) if law else "not needed: a function without parameters"
        rows.append([label, *_cells(evidence, sets, measured, _real(real, name))])
    return table(["law", *HEADER], rows)


def system_evidence() -> str:
    """Write one row per system of repeated sampling.

    Returns
    -------
    str
        A Markdown table.
    """
    rows = []
    for key, system in SYSTEMS.items():
        names = ", ".join(f"`{name}`" for name in system.names)
        rows.append([key, f"{system.title}: {names}", *_cells(system.evidence, "", "", "")])
    return table(["id", "system", *HEADER], rows)


def _cells(evidence: Evidence, sets: str, calibration: str, real: str) -> list[str]:
    tests = ", ".join(f"`{_short(test)}`" for test in evidence.tests)
    return [
        ", ".join(evidence.read),
        evidence.equation,
        evidence.form,
        sets or _sets(evidence) or "none found",
        tests,
        evidence.calibration or calibration,
        evidence.real_data or real or "none available",
    ]


def _short(test: str) -> str:
    """The function of a test, or the file of the test that all published sets share."""
    path, _, function = test.partition("::")
    return path if test == PUBLISHED else function


def _sets(evidence: Evidence) -> str:
    return "; ".join(dict.fromkeys(evidence.where.values()))


def _calibration(results: pd.DataFrame, name: str) -> str:
    """Result of simulation-based calibration; empty where the benchmarks have none."""
    if name not in results.index:
        return ""
    row = results.loc[name]
    verdict = "uniform" if row["passed"] else f"not uniform: {row['off']}"
    outdated = "" if row["digest"] == CATALOGUE[name].digest else "; measured before its formula or a prior changed"
    size = f" of {row['runs']:.0f} runs per family" if row["runs"] != USUAL_RUNS else ""
    smallest = f"(smallest p {row['p_value']:.2g}, of {row['worst']})"
    return f"{verdict} in {row['n']:.0f} simulations{size} {smallest}{outdated}"


def _real(results: pd.DataFrame, name: str) -> str:
    """Real data on which published and fitted values were compared, and how often they agree."""
    of_law = results[results["law"] == name]
    parts = []
    for data, rows in of_law.groupby("set", sort=False):
        agree = int(rows["agrees"].isin(["yes", "overlap"]).sum())
        parts.append(f"{data} ({agree} of {len(rows)} agree)")
    return ", ".join(parts)
