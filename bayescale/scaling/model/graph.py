"""What a model is defined on: its variables, data and arithmetic, of PyMC or of the compiled density."""

from collections.abc import Sequence
from typing import Any, Protocol

from bayescale.scaling.model.run_rows import RunRows


class Graph(Protocol):
    """What variables, data and arithmetic of a model are. A prior is the pair of mean and standard deviation.

    Attributes
    ----------
    xp : module
        Namespace of elementwise functions.
    """

    xp: Any

    def constant(self, name: str) -> Any:
        """Return one of the data other than rows.

        Parameters
        ----------
        name : str
            Its name in `constant_shapes`.

        Returns
        -------
        array
            The data, indexed along its numbered dimensions.
        """

    def normals(self, name: str, priors: Sequence[tuple[Any, Any]]) -> Sequence[Any]:
        """Create independent normal scalars.

        Parameters
        ----------
        name : str
            Name of the variable.
        priors : sequence of (scalar, scalar)
            Prior of each.

        Returns
        -------
        sequence of scalar
            One a prior.
        """

    def family_normals(self, name: str, priors: Sequence[tuple[Any, Any]]) -> Sequence[Any]:
        """Create arrays of normals whose values are independent.

        Parameters
        ----------
        name : str
            Name of the variable.
        priors : sequence of (array or scalar, array or scalar)
            Prior of each array.

        Returns
        -------
        sequence of array, shape (family,)
            One a prior.
        """

    def normal(self, name: str, prior: tuple[Any, Any]) -> Any:
        """Create one normal scalar.

        Parameters
        ----------
        name : str
            Name of the variable.
        prior : (scalar, scalar)
            Its prior.

        Returns
        -------
        scalar
            The variable.
        """

    def weights(self, name: str, prior: tuple[Any, Any]) -> Any:
        """Create the coefficients of the discrepancy.

        Parameters
        ----------
        name : str
            Name of the variable.
        prior : (array, array)
            Prior of each coefficient.

        Returns
        -------
        array, shape (basis,)
            The variable.
        """

    def flats(self, name: str, count: int) -> Sequence[Any]:
        """Create numbers without priors.

        Parameters
        ----------
        name : str
            Name of the variable.
        count : int
            Number of them.

        Returns
        -------
        sequence of number
            The numbers.
        """

    def family_flats(self, name: str, count: int) -> Sequence[Any]:
        """Create arrays without priors.

        Parameters
        ----------
        name : str
            Name of the variable.
        count : int
            Number of arrays.

        Returns
        -------
        sequence of array, each (family,)
            The arrays.
        """

    def family_flat(self, name: str) -> Any:
        """Create an array without a prior.

        Parameters
        ----------
        name : str
            Name of the variable.

        Returns
        -------
        array, shape (family,)
            The variable.
        """

    def add(self, name: str, term: Any) -> None:
        """Add the sum of an array to the log density.

        Parameters
        ----------
        name : str
            Name of the term.
        term : array or scalar
            What is summed.
        """

    def input(self, position: int) -> Any:
        """Return an input of the law at the rows.

        Parameters
        ----------
        position : int
            Position among the law's inputs.

        Returns
        -------
        array, shape (obs,)
            The input on its axis.
        """

    @property
    def response(self) -> Any:
        """The response at the rows."""

    def by_row(self, values: Any) -> Any:
        """Return the value of each row's family.

        Parameters
        ----------
        values : array, shape (family,), or scalar
            Values of families, or one for all.

        Returns
        -------
        array, shape (obs,), or scalar
            Values of rows.
        """

    def functions_times(self, weights: Any) -> Any:
        """Return the discrepancy at the rows.

        Parameters
        ----------
        weights : array, shape (basis,)
            Coefficients of the discrepancy's functions.

        Returns
        -------
        array, shape (obs,)
            Weighted sum of the functions.
        """

    def projected(self, values: Any) -> Any:
        """Return the coefficients that the projector of the centring gives.

        Parameters
        ----------
        values : array, shape (obs,)
            What is projected.

        Returns
        -------
        array, shape (basis,)
            Coefficients of the discrepancy's functions.
        """

    @property
    def run_rows(self) -> RunRows:
        """The rows of runs."""
