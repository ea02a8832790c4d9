"""What each system of repeated sampling and test-time compute rests on: one row a system, R1 to R11 of the catalogue.

Rows have the fields of `bayescale.laws.evidence.Evidence`; `names` are the public functions that offer the system.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bayescale.laws.evidence import Evidence


@dataclass(frozen=True)
class System:
    """One system of the catalogue: its title, the public names that offer it, and what it rests on."""

    title: str
    names: tuple[str, ...]
    evidence: Evidence


#: By id of the catalogue.
SYSTEMS: Mapping[str, System] = {
    "R1": System(
        "pass@k, unbiased",
        ("pass_at_k",),
        Evidence(
            read=("code", "text"),
            equation="Chen et al. 2021, arXiv 2107.03374, equation 1; openai/human-eval, `estimate_pass_at_k`",
            form="printed",
            tests=("tests/risk/test_exact.py::test_both_agree_with_rational_arithmetic",),
            calibration="exact: an unbiased estimator has no posterior",
        ),
    ),
}
