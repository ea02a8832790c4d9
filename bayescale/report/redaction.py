"""Notes under neutral names, for redacted reports of losses and of risk."""

from collections.abc import Iterable, Mapping

from bayescale.core.notes import Note, as_note

LEFT_OUT = "notes_left_out"


def renamed_notes(notes: Iterable[str], new_names: Mapping[str, str], subjects: str) -> tuple[Note, ...]:
    """Replace the names in notes; leave out the notes that may hold a name without a new one.

    A note that mentions no name stays as it is. A note whose names are unknown is left out: it is a plain text, such as
    an earlier release stored.

    Parameters
    ----------
    notes : iterable of str or Note
        The notes.
    new_names : mapping of str to str
        The neutral name of each family, run, group or problem.
    subjects : str
        What the notes that are left out may name, in words, such as "families, runs or files".

    Returns
    -------
    tuple of Note
        The notes under new names. A last note counts those that are left out, if any.
    """
    renamed = [as_note(note).renamed(new_names) for note in notes]
    safe = [note for note in renamed if note is not None]
    hidden = len(renamed) - len(safe)
    if hidden:
        noun, verb = ("note", "is") if hidden == 1 else ("notes", "are")
        message = (
            f"{hidden} {noun} that may name {subjects} {verb} left out of this redacted report. "
            "The file of the posterior contains all notes."
        )
        safe.append(Note(LEFT_OUT, message))
    return tuple(safe)
