"""What compute takes in accelerator hours, days and money."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayescale.core.arguments import checked
from bayescale.core.summary import number
from bayescale.errors import InputError, closest

type Array = NDArray[np.float64]

SECONDS_PER_HOUR = 3600.0
HOURS_PER_DAY = 24.0

#: Peak of dense BF16 matrix products in FLOP/s, from the vendors' data sheets (without structured sparsity).
PEAK_FLOPS: Mapping[str, float] = {
    "A100": 312e12,  # NVIDIA A100 data sheet, 2022
    "H100": 989e12,  # NVIDIA H100 data sheet, 2023: SXM, 1,979 with sparsity
    "H200": 989e12,  # NVIDIA H200 data sheet, 2024
    "B200": 2250e12,  # NVIDIA HGX B200 data sheet, 2024: 4,500 with sparsity
    "MI250X": 383e12,  # AMD Instinct MI250X data sheet, 2021
    "MI300X": 1307e12,  # AMD Instinct MI300X data sheet, 2023
    "TPUv4": 275e12,  # Google Cloud TPU documentation
    "TPUv5e": 197e12,  # Google Cloud TPU documentation
    "TPUv5p": 459e12,  # Google Cloud TPU documentation
    "TPUv6e": 918e12,  # Google Cloud TPU documentation
}


@checked
@dataclass(frozen=True)
class Hardware:
    """Accelerators that compute at a share of their peak.

    Parameters
    ----------
    accelerator : str or float
        A name in `bayescale.scaling.decisions.hardware.PEAK_FLOPS` such as "H100", or a peak in FLOP/s.
    mfu : float
        Model FLOP utilisation: the compute of 6·N·D that is done per second, as a share of the peak, between 0 and 1.
    price_per_hour : float, optional
        Price of one accelerator for one hour, in any currency; amounts are in the same one.
    count : int, optional
        Number of accelerators that compute at once, for days.

    Raises
    ------
    InputError
        If a value cannot be used; lists all problems.

    References
    ----------
    Chowdhery et al. (2022), arXiv:2204.02311, section 4.1, for model FLOP utilisation.
    """

    accelerator: str | float
    mfu: float
    price_per_hour: float | None = None
    count: int | None = None

    def __post_init__(self) -> None:
        problems = []
        if isinstance(self.accelerator, str) and _key(self.accelerator) not in _BY_KEY:
            known = ", ".join(PEAK_FLOPS)
            problems.append(
                f"accelerator={self.accelerator!r} is not known.{closest(self.accelerator, PEAK_FLOPS)} Known are "
                f"{known}; of another, give the peak in FLOP/s, such as 989e12"
            )
        if not isinstance(self.accelerator, str) and not 1e9 <= self.accelerator <= 1e18:
            problems.append(
                f"accelerator={self.accelerator!r} must be a peak between 1e9 and 1e18 FLOP/s, such as 989e12"
            )
        if not 0 < self.mfu <= 1:
            problems.append(f"mfu={self.mfu!r} must be a share of the peak above 0 and at most 1, such as 0.4")
        if self.price_per_hour is not None and not 0 < self.price_per_hour <= 1e6:
            problems.append(f"price_per_hour={self.price_per_hour!r} must be above 0 and at most 1e6, such as 2.5")
        if self.count is not None and not 1 <= self.count <= 10**8:
            problems.append(f"count={self.count!r} must be a number of accelerators, from 1 to 1e8")
        if problems:
            raise InputError("this hardware cannot be used:", problems)

    @property
    def flops_per_hour(self) -> float:
        """Compute of one accelerator in one hour, in FLOP."""
        peak = PEAK_FLOPS[_BY_KEY[_key(self.accelerator)]] if isinstance(self.accelerator, str) else self.accelerator
        return peak * self.mfu * SECONDS_PER_HOUR

    def flops(self, price: float) -> float:
        """Compute that an amount of money buys.

        Parameters
        ----------
        price : float
            The amount, in the currency of `price_per_hour`.

        Returns
        -------
        float
            Compute in FLOP.

        Raises
        ------
        InputError
            If no price per hour is given, or if the amount is not a number above 0.
        """
        if self.price_per_hour is None:
            raise InputError("this hardware has no price: give price_per_hour, such as Hardware('H100', 0.4, 2.5)")
        return number("price", price, "such as 1e6") / self.price_per_hour * self.flops_per_hour


def _key(name: str) -> str:
    """A name without case, spaces and hyphens."""
    return name.casefold().replace(" ", "").replace("-", "")


_BY_KEY = {_key(name): name for name in PEAK_FLOPS}


def hardware_columns(hardware: Hardware | None, flops: Mapping[str, Array]) -> dict[str, Array]:
    """Return accelerator hours, days and prices as table columns.

    Parameters
    ----------
    hardware : Hardware or None
        What computes; None gives no columns.
    flops : mapping of str to ndarray
        Compute in FLOP by the ending of the columns' names, such as "_median".

    Returns
    -------
    dict of str to ndarray
        `accelerator_hours` with each ending; `days` with a number of accelerators, `price` with a price per hour.
    """
    if hardware is None:
        return {}
    per_hour = {"accelerator_hours": 1.0}
    if hardware.count is not None:
        per_hour["days"] = 1 / (hardware.count * HOURS_PER_DAY)
    if hardware.price_per_hour is not None:
        per_hour["price"] = hardware.price_per_hour
    return {
        f"{name}{ending}": values / hardware.flops_per_hour * factor
        for name, factor in per_hour.items()
        for ending, values in flops.items()
    }
