"""Published coefficients, recovered from the runs they were fitted to: the cheapest of `benchmarks.published`."""

from collections.abc import Callable, Iterator

import pytest

from benchmarks import published_loss, published_tasks, published_training
from benchmarks.published_core import Row
from benchmarks.shared import SHARED

type Cases = Callable[[], Iterator[Row]]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.shared,
    pytest.mark.skipif(not (SHARED / "data").is_dir(), reason="the public data are not beside the checkout"),
]


@pytest.mark.parametrize(
    ("cases", "data", "quantities"),
    [
        (published_loss.chinchilla, "240 points", {"E", "A", "alpha", "B", "beta", "a = beta/(alpha+beta)"}),
        (published_training.steplaw, "best cell of each size and data", {"a", "b", "lr_0", "B_0"}),
        (published_training.experts, "S-BASE, last checkpoints", {"L_0", "a", "b", "c", "E_start", "E_max"}),
    ],
)
def test_published_values_meet_our_intervals(cases: Cases, data: str, quantities: set[str]) -> None:
    found = {(row["law"], row["quantity"]): row for row in cases() if row["data"] == data}
    assert {quantity for _, quantity in found} == quantities
    assert {row["gate"] for row in found.values()} == {"passed"}
    outside = [quantity for (_, quantity), row in found.items() if row["agrees"] not in ("yes", "overlap")]
    assert len(outside) <= 1, outside  # 90 % intervals of six quantities miss 0.6 of them on average


def test_vocabulary_law_meets_published_values_apart_from_the_term_of_data() -> None:
    rows = [row for row in published_tasks.vocabulary() if str(row["data"]).startswith("50 ends")]
    assert {row["gate"] for row in rows} == {"passed"}
    # the authors fit every checkpoint and larger models, with one exponent for size and data
    assert {row["quantity"] for row in rows if row["agrees"] == "no"} <= {"B", "beta"}
    assert {row["quantity"] for row in rows if row["agrees"] == "yes"} >= {"L_0", "alpha_1", "alpha_2"}
