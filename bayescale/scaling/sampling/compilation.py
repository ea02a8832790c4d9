"""From a PyMC model to nutpie, compiled once per layout and machine.

PyTensor's Numba code of log density and gradient takes the point and the two data arrays, so its machine code is found
again on disk for any data of the same layout. nutpie wants a C callback: ours turns sampling coordinates into the
model's point and calls that machine code by address. It is the same few lines for every model and is cached on disk
too. (nutpie's own wrapper compiles everything a second time into its callback: half of the time to a first draw.)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayescale.scaling.model.centring import default_centring
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.pymc_model import build_model
from bayescale.scaling.sampling.coordinates import Coordinates

type Array = NDArray[np.float64]


@dataclass(frozen=True)
class Density:
    """Log density of a layout's model over flat points, and its gradient, for whichever data are passed.

    Attributes
    ----------
    function : callable
        `function(point, rows, constants)` returns (log density, gradient).
    address : int
        Address of its machine code.
    blocks : dict of str to (slice, tuple of int)
        Place in a point, and shape, of every variable.
    size : int
        Number of coordinates of a point.
    """

    function: Callable[[Array, Array, Array], tuple[Any, Array]]
    address: int
    blocks: dict[str, tuple[slice, tuple[int, ...]]]
    size: int

    def __call__(self, point: Array, data: Mapping[str, Array]) -> tuple[float, Array]:
        """Return log density and gradient at a point."""
        value, gradient = self.function(point, data["rows"], data["constants"])
        return float(value), gradient

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
    key = design.layout.key()
    if key not in _DENSITIES:
        _DENSITIES[key] = compile_density(build_model(design, default_centring(design)))
    return _DENSITIES[key]


def compile_density(model: Any) -> Density:
    """Compile a model.

    Parameters
    ----------
    model : pymc.Model
        Its data are `rows` (obs, column) and `constants` (flat).

    Returns
    -------
    Density
        Log density and gradient, whose machine code is cached on disk.
    """
    import pytensor
    import pytensor.tensor as pt
    from pytensor.compile.mode import get_mode
    from pytensor.graph.replace import clone_replace

    names = [variable.name for variable in model.free_RVs]
    shapes = [tuple(int(length) for length in variable.type.shape) for variable in model.free_RVs]
    sizes = [int(np.prod(shape)) for shape in shapes]
    ends = np.cumsum(sizes).tolist()
    blocks = {
        name: (slice(end - size, end), shape) for name, size, end, shape in zip(names, sizes, ends, shapes, strict=True)
    }
    point = pt.vector("point", shape=(ends[-1],), dtype="float64")
    rows, constants = pt.matrix("rows", dtype="float64"), pt.vector("constants", dtype="float64")
    swaps = {
        model.rvs_to_values[rv]: point[part].reshape(shape)
        for rv, (part, shape) in zip(model.free_RVs, blocks.values(), strict=True)
    }
    swaps |= {model["rows"]: rows, model["constants"]: constants}
    (log_density,) = clone_replace([model.logp()], swaps)
    gradient = pt.grad(log_density, point)
    mode = get_mode("NUMBA").including(
        "local_remove_check_parameter"
    )  # a scale of zero is a rejected step, not an error
    function = pytensor.function([point, rows, constants], [log_density, gradient], mode=mode)
    jitted = function.vm.jit_fn
    return Density(jitted, _address(jitted), blocks, ends[-1])


def _address(jitted: Any) -> int:
    """Address of the machine code, compiled (or loaded from disk) for the one signature we use."""
    from bayescale.scaling.sampling.callback import ARGUMENTS, RESULT

    jitted.compile((ARGUMENTS,))
    compiled = jitted.overloads[(ARGUMENTS,)]
    if compiled.signature.return_type != RESULT:
        raise RuntimeError(f"the compiled density returns {compiled.signature.return_type}, not {RESULT}")
    return int(compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name))


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
    from nutpie.compile_pymc import CompiledPyMCModel

    from bayescale.scaling.sampling import callback

    arrays = (data["rows"], data["constants"], coordinates.centres, coordinates.matrices)
    shared = tuple(np.ascontiguousarray(part, dtype=np.float64) for part in arrays)
    spacing = coordinates.nodes[1] - coordinates.nodes[0] if len(coordinates.nodes) > 1 else 1.0
    shared = (*shared, np.array([coordinates.nodes[0], spacing]))
    addresses = [part.ctypes.data for part in shared]
    numbers = [*shared[0].shape, shared[1].size, len(coordinates.nodes), coordinates.scale]
    size = density.size
    return CompiledPyMCModel(
        dims={"coordinate": ("coordinate_index",)},
        _coords={"coordinate_index": pd.RangeIndex(size)},
        _shapes={"coordinate": (size,)},
        _n_dim=size,
        compiled_logp_func=callback.log_density,
        compiled_expand_func=callback.expand,
        initial_point_func=initial,
        shared_data=dict(enumerate(shared)),  # the callback reads them by address
        shared_var_keys={},
        user_data=np.array([density.address, *addresses, *numbers], dtype=np.int64),
        n_expanded=size,
        shape_info=(["coordinate"], [slice(0, size)], [(size,)]),
        logp_func=None,
        expand_func=None,
        reparameterized_names=[],
    )
