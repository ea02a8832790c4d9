"""The shape of a model: what its compiled code depends on."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bayescale.scaling.model.priors import anchor_of, coordinate_names, scale_of
from bayescale.scaling_laws.law import Law, Noise
from bayescale.scaling_laws.parametrization import term_names
from bayescale.scaling_laws.prior import Scale


@dataclass(frozen=True)
class Layout:
    """The shape of a model: everything the compiled code depends on. Data, priors and coordinates are swapped in.

    Attributes
    ----------
    law : Law
        The law.
    n_families : int
        Number of families.
    pooled, shared, free : tuple of str
        Parameters by how they vary over families.
    n_basis : int
        Number of functions of the discrepancy; 0 without one.
    noise : {"growing", "constant"}
        Whether noise grows with the reducible response.
    run_noise : bool
        Whether some run has several rows.
    drift : bool
        Whether some run has rows at different inputs, so that its neighbours resemble each other.
    """

    law: Law
    n_families: int
    pooled: tuple[str, ...]
    shared: tuple[str, ...]
    free: tuple[str, ...]
    n_basis: int
    noise: Noise
    run_noise: bool
    drift: bool

    def key(self) -> tuple[Any, ...]:
        """Identify the compiled code; of the priors it depends on the scale that each is normal on.

        Returns
        -------
        tuple
            Equal for layouts that share compiled code.
        """
        pooling = (self.n_families, self.pooled, self.shared, self.free, self.n_basis)
        noise = (self.noise, self.run_noise, self.drift)
        return (repr(self.law.expression), self.law.link, self.law.scale, tuple(self.scales.values()), *pooling, *noise)

    @cached_property
    def scales(self) -> dict[str, Scale]:
        """Scale on which the prior of every coordinate is normal, by parameter in the order of `coordinate_names`."""
        return {name: scale_of(self.law, name) for name in coordinate_names(self.law)}

    @property
    def anchor(self) -> str:
        """Parameter that the level at the centre replaces.

        It is the floor, or the last amplitude of a law without a floor; "" for a law without power terms.
        """
        return anchor_of(self.law)

    @property
    def population(self) -> tuple[str, ...]:
        """Parameters that have a value of the population."""
        return self.pooled + self.shared

    @property
    def members(self) -> tuple[str, ...]:
        """Pooled parameters sampled per family as themselves (the anchor is sampled as the level)."""
        return tuple(name for name in self.pooled if name != self.anchor)

    @property
    def member_places(self) -> list[int]:
        """Indices of `members` in `pooled`, and so in `population`."""
        return [self.pooled.index(name) for name in self.members]

    @property
    def sampled_free(self) -> tuple[str, ...]:
        """Free parameters sampled as themselves (the anchor is sampled as the level)."""
        return tuple(name for name in self.free if name != self.anchor)

    @property
    def has_level(self) -> bool:
        """Whether the level at the centre is sampled per family."""
        return self.anchor not in ("", *self.shared)

    @property
    def family_levels(self) -> bool:
        """Whether the level of every family is sampled at the family's own centre, not at that of all data.

        Without a floor the level decides the terms too, and stays at the common centre; so it does where a formula
        contains the floor.
        """
        floor, extra = self.law.expression.floor, self.law.expression.extra
        return self.has_level and self.n_families > 1 and bool(floor) and not (extra and floor in extra.names)

    @property
    def joined_terms(self) -> tuple[str, ...]:
        """Slopes that are sampled as their weighted total and their ratios (`slope_total`)."""
        names = term_names(self.law) if self.law.expression.floor else ()
        joined = len(names) > 1 and all(name in self.members and self.scales[name] == "log" for name in names)
        return names if joined else ()

    @property
    def joined_noise(self) -> tuple[str, ...]:
        """Noise parameters that are sampled as the noise at the centre of the data and their ratio."""
        return ("noise_floor", "noise_slope") if self.noise == "growing" else ()

    @property
    def noise_names(self) -> tuple[str, ...]:
        """Noise parameters, in the order of their coordinates."""
        growing = ("noise_slope", "noise_growth") if self.noise == "growing" else ()
        run = ("noise_run",) if self.run_noise else ()
        return ("noise_floor", *growing, "noise_df", *run, *(("noise_length",) if self.drift else ()))
