"""Who is responsible for a report, who requested it, and its date."""

from collections.abc import Mapping
from datetime import date as Date

from bayescale.errors import InputError


def origin_of(owner: str, requested_by: str, date: str) -> Mapping[str, str]:
    """Return the facts on the origin of a report that are known.

    Parameters
    ----------
    owner : str
        Person or team that is responsible for the report; "" where it is not stated.
    requested_by : str
        Person or team that requested it.
    date : str
        Date as YYYY-MM-DD.

    Returns
    -------
    mapping of str to str
        The facts by name, in the order to show them.

    Raises
    ------
    InputError
        The date is not YYYY-MM-DD.
    """
    if date:
        try:
            Date.fromisoformat(date)
        except ValueError:
            raise InputError(f"date={date!r} is not a date: write it as YYYY-MM-DD, such as 2026-03-31") from None
    facts = {"owner": owner, "requested by": requested_by, "date": date}
    return {name: " ".join(text.split()) for name, text in facts.items() if text.strip()}
