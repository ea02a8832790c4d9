"""The compiled log density of a layout, and the model that nutpie samples.

The density is recorded from the model's definition (`scaling/kernel/`). nutpie wants a C callback: ours turns sampling
coordinates into a point of the model and calls the density's machine code by its address.
"""

import ctypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.core.deferred import deferred
from bayescale.errors import BayescaleError, LawError
from bayescale.scaling.kernel.derivatives import ancestors
from bayescale.scaling.kernel.emission import module_of
from bayescale.scaling.kernel.machine_code import Kernel, kernel_of
from bayescale.scaling.kernel.memory import NO_MEMORY
from bayescale.scaling.kernel.recorded_model import record_density
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.layout import Layout
from bayescale.scaling.sampling import callback
from bayescale.scaling.sampling.coordinates import Coordinates

#: Of a density and its gradient: LLVM takes about 10 s for as many. The largest law of the catalogue has 1,400.
MOST_OPERATIONS = 6_000

#: A ctypes array at the memory of any array; its declared length does not matter to the code that it is passed to.
DOUBLES = ctypes.c_double * 0
FLOAT64 = np.dtype(np.float64)

type Array = NDArray[np.float64]
type Data = Mapping[str, Array]

STEP = 1e-4  # of the finite difference of the gradient
SOFTEST = 0.05  # curvature below this is taken as this


def memory_of(array: Array) -> Any:
    """Give compiled code the memory of an array, in a third of a microsecond instead of the 1.2 of `array.ctypes`.

    Parameters
    ----------
    array : ndarray
        Any numbers. Where they are not float64 in C order, or read-only, the memory is that of a copy.

    Returns
    -------
    ctypes array
        It keeps alive the memory that it points to.
    """
    try:
        if array.dtype is FLOAT64:
            return DOUBLES.from_buffer(array)
    except (TypeError, ValueError):  # read-only; not in C order
        pass
    return DOUBLES.from_buffer(np.array(array, dtype=np.float64, order="C"))


@dataclass(frozen=True)
class Density:
    """Log density of a layout's model over flat points, and its gradient, for whichever data are passed.

    Attributes
    ----------
    kernel : Kernel
        Machine code.
    blocks : dict of str to (slice, tuple of int)
        Place in a point, and shape, of every variable.
    size : int
        Number of coordinates of a point.
    """

    kernel: Kernel
    blocks: dict[str, tuple[slice, tuple[int, ...]]]
    size: int

    def __call__(self, point: Array, data: Mapping[str, Array]) -> tuple[float, Array]:
        """Return log density and gradient at a point; raise BayescaleError where there is no memory for it."""
        rows, gradient = data["rows"], np.empty(self.size)
        arrays = (memory_of(rows), memory_of(data["constants"]), DOUBLES.from_buffer(gradient))
        value = self.kernel.function(self.size, memory_of(point), len(rows), *arrays)
        if np.isnan(value) and np.float64(value).view(np.int64) == NO_MEMORY:
            raise out_of_memory()
        return value, gradient

    def curvature(self, point: Array, data: Data) -> Array:
        """Compute minus the Hessian of the log density, by central differences of the gradient.

        Parameters
        ----------
        point : array, shape (coordinate,)
            Where.
        data : mapping of str to array
            `rows` and `constants` (`pack_data`).

        Returns
        -------
        array, shape (coordinate, coordinate)
            Symmetric; entries that are not finite are zero.
        """
        steps = STEP * np.eye(self.size)
        out = np.array([(self(point - step, data)[1] - self(point + step, data)[1]) / (2 * STEP) for step in steps])
        out = np.where(np.isfinite(out), out, 0.0)
        return np.asarray((out + out.T) / 2)

    def unpack(self, points: Array) -> dict[str, Array]:
        """Split points into variables.

        Parameters
        ----------
        points : array, shape (..., coordinate)
            Flat points.

        Returns
        -------
        dict of str to array
            Variables by name, each (..., *shape).
        """
        return {
            name: points[..., part].reshape((*points.shape[:-1], *shape)) for name, (part, shape) in self.blocks.items()
        }

    def flatten(self, variables: Mapping[str, Array]) -> Array:
        """Join the variables of one point; the inverse of `unpack`.

        Parameters
        ----------
        variables : mapping of str to array
            Variables by name, of one point.

        Returns
        -------
        array, shape (coordinate,)
            The point.
        """
        return np.concatenate([np.ravel(variables[name]) for name in self.blocks])


