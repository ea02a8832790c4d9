"""The family and run of every row, encoded once for all checks of a table."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bayescale.data.columns import arrow_text
from bayescale.data.row_groups import Hashes, integer_hashes, value_hashes


@dataclass(frozen=True, eq=False)
class Identity:
    """The family and run of rows, which all checks of a table share.

    Attributes
    ----------
    families : Array of large_string, shape (n_families,)
        The names of the families.
    family_codes : ndarray of int32, shape (n_rows,)
        The place of the family of every row among `families`.
    run : ndarray of uint64, shape (n_rows,)
        Hashes of the run ids; 0 where no row has a run id of the source.
    has_source_run : ndarray of bool, shape (n_rows,)
        Whether the source gives the run id; other ids are made from the row number.
    """

    families: pa.LargeStringArray
    family_codes: NDArray[np.int32]
    run: Hashes
    has_source_run: NDArray[np.bool_]

    @cached_property
    def family(self) -> Hashes:
        """Hashes (n_rows,) of the families."""
        hashes: Hashes = integer_hashes(np.arange(len(self.families)))[self.family_codes]
        return hashes

    def rows(self, selected: NDArray[np.bool_]) -> "Identity":
        """Return the identity of some rows.

        Parameters
        ----------
        selected : ndarray of bool, shape (n_rows,)
            The rows.

        Returns
        -------
        Identity
            The identity of these rows.
        """
        if selected.all():
            return self
        rows = (self.family_codes[selected], self.run[selected], self.has_source_run[selected])
        return Identity(self.families, *rows)


def identity_of(table: pd.DataFrame, has_source_run: NDArray[np.bool_]) -> Identity:
    """Return the identity of the rows of a table.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        Rows with `family` and `run`, of dtype `str` and without blanks.
    has_source_run : ndarray of bool, shape (n_rows,)
        Which rows have a run id of the source.

    Returns
    -------
    Identity
        The identity.
    """
    runs = value_hashes(table["run"]) if has_source_run.any() else has_source_run.astype(np.uint64)
    encoded = pc.dictionary_encode(arrow_text(table["family"]))
    return Identity(encoded.dictionary, encoded.indices.to_numpy(), runs, has_source_run)
