"""Scores from a table: sorted by family, with unknown compute guessed from the size, and notes."""

import numpy as np
import pandas as pd
import pytest

from bayescale.capability.scores import ITEMS, Scores, scores_from_runs
from bayescale.core.notes import Note
from bayescale.data.reading import read_runs
from bayescale.errors import InputError
from tests.capability.simulation import BENCHMARKS, scores_table


def read(table: pd.DataFrame, **settings: object) -> tuple[Scores, tuple[Note, ...]]:
    arguments = {"family": "family", "model": "model", "chance": {}, "items": {}} | settings
    return scores_from_runs(read_runs(table, response="choice"), BENCHMARKS, **arguments)  # type: ignore[arg-type]


def test_models_are_sorted_by_family_and_blanks_stay() -> None:
    table = scores_table()[0].sample(frac=1, random_state=1, ignore_index=True)
    table.loc[3, "code"] = np.nan
    scores, _ = read(table, items={"code": 164})
    assert (np.diff(scores.family) >= 0).all()
    assert scores.measured.sum() == 4 * len(table) - 1
    place = scores.models.index(table["model"][3])
    assert scores.families[scores.family[place]] == table["family"][3]
    assert np.isnan(scores.score[place, 2])
    assert scores.items.tolist() == [ITEMS, ITEMS, 164, ITEMS]


def test_unknown_compute_is_guessed_from_the_size() -> None:
    table = scores_table()[0]
    true = np.log10(table["flops"])
    table.loc[::4, "flops"] = np.nan
    scores, notes = read(table)
    unknown = scores.unknown_scale > 0
    assert unknown.sum() == 10
    order = [table["model"].tolist().index(name) for name in scores.models]
    error = (scores.log10_flops - true.to_numpy()[order])[unknown]
    assert np.abs(error).max() < 4 * scores.unknown_scale[unknown].max()
    assert any(note.code == "compute_unknown" and "10 of 40" in note for note in notes)


def test_compute_is_taken_from_size_and_tokens() -> None:
    table = scores_table()[0]
    table["n_tokens"] = table["flops"] / (6 * table["n_params"])
    scores, _ = read(table.drop(columns="flops"))
    again, _ = read(table)
    assert scores.log10_flops == pytest.approx(again.log10_flops)


def test_notes_name_benchmarks_without_chance_and_models_without_scores() -> None:
    table = scores_table()[0]
    table.loc[0, BENCHMARKS] = np.nan
    table["choice"] = table["choice"].clip(lower=0.22)
    codes = [note.code for note in read(table)[1]]
    assert {"chance_not_stated", "model_without_score"} <= set(codes)


def test_a_table_without_compute_is_refused() -> None:
    with pytest.raises(InputError, match="three different values are needed"):
        read(scores_table()[0].drop(columns="flops"))
