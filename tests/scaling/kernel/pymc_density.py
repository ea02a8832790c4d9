"""Log density and gradient of the PyMC model, evaluated by PyTensor without compiling."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayescale.scaling.model.centring import Centring
from bayescale.scaling.model.design import Design
from bayescale.scaling.model.model_data import pack_data
from bayescale.scaling.model.pymc_model import build_model

type Array = NDArray[np.float64]


class PyMCDensity:
    """The density that the public model states, of flat points."""

    def __init__(self, design: Design, centring: Centring) -> None:
        import pytensor
        import pytensor.tensor as pt
        from pytensor.compile.mode import Mode
        from pytensor.graph.replace import clone_replace

        model: Any = build_model(design, centring)
        values = [model.rvs_to_values[variable] for variable in model.free_RVs]
        shapes = [tuple(int(length) for length in variable.type.shape) for variable in model.free_RVs]
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
        self.names = [variable.name for variable in model.free_RVs]
        self.size = int(ends[-1])
        point, rows, constants = pt.vector("point"), pt.matrix("rows"), pt.vector("constants")
        parts = [point[end - int(np.prod(shape)) : end] for shape, end in zip(shapes, ends.tolist(), strict=True)]
        swaps = {value: part.reshape(shape) for value, part, shape in zip(values, parts, shapes, strict=True)}
        (density,) = clone_replace([model.logp()], {**swaps, model["rows"]: rows, model["constants"]: constants})
        mode = Mode(linker="py", optimizer=None).including("local_remove_check_parameter")
        gradient = pt.grad(density, point)
        self.function = pytensor.function([point, rows, constants], [density, gradient], mode=mode)
        self.data = pack_data(design, centring)

    def __call__(self, point: Array) -> tuple[float, Array]:
        value, gradient = self.function(point, self.data["rows"], self.data["constants"])
        return float(value), gradient
