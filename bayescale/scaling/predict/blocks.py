"""Predictive draws of many targets, evaluated in blocks, so that memory does not grow with the number of targets."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayescale.errors import InputError

#: Values (chain · draw · target) of one variable that are evaluated at once. A block peaks at some 15 such arrays.
BLOCK_VALUES = 1_000_000
MOST_TARGETS = 1000  # in a block: arrays without draws (waves of the discrepancy) grow with targets too
#: Bytes of draws that `Blocks.whole` puts into one dataset at most.
MOST_BYTES = 1_000_000_000
VARIABLES = ("law", "run")


@dataclass(frozen=True, eq=False)
class Blocks:
    """Predictive draws of targets, evaluated on iteration.

    Parameters
    ----------
    labels : Dataset
        Coordinates of all targets and the response's name (attribute `response`), without draws.
    draw : callable
        From a slice of targets to their draws, `law` and `run` (chain, draw, target).
    size : int
        Targets in a block.
    """

    labels: xr.Dataset
    draw: Callable[[slice], xr.Dataset]
    size: int

    def __iter__(self) -> Iterator[xr.Dataset]:
        for part in slices(self.labels.sizes.get("target", 0), self.size):
            yield self.draw(part).assign_coords(self.labels.isel(target=part).coords)

    @property
    def families(self) -> NDArray[np.str_]:
        """Name of each target's family (target,)."""
        return np.asarray(self.labels["target_family"].to_numpy(), dtype=str)

    @property
    def n_bytes(self) -> int:
        """Memory that the draws of all targets need."""
        sizes = self.labels.sizes
        return 8 * len(VARIABLES) * sizes.get("chain", 0) * sizes.get("draw", 0) * sizes.get("target", 0)

    @cached_property
    def whole(self) -> xr.Dataset:
        """The draws of all targets in one dataset.

        Raises
        ------
        InputError
            Where they would need more than `MOST_BYTES`.
        """
        if self.n_bytes > MOST_BYTES:
            targets = self.labels.sizes["target"]
            raise InputError(
                f"the draws of {targets:,} targets need {self.n_bytes / 1e9:.3g} GB of memory, more than "
                f"{MOST_BYTES / 1e9:.3g} GB: use the forecast's table and below(threshold), which are computed in "
                f"blocks, or forecast at most {MOST_BYTES * targets // self.n_bytes:,} targets at a time"
            )
        parts: list[xr.Dataset] = [*self]
        if len(parts) == 1:
            return parts[0]
        whole: xr.Dataset = xr.concat(parts, "target", data_vars="minimal", join="exact")
        return whole

    def renamed(self, families: NDArray[np.str_]) -> "Blocks":
        """Rename the targets' families.

        Parameters
        ----------
        families : ndarray of str
            Name of each target's family (target,).

        Returns
        -------
        Blocks
            The same draws with these names.
        """
        return replace(self, labels=self.labels.assign_coords(target_family=("target", families)))


def of_dataset(dataset: xr.Dataset) -> Blocks:
    """Wrap draws in memory as one block.

    Parameters
    ----------
    dataset : Dataset
        `law` and `run` (chain, draw, target).

    Returns
    -------
    Blocks
        One block.
    """
    labels = dataset.drop_vars(VARIABLES, errors="ignore")
    return Blocks(labels, lambda part: dataset.isel(target=part), max(1, dataset.sizes.get("target", 0)))


def block_size(n_draws: int) -> int:
    """Choose the number of targets in a block.

    Parameters
    ----------
    n_draws : int
        Draws of each target, over all chains.

    Returns
    -------
    int
        Targets in a block.
    """
    return max(1, min(MOST_TARGETS, BLOCK_VALUES // n_draws))


def slices(count: int, size: int) -> list[slice]:
    """Cut targets into consecutive slices.

    Parameters
    ----------
    count : int
        Number of targets.
    size : int
        Most targets in a slice.

    Returns
    -------
    list of slice
        The slices.
    """
    return [slice(start, start + size) for start in range(0, count, size)]


def labels_of(parts: list[xr.Dataset]) -> xr.Dataset:
    """Join the coordinates of blocks.

    Parameters
    ----------
    parts : list of Dataset
        Coordinates of each block's targets.

    Returns
    -------
    Dataset
        Coordinates of all targets.
    """
    if len(parts) == 1:
        return parts[0]
    out = xr.concat(parts, "target", join="override", coords="minimal", compat="override")
    return out.assign_coords(target=np.arange(out.sizes["target"]))
