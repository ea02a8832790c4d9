"""What a publication scores: runs that were added, not rows that another release names differently."""


def test_rows_known_by_other_keys_are_not_new() -> None:
    from bayescale.maintenance.landed import _without_renamed

    known = {"a, a1": [["x", 2.5]], "a, a2": [["y", 2.4]], "b, b1": [["z", 2.3]]}
    keys, responses = ["A, a1", "A, a2", "b, b1", "a, new"], [2.5, 2.4, 2.3, 2.2]
    came = [key not in known for key in keys]
    assert _without_renamed(came, keys, known, responses) == [False, False, False, True]