_DENSITIES: dict[tuple[Any, ...], Density] = {}


def density_of(design: Design) -> Density:
    """Compile the density of a design's layout, once a process, or look it up.

    Parameters
    ----------
    design : Design
        Its layout decides the code; data and priors are passed to it.

    Returns
    -------
    Density
        Log density and gradient.
    """
    layout = design.layout
    key = layout.key()
    if key not in _DENSITIES:
        _DENSITIES[key] = compile_density(layout)
    return _DENSITIES[key]


def compile_density(layout: Layout) -> Density:
    """Compile the density of a layout, or find its machine code on disk.

    Parameters
    ----------
    layout : Layout
        Shape of the model.

    Returns
    -------
    Density
        Log density and gradient.

    Raises
    ------
    LawError
        If the law has so many operations that compiling it would take long.
    """
    recording, variables = record_density(layout)
    operations = len(ancestors((recording.value, *recording.derivatives)))
    if operations > MOST_OPERATIONS:
        raise LawError(
            f"law {layout.law.name!r} has {operations:,} operations with its derivatives, and compiling it would take "
            f"long: at most {MOST_OPERATIONS:,} are allowed. Shorten its formula; of functions, saturating_share and "
            "batch_loss have the most"
        )
    ends = np.cumsum([int(np.prod(variable.shape)) for variable in variables]).tolist()
    blocks = {
        variable.name: (slice(start, end), variable.shape)
        for variable, start, end in zip(variables, [0, *ends], ends, strict=False)
    }
    return Density(kernel_of(module_of(recording)), blocks, ends[-1])


def out_of_memory() -> BayescaleError:
    """Make the error of a density without memory for its vectors.

    Returns
    -------
    BayescaleError
        The error.
    """
    return BayescaleError(
        "there is not enough memory to evaluate the log density; fit fewer rows, let fewer chains run at the same time "
        "(bayescale.Sampler(cores=1)), or free memory"
    )


def nutpie_model(
    density: Density, data: Mapping[str, Array], coordinates: Coordinates, initial: Callable[[int], Array]
) -> Any:
    """Build a model that nutpie samples, with draws of one variable `coordinate`.

    Parameters
    ----------
    density : Density
        Compiled log density.
    data : mapping of str to array
        `rows` and `constants`.
    coordinates : Coordinates
        Sampling coordinates.
    initial : callable
        Initial coordinates of a chain, from its seed.

    Returns
    -------
    nutpie.compile_pymc.CompiledPyMCModel
        It keeps alive the arrays that the callback reads by address.
    """
    with deferred("arviz"):  # nutpie imports it, and matplotlib with it, for a trace that we do not ask for
        from nutpie.compile_pymc import CompiledPyMCModel

    arrays = (data["rows"], data["constants"], coordinates.centres, coordinates.matrices)
    shared = tuple(np.ascontiguousarray(part, dtype=np.float64) for part in arrays)
    spacing = coordinates.nodes[1] - coordinates.nodes[0] if len(coordinates.nodes) > 1 else 1.0
    shared = (*shared, np.array([coordinates.nodes[0], spacing]))
    addresses = [part.ctypes.data for part in shared]
    numbers = [len(shared[0]), len(coordinates.nodes), coordinates.scale]  # in the order of `callback.PARTS`
    size = density.size
    return CompiledPyMCModel(
        dims={"coordinate": ("coordinate_index",)},
        _coords={"coordinate_index": pd.RangeIndex(size)},
        _shapes={"coordinate": (size,)},
        _n_dim=size,
        compiled_logp_func=callback.log_density(),
        compiled_expand_func=callback.expand(),
        initial_point_func=initial,
        shared_data=dict(enumerate(shared)),  # the callback reads them by address
        shared_var_keys={},
        user_data=np.array([density.kernel.address, *addresses, *numbers], dtype=np.int64),
        n_expanded=size,
        shape_info=(["coordinate"], [slice(0, size)], [(size,)]),
        logp_func=None,
        expand_func=None,
        reparameterized_names=[],
    )
