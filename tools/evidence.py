"""The table of what each law and system rests on, from its evidence and from the results of the benchmarks."""

import pandas as pd

from bayescale.risk.evidence import SYSTEMS
from bayescale.scaling_laws.evidence import LAWS, PUBLISHED, Evidence
from bayescale.scaling_laws.registry import CATALOGUE
from tools.markdown import table
from tools.measured import RESULTS

RUNS = 20  # of each family in a calibration, unless a row says otherwise
HEADER = ["source read", "equation", "form", "published values", "reproduced by", "calibration", "real data"]


def law_evidence() -> str:
    """One row a law, and one for each function that stands for a law without parameters."""
    calibration = pd.read_csv(RESULTS / "sbc_laws.csv").fillna({"runs": RUNS}).set_index("law")
    real = pd.read_csv(RESULTS / "published.csv")
    real = real[real["agrees"].notna()]
    rows = []
    for name, evidence in LAWS.items():
        law = CATALOGUE.get(name)
        label = f"{law.id} [{name}](#{name})" if law else f"[{name}](python.md#{name})"
        sets = f"{len(law.published)}: {_sets(evidence)}" if law and law.published else ""
        measured = _calibration(calibration, name) if law else "a function of data: nothing to calibrate"
        rows.append([label, *_cells(evidence, sets, measured, _real(real, name))])
    return table(["law", *HEADER], rows)


def system_evidence() -> str:
    """One row a system of repeated sampling."""
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
        sets or _sets(evidence) or "we found none",
        tests,
        evidence.calibration or calibration,
        evidence.real_data or real or "none at hand",
    ]


def _short(test: str) -> str:
    """A test's function; of the one that all published sets share, its file."""
    path, _, function = test.partition("::")
    return path if test == PUBLISHED else function


def _sets(evidence: Evidence) -> str:
    return "; ".join(dict.fromkeys(evidence.where.values()))


def _calibration(results: pd.DataFrame, name: str) -> str:
    """How simulation-based calibration went; empty where the benchmarks hold no row."""
    if name not in results.index:
        return ""
    row = results.loc[name]
    verdict = "uniform" if row["passed"] else f"off: {row['off']}"
    old = "" if row["digest"] == CATALOGUE[name].digest else "; measured before its formula or a prior changed"
    size = f" of {row['runs']:.0f} runs a family" if row["runs"] != RUNS else ""
    return f"{verdict} in {row['n']:.0f} simulations{size} (least p {row['p_value']:.2g}, of {row['worst']}){old}"


def _real(results: pd.DataFrame, name: str) -> str:
    """On which real data published values and ours were held against each other, and how often they agree."""
    own = results[results["law"] == name]
    parts = []
    for data, rows in own.groupby("set", sort=False):
        agree = int(rows["agrees"].isin(["yes", "overlap"]).sum())
        parts.append(f"{data} ({agree} of {len(rows)} agree)")
    return ", ".join(parts)
