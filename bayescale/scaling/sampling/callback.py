"""The C functions that nutpie calls: change of coordinates, and a call of the compiled density.

They do not depend on the model, and are compiled and cached as densities are (`scaling/kernel/machine_code.py`).
"""

from functools import cache

from llvmlite import ir

from bayescale.scaling.kernel.elementary import DOUBLE, WHOLE, logarithm, number
from bayescale.scaling.kernel.emission import ARGUMENTS, NAME
from bayescale.scaling.kernel.instructions import FLAGS
from bayescale.scaling.kernel.machine_code import Kernel, kernel_of
from bayescale.scaling.kernel.memory import ARRAY, NO_MEMORY, allocated, released
from bayescale.scaling.kernel.storage import counted, whole

REJECTED = 3  # what nutpie takes as a step without a density
OUT_OF_MEMORY = -12_000  # ends sampling, as any negative code: nutpie's error holds the code
CORNERS = 4  # nodes that a spline blends
#: Whole numbers that the callback is passed: addresses of the density, of its data and of the coordinates' arrays; the
#: number of rows; number of nodes, and index of the scale or -1.
PARTS = ("density", "rows", "constants", "centres", "matrices", "grid", "n_obs", "n_nodes", "scale")
#: Cubic polynomials of the place between two nodes: twice the weight of each of four nodes (Catmull-Rom).
SPLINE = ((0.0, -1.0, 2.0, -1.0), (2.0, 0.0, -5.0, 3.0), (0.0, 1.0, 4.0, -3.0), (0.0, 0.0, -1.0, 1.0))


@cache
def log_density() -> Kernel:
    """Compile the callback (size, coordinate, gradient, value, parts).

    It returns 0, `REJECTED` to reject the step, or `OUT_OF_MEMORY`.

    Returns
    -------
    Kernel
        Its address is that of the C function.
    """
    return kernel_of(_log_density_module())


@cache
def expand() -> Kernel:
    """Compile the callback (size, size, coordinate, out, parts) that stores the coordinate as it is.

    Returns
    -------
    Kernel
        Its address is that of the C function.
    """
    module = ir.Module(name="expand")
    function = ir.Function(module, ir.FunctionType(WHOLE, (WHOLE, WHOLE, ARRAY, ARRAY, WHOLE.as_pointer())), NAME)
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    size, _, coordinate, out, _ = function.args
    with counted(builder, size) as i:
        builder.store(builder.load(builder.gep(coordinate, [i])), builder.gep(out, [i]))
    builder.ret(whole(0))
    return kernel_of(module)


def _log_density_module() -> ir.Module:
    module = ir.Module(name="callback")
    function = ir.Function(module, ir.FunctionType(WHOLE, (WHOLE, ARRAY, ARRAY, ARRAY, WHOLE.as_pointer())), NAME)
    for argument in function.args[1:]:
        argument.add_attribute("noalias")
    writer = _Callback(ir.IRBuilder(function.append_basic_block("entry")))
    writer.blend_nodes()
    writer.compute_point()
    log_volume, pull = writer.add_up_diagonal()
    writer.evaluate(log_volume)
    writer.pull_back(pull)
    writer.end()
    return module


