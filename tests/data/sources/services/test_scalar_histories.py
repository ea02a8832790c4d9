"""Restarts abandon later points, as TensorBoard does."""

from bayescale.data.sources.services.scalar_histories import History


def test_an_earlier_step_abandons_the_later_points_of_its_tag() -> None:
    history = History()
    for tag, step, value in [("a", 1, 0.1), ("a", 2, 0.2), ("b", 2, 2.0), ("a", 1, 0.3), ("a", 1, 0.4)]:
        history.add(tag, step, value)
    assert dict(history.points) == {"a": {1: 0.4}, "b": {2: 2.0}}
    assert [note.code for note in history.notes("r")] == ["abandoned_branch", "repeated_steps"]
    assert [note.names for note in history.notes("r")] == [("r",), ("r",)]


def test_a_session_abandons_every_later_point() -> None:
    history = History()
    for tag in ("a", "b"):
        for step in (1, 2, 3):
            history.add(tag, step, float(step))
    history.start(2)
    assert history.abandoned == 4
    assert history.table("r").to_dict("list") == {"run": ["r"], "step": [1], "a": [1.0], "b": [1.0]}
