"""Scores of models on benchmarks with their families and compute, from a table of runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.capability.score_checks import benchmark_problems, setting_problems, table_problems
from bayescale.core.notes import Note
from bayescale.core.text import listing
from bayescale.data.columns import as_numbers
from bayescale.data.runs import Runs
from bayescale.errors import InputError

type Array = NDArray[np.float64]
type Index = NDArray[np.int64]

ITEMS = 1000.0  # of a benchmark, where their number is not stated
LEAST_GUESS_SCALE = 0.1  # decades: of a compute that is guessed from the size
FEW_SCORES = 5  # of a benchmark, below which a note says so
ABOVE_CHANCE = 0.2  # least score of a benchmark without a stated chance, from which a note asks for one


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of models on benchmarks, sorted by family.

    Parameters
    ----------
    models, families, benchmarks : tuple of str
        Labels.
    family : ndarray of int, shape (n_models,)
        Family of each model.
    log10_flops : ndarray, shape (n_models,)
        Training compute; where it is unknown, the mean of its prior.
    unknown_scale : ndarray, shape (n_models,)
        Standard deviation of that prior in decades; 0 where the compute is known.
    score : ndarray, shape (n_models, n_benchmarks)
        Shares from 0 to 1; NaN where a model was not measured.
    chance, items : ndarray, shape (n_benchmarks,)
        Score of guessing, and number of items.
    """

    models: tuple[str, ...]
    families: tuple[str, ...]
    benchmarks: tuple[str, ...]
    family: Index
    log10_flops: Array
    unknown_scale: Array
    score: Array
    chance: Array
    items: Array

    @cached_property
    def centre(self) -> float:
        """Mean of log10 of the known compute."""
        return float(self.log10_flops[self.unknown_scale == 0].mean())

    @cached_property
    def compute(self) -> Array:
        """log10 of the compute less its centre, shape (n_models,)."""
        return self.log10_flops - self.centre

    @cached_property
    def measured(self) -> Array:
        """1 where a model was measured on a benchmark, else 0, shape (n_models, n_benchmarks)."""
        return np.isfinite(self.score).astype(float)

    @cached_property
    def variance(self) -> Array:
        """Variance of each measured score over draws of the benchmark's items, shape (n_models, n_benchmarks)."""
        smoothed = (np.where(self.measured > 0, self.score, 0.5) * self.items + 1) / (self.items + 2)
        return np.asarray(smoothed * (1 - smoothed) / self.items)

    @cached_property
    def first_of_family(self) -> Index:
        """Place of the first model of each family, shape (n_families,)."""
        return np.searchsorted(self.family, np.arange(len(self.families)))


def scores_from_runs(
    runs: Runs,
    benchmarks: Sequence[str],
    family: str | None,
    model: str,
    chance: Mapping[str, float],
    items: Mapping[str, float],
) -> tuple[Scores, tuple[Note, ...]]:
    """Arrange a table with one row per model and one column per benchmark.

    Parameters
    ----------
    runs : Runs
        The table, with `flops`, or `n_params` and `n_tokens`, where they are known.
    benchmarks : sequence of str
        Columns of the scores.
    family : str or None
        Column of the families; None takes all models as one family.
    model : str
        Column with the names of the models.
    chance, items : mapping of str to float
        Score of guessing, and number of items, by benchmark.

    Returns
    -------
    scores : Scores
        The scores.
    notes : tuple of Note
        What was guessed or looks odd.

    Raises
    ------
    InputError
        If the table cannot be used; it lists every problem.
    """
    table = runs.table
    problems = setting_problems(benchmarks, chance, items)
    problems += table_problems(table, family, model) + benchmark_problems(table, benchmarks)
    if problems:
        raise InputError(f"{runs.source}: cannot fit capabilities", problems)
    score = np.column_stack([as_numbers(table[name])[0] for name in benchmarks])
    some = np.isfinite(score).any(axis=1)
    log10_flops, scale, notes = _compute(table[some], runs.source)
    labels = np.full(int(some.sum()), "all") if family is None else table[family][some].to_numpy(dtype=str)
    families, place = np.unique(labels, return_inverse=True)
    order = np.argsort(place, kind="stable")
    if not some.all():
        names = table[model][~some].astype(str).tolist()
        notes.append(Note("model_without_score", f"No score of {listing(names)}: left out.", names))
    scores = Scores(
        models=tuple(table[model][some].astype(str).to_numpy()[order].tolist()),
        families=tuple(map(str, families)),
        benchmarks=tuple(benchmarks),
        family=place[order].astype(np.int64),
        log10_flops=log10_flops[order],
        unknown_scale=scale[order],
        score=score[some][order],
        chance=np.array([chance.get(name, 0.0) for name in benchmarks], dtype=float),
        items=np.array([items.get(name, ITEMS) for name in benchmarks], dtype=float),
    )
    return scores, (*notes, *_benchmark_notes(scores, chance))