class _Callback:
    """The callback under construction; each method adds one stage."""

    def __init__(self, builder: ir.IRBuilder) -> None:
        self.builder = builder
        self.size, self.coordinate, self.gradient, self.value, parts = builder.function.args
        self.parts = {name: builder.load(builder.gep(parts, [whole(i)])) for i, name in enumerate(PARTS)}
        self.centres, self.matrices, self.grid = (
            builder.inttoptr(self.parts[name], ARRAY) for name in ("centres", "matrices", "grid")
        )
        self.has_scale = builder.icmp_signed(">=", self.parts["scale"], whole(0))
        self.scale = builder.select(self.has_scale, self.parts["scale"], whole(0))
        self.nodes = [builder.alloca(WHOLE) for _ in range(CORNERS)]
        self.weights = [builder.alloca(DOUBLE) for _ in range(CORNERS)]
        self.slopes = [builder.alloca(DOUBLE) for _ in range(CORNERS)]  # derivatives of the weights by log s
        vectors = 5
        self.memory, is_missing = allocated(builder, builder.mul(self.size, whole(vectors)))
        with builder.if_then(is_missing, likely=False):
            builder.ret(whole(OUT_OF_MEMORY))
        arrays = [builder.gep(self.memory, [builder.mul(self.size, whole(k))]) for k in range(vectors)]
        self.point, self.moved, self.diagonal, self.turned, self.slope = arrays  # `moved`, `turned`: by log s
        with counted(builder, builder.mul(self.size, whole(vectors))) as i:
            self._store(number(0.0), self.memory, i)

    def blend_nodes(self) -> None:
        """Weights of the nodes at the scale of the coordinate; the first alone without a scale."""
        builder = self.builder
        for k in range(CORNERS):
            builder.store(whole(0), self.nodes[k])
            builder.store(number(float(k == 0)), self.weights[k])
            builder.store(number(0.0), self.slopes[k])
        with builder.if_then(self.has_scale):
            spacing, last = self._load(self.grid, whole(1)), builder.sub(self.parts["n_nodes"], whole(1))
            farthest = builder.sitofp(last, DOUBLE)
            shift = builder.fmul(self._scale_width(), self._load(self.coordinate, self.scale))
            log_scale = builder.fadd(self._load(self.centres, self.scale), shift)
            position = builder.fdiv(builder.fsub(log_scale, self._load(self.grid, whole(0))), spacing)
            above, below = (
                builder.fcmp_ordered(">", position, number(0.0)),
                builder.fcmp_ordered("<", position, farthest),
            )
            position = builder.select(above, builder.select(below, position, farthest), number(0.0))
            left = self._least(builder.fptosi(position, WHOLE), builder.sub(last, whole(1)))
            t = builder.fsub(position, builder.sitofp(left, DOUBLE))
            inside = builder.select(builder.and_(above, below), builder.fdiv(number(0.5), spacing), number(0.0))
            for k, coefficients in enumerate(SPLINE):
                node = self._least(builder.add(left, whole(k - 1)), last)
                node = builder.select(builder.icmp_signed("<", node, whole(0)), whole(0), node)
                builder.store(node, self.nodes[k])
                slopes = [power * coefficient for power, coefficient in enumerate(coefficients)][1:]
                builder.store(builder.fmul(number(0.5), self._polynomial(t, coefficients)), self.weights[k])
                builder.store(builder.fmul(inside, self._polynomial(t, slopes)), self.slopes[k])

    def compute_point(self) -> None:
        """The model's point, the diagonal of the matrix, and the derivatives of both by log s."""
        builder = self.builder
        for k in range(CORNERS):
            weight, slope = builder.load(self.weights[k]), builder.load(self.slopes[k])
            used = [builder.fcmp_unordered("!=", part, number(0.0)) for part in (weight, slope)]
            with builder.if_then(builder.or_(*used)):
                start, matrix = self._node(k)
                with counted(builder, self.size) as i:
                    row = builder.add(matrix, builder.mul(i, self.size))
                    total = self._dot(row, builder.add(i, whole(1)))
                    total = builder.fadd(total, self._load(self.centres, builder.add(start, i)), flags=FLAGS)
                    entry = self._load(self.matrices, builder.add(row, i))
                    self._add(self.point, i, builder.fmul(weight, total))
                    self._add(self.moved, i, builder.fmul(slope, total))
                    self._add(self.diagonal, i, builder.fmul(weight, entry))
                    self._add(self.turned, i, builder.fmul(slope, entry))
        with builder.if_then(self.has_scale):
            for array, value in ((self.moved, 0.0), (self.diagonal, 1.0), (self.turned, 0.0)):
                self._store(number(value), array, self.scale)

    def add_up_diagonal(self) -> tuple[ir.Value, ir.Value]:
        """Log volume of the coordinates and its derivative by log s; NaN where the matrix is degenerate."""
        builder = self.builder
        log_volume, pull = (self._accumulator() for _ in range(2))
        with counted(builder, self.size) as i:
            entry = self._load(self.diagonal, i)
            self._increase(log_volume, logarithm(builder, entry))
            self._increase(pull, builder.fdiv(self._load(self.turned, i), entry))
        return log_volume, pull

    def evaluate(self, log_volume: ir.Value) -> None:
        """Call the density."""
        builder = self.builder
        density = builder.inttoptr(self.parts["density"], ir.FunctionType(DOUBLE, ARGUMENTS).as_pointer())
        rows, constants = (builder.inttoptr(self.parts[name], ARRAY) for name in ("rows", "constants"))
        value = builder.call(density, (self.size, self.point, self.parts["n_obs"], rows, constants, self.slope))
        is_missing = builder.icmp_unsigned("==", builder.bitcast(value, WHOLE), whole(NO_MEMORY))
        with builder.if_then(is_missing, likely=False):
            released(builder, self.memory)
            builder.ret(whole(OUT_OF_MEMORY))
        builder.store(builder.fadd(value, builder.load(log_volume)), self.value)

    def pull_back(self, pull: ir.Value) -> None:
        """The gradient by the coordinates."""
        builder = self.builder
        with counted(builder, self.size) as j:
            self._store(number(0.0), self.gradient, j)
        for k in range(CORNERS):
            weight = builder.load(self.weights[k])
            with builder.if_then(builder.fcmp_unordered("!=", weight, number(0.0))):
                _, matrix = self._node(k)
                with counted(builder, self.size) as i:
                    factor = builder.fmul(weight, self._load(self.slope, i))
                    row = builder.add(matrix, builder.mul(i, self.size))
                    with counted(builder, builder.add(i, whole(1))) as j:
                        part = builder.fmul(factor, self._load(self.matrices, builder.add(row, j)), flags=FLAGS)
                        self._add(self.gradient, j, part)
        with counted(builder, self.size) as i:
            self._increase(pull, builder.fmul(self._load(self.moved, i), self._load(self.slope, i)))
        with builder.if_then(self.has_scale):
            self._add(self.gradient, self.scale, builder.fmul(builder.load(pull), self._scale_width()))

    def end(self) -> None:
        """Free the memory; reject a step whose density or gradient is not finite."""
        builder = self.builder
        released(builder, self.memory)
        rest = self._accumulator()  # x - x is 0 for finite x, and NaN for others
        value = builder.load(self.value)
        self._increase(rest, builder.fsub(value, value))
        with counted(builder, self.size) as j:
            slope = self._load(self.gradient, j)
            self._increase(rest, builder.fsub(slope, slope))
        finite = builder.fcmp_ordered("==", builder.load(rest), number(0.0))
        builder.ret(builder.select(finite, whole(0), whole(REJECTED)))

    def _node(self, k: int) -> tuple[ir.Value, ir.Value]:
        """Where centre and matrix of one of the blended nodes begin."""
        start = self.builder.mul(self.builder.load(self.nodes[k]), self.size)
        return start, self.builder.mul(start, self.size)

    def _scale_width(self) -> ir.Value:
        """How far log s moves with its coordinate."""
        place = self.builder.add(self.builder.mul(self.scale, self.size), self.scale)
        return self._load(self.matrices, place)

    def _dot(self, row: ir.Value, length: ir.Value) -> ir.Value:
        """The first entries of a row of a matrix times the coordinate."""
        total = self._accumulator()
        with counted(self.builder, length) as j:
            entry = self._load(self.matrices, self.builder.add(row, j))
            self._increase(total, self.builder.fmul(entry, self._load(self.coordinate, j), flags=FLAGS))
        return self.builder.load(total)

    def _polynomial(self, t: ir.Value, coefficients: list[float] | tuple[float, ...]) -> ir.Value:
        value: ir.Value = number(0.0)
        for coefficient in reversed(coefficients):
            value = self.builder.fadd(self.builder.fmul(value, t), number(coefficient))
        return value

    def _least(self, first: ir.Value, second: ir.Value) -> ir.Value:
        return self.builder.select(self.builder.icmp_signed("<", first, second), first, second)

    def _accumulator(self) -> ir.Value:
        """A sum that begins at zero."""
        with self.builder.goto_entry_block():
            total = self.builder.alloca(DOUBLE)
        self.builder.store(number(0.0), total)
        return total

    def _increase(self, total: ir.Value, part: ir.Value) -> None:
        self.builder.store(self.builder.fadd(self.builder.load(total), part, flags=FLAGS), total)

    def _add(self, array: ir.Value, index: ir.Value, part: ir.Value) -> None:
        self._increase(self.builder.gep(array, [index], inbounds=True), part)

    def _load(self, array: ir.Value, index: ir.Value) -> ir.Value:
        return self.builder.load(self.builder.gep(array, [index], inbounds=True))

    def _store(self, value: ir.Value, array: ir.Value, index: ir.Value) -> None:
        self.builder.store(value, self.builder.gep(array, [index], inbounds=True))
