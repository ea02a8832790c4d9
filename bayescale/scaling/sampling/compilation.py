"""From a PyMC model to nutpie, compiled once per layout and machine.

PyTensor's Numba code of log density and gradient takes the point and the two data arrays, so its machine code is found
again on disk for any data of the same layout. nutpie wants a C callback: ours turns sampling coordinates into the
model's point and calls that machine code by address. It is the same few lines for every model and is cached on disk
too. (nutpie's own wrapper compiles everything a second time into its callback: half of the time to a first draw.)
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

type Array = NDArray[np.float64]


@dataclass(frozen=True)
class Density:
    """Log density of a layout's model over flat points, and its gradient, for whichever data are passed.

    `function(point, rows, constants)` returns (log density, gradient); `blocks` maps variable names to (slice, shape).
    """

    function: Callable[[Array, Array, Array], tuple[Any, Array]]
    address: int
    blocks: dict[str, tuple[slice, tuple[int, ...]]]
    size: int

    def __call__(self, point: Array, data: dict[str, Array]) -> tuple[float, Array]:
        value, gradient = self.function(point, data["rows"], data["constants"])
        return float(value), gradient

    def unpack(self, points: Array) -> dict[str, Array]:
        """Variables by name from points (…, coordinate)."""
        return {
            name: points[..., part].reshape((*points.shape[:-1], *shape)) for name, (part, shape) in self.blocks.items()
        }


def compile_density(model: Any) -> Density:
    """Compile a model whose data are `rows` (obs, column) and `constants` (flat)."""
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


@dataclass(frozen=True)
class Coordinates:
    """Sampling coordinates u in which a posterior is nearly round, whatever the scale s of its discrepancy.

    `point = centre(s) + matrix(s) @ u`, with log s = centre + width·u at index `scale`: at every s the mode and (as
    a Cholesky factor) the covariance of all else, interpolated smoothly between `nodes` of log s. Level, exponents,
    noise and weights all widen with s; in fixed coordinates that is a funnel. Without a discrepancy there is one node.
    """

    nodes: Array  # (node,): log s, equally spaced
    centres: Array  # (node, coordinate)
    matrices: Array  # (node, coordinate, coordinate): lower triangular
    scale: int  # index of log s, −1 without a discrepancy

    def points(self, coordinates: Array) -> Array:
        """Points of sampled coordinates (…, coordinate)."""
        flat = coordinates.reshape(-1, coordinates.shape[-1])
        blend = np.ones((len(flat), 1))
        if self.scale >= 0:
            log_scale = self.centres[0, self.scale] + self.matrices[0, self.scale, self.scale] * flat[:, self.scale]
            blend = interpolation(self.nodes, log_scale)
        out = blend @ self.centres
        for node in range(len(self.nodes)):
            out += blend[:, [node]] * (flat @ self.matrices[node].T)
        return np.asarray(out.reshape(coordinates.shape))

    def is_regular(self, coordinate: Array) -> bool:
        """Whether the matrix has a positive diagonal at one coordinate: splines between nodes may overshoot zero."""
        weights = np.ones(1)
        if self.scale >= 0:
            log_scale = self.centres[0, self.scale] + self.matrices[0, self.scale, self.scale] * coordinate[self.scale]
            weights = interpolation(self.nodes, np.array([log_scale]))[0]
        diagonal = np.delete(
            weights @ np.diagonal(self.matrices, axis1=1, axis2=2), self.scale if self.scale >= 0 else []
        )
        return bool((diagonal > 0).all())


def interpolation(nodes: Array, at: Array) -> Array:
    """Weights (point, node) of Catmull–Rom splines between equally spaced nodes; constant beyond the ends."""
    last = len(nodes) - 1
    position = np.clip((at - nodes[0]) / (nodes[1] - nodes[0]), 0.0, last)
    left = np.minimum(position.astype(int), last - 1)
    t = (position - left)[:, None]
    weights = 0.5 * np.hstack([-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3])
    out = np.zeros((len(at), len(nodes)))
    for k in range(4):
        np.add.at(out, (np.arange(len(at)), np.clip(left + k - 1, 0, last)), weights[:, k])
    return out


def nutpie_model(
    density: Density, data: dict[str, Array], coordinates: Coordinates, start: Callable[[int], Array]
) -> Any:
    """A model that nutpie samples: draws of the variable `coordinate`. `start(seed)` gives initial coordinates."""
    from nutpie.compile_pymc import CompiledPyMCModel

    from bayescale.scaling.sampling import callback

    arrays = (data["rows"], data["constants"], coordinates.centres, coordinates.matrices)
    kept = tuple(np.ascontiguousarray(part, dtype=np.float64) for part in arrays)
    spacing = coordinates.nodes[1] - coordinates.nodes[0] if len(coordinates.nodes) > 1 else 1.0
    kept = (*kept, np.array([coordinates.nodes[0], spacing]))
    addresses = [part.ctypes.data for part in kept]
    numbers = [*kept[0].shape, kept[1].size, len(coordinates.nodes), coordinates.scale]
    size = density.size
    return CompiledPyMCModel(
        dims={"coordinate": ("coordinate_index",)},
        _coords={"coordinate_index": pd.RangeIndex(size)},
        _shapes={"coordinate": (size,)},
        _n_dim=size,
        compiled_logp_func=callback.log_density,
        compiled_expand_func=callback.expand,
        initial_point_func=start,
        shared_data=dict(enumerate(kept)),  # kept alive: the callback reads them by address
        shared_var_keys={},
        user_data=np.array([density.address, *addresses, *numbers], dtype=np.int64),
        n_expanded=size,
        shape_info=(["coordinate"], [slice(0, size)], [(size,)]),
        logp_func=None,
        expand_func=None,
        reparameterized_names=[],
    )