def _compute(table: pd.DataFrame, source: str) -> tuple[Array, Array, list[Note]]:
    """log10 of the compute, the scale of its prior where it is unknown, and notes."""
    columns = {
        name: np.log10(table[name].to_numpy(dtype=float)) if name in table else np.full(len(table), np.nan)
        for name in ("flops", "n_params", "n_tokens")
    }
    product = np.log10(6.0) + columns["n_params"] + columns["n_tokens"]
    log10_flops = np.where(np.isfinite(columns["flops"]), columns["flops"], product)
    known = np.isfinite(log10_flops)
    if known.sum() < 3 or np.ptp(log10_flops[known]) == 0:
        raise InputError(
            f"{source}: cannot fit capabilities",
            [
                f"{known.sum()} models have a training compute, and three different values are needed: give a column "
                "'flops', or 'n_params' and 'n_tokens'"
            ],
        )
    guess, scale, from_size = _guess(log10_flops, columns["n_params"], known)
    notes = []
    if not known.all():
        count = int((~known).sum())
        basis = f"{from_size} of them from their size, " if from_size else ""
        notes.append(
            Note(
                "compute_unknown",
                f"The compute of {count} of {len(known)} models is unknown: it is estimated with their capability, "
                f"{basis}and they inform the relation of the benchmarks.",
            )
        )
    return np.where(known, log10_flops, guess), np.where(known, 0.0, scale), notes


def _guess(log10_flops: Array, size: Array, known: NDArray[np.bool_]) -> tuple[Array, Array, int]:
    """Mean and standard deviation of unknown compute: from the size by regression, else as that of all models."""
    mean = np.full(len(size), log10_flops[known].mean())
    scale = np.full(len(size), max(float(log10_flops[known].std()), LEAST_GUESS_SCALE))
    both = known & np.isfinite(size)
    if both.sum() < 5 or np.ptp(size[both]) == 0:
        return mean, scale, 0
    slope, intercept = np.polyfit(size[both], log10_flops[both], 1)
    residual = float(np.std(log10_flops[both] - intercept - slope * size[both]))
    sized = np.isfinite(size)
    mean = np.where(sized, intercept + slope * size, mean)
    return mean, np.where(sized, max(residual, LEAST_GUESS_SCALE), scale), int((sized & ~known).sum())


def _benchmark_notes(scores: Scores, chance: Mapping[str, float]) -> list[Note]:
    """Notes on benchmarks with few scores, and on those whose chance may be missing."""
    notes = []
    counts = scores.measured.sum(axis=0)
    if few := [name for name, count in zip(scores.benchmarks, counts, strict=True) if count < FEW_SCORES]:
        notes.append(
            Note("few_scores", f"Fewer than {FEW_SCORES} models have a score on {listing(few)}: priors weigh in.")
        )
    least = np.nanmin(scores.score, axis=0)
    pairs = zip(scores.benchmarks, least, strict=True)
    if guessed := [name for name, value in pairs if value > ABOVE_CHANCE and name not in chance]:
        notes.append(
            Note(
                "chance_not_stated",
                f"Every score on {listing(guessed)} is above {ABOVE_CHANCE:g}, and the chance level counts as 0: state "
                "it with chance={...} where items have a few choices.",
            )
        )
    return notes
