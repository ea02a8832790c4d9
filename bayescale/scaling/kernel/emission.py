"""A recorded density as one LLVM function of point, rows and constants, which writes the gradient."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from llvmlite import ir

from bayescale.scaling.kernel.elementary import DOUBLE, WHOLE, number
from bayescale.scaling.kernel.instructions import FLAGS, INSTRUCTIONS
from bayescale.scaling.kernel.loops import LEAVES, Loop, loops_of
from bayescale.scaling.kernel.memory import ARRAY
from bayescale.scaling.kernel.nodes import Axis, Node
from bayescale.scaling.kernel.storage import (
    BLOCK,
    LANES,
    Element,
    Place,
    RowBlock,
    Storage,
    counted,
    joined,
    lanes,
    whole,
)

NAME = "log_density"
#: size, point, number of rows, rows, constants, gradient.
ARGUMENTS = (WHOLE, ARRAY, WHOLE, ARRAY, ARRAY, ARRAY)


@dataclass(frozen=True)
class Recording:
    """What a compiled density computes.

    Attributes
    ----------
    value : Node
        The log density.
    elements : tuple of Node
        Elements of a point: numbers and vectors.
    derivatives : tuple of Node
        Derivative of the value by each element.
    n_basis : int
        Number of functions of the discrepancy.
    n_columns : int
        Number of columns of the rows.
    """

    value: Node
    elements: tuple[Node, ...]
    derivatives: tuple[Node, ...]
    n_basis: int
    n_columns: int


def module_of(recording: Recording) -> ir.Module:
    """Write the function of a recording.

    Parameters
    ----------
    recording : Recording
        Value, derivatives and the shape of the data.

    Returns
    -------
    llvmlite.ir.Module
        A module with the function `log_density`.
    """
    module = ir.Module(name="bayescale")
    function = ir.Function(module, ir.FunctionType(DOUBLE, ARGUMENTS), NAME)
    function.attributes.add("nounwind")
    for name, argument in zip(("size", "point", "n_obs", "rows", "constants", "gradient"), function.args, strict=True):
        argument.name = name
        if argument.type == ARRAY:
            argument.add_attribute("noalias")
    outputs = (recording.value, *recording.derivatives)
    axes: list[Axis] = [None, *(element.axis for element in recording.elements)]
    loops = loops_of(outputs, axes)
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    storage = Storage(builder, _stored_rows(loops, outputs), recording.n_basis, recording.n_columns)
    writer = _Writer(recording, builder, storage)
    for loop in loops:
        writer.write(loop)
    storage.release()
    builder.ret(writer.value)
    return module


def _stored_rows(loops: Sequence[Loop], outputs: Sequence[Node]) -> dict[Node, int]:
    """Rows of the arrays of their axes, for vectors that are read after the loop that computes them, or added to."""
    stored: dict[Node, None] = {}
    for loop in loops:
        here = set(loop.nodes)
        read = [operand for node in (*loop.nodes, *loop.sums) for operand in node.operands]
        for node in (*read, *(outputs[i] for i in loop.results)):
            if node.axis and node.operation not in LEAVES and node not in here:
                stored[node] = None
        stored |= {node: None for node in loop.sums if node.axis}
    counts: dict[Axis, int] = {}
    rows = {}
    for node in stored:
        rows[node] = counts[node.axis] = counts.get(node.axis, -1) + 1
    return rows


@dataclass
class _Writer:
    """The function's body, loop by loop: rows in blocks, everything else element by element."""

    recording: Recording
    builder: ir.IRBuilder
    storage: Storage
    numbers: dict[Node, ir.Value] = field(default_factory=dict)
    totals: dict[Node, ir.Value] = field(default_factory=dict)

    def write(self, loop: Loop) -> None:
        """Add one loop, or straight code for numbers."""
        for node in loop.sums:
            self._start_sum(node, loop)
        if loop.axis is None:
            self._write_body(loop, Element(whole(0)), self.numbers)
        elif loop.axis == "obs":
            with counted(self.builder, self.storage.lengths["obs"], LANES) as index:
                self._write_body(loop, self._row_block(index), {})
        else:
            with counted(self.builder, self.storage.lengths[loop.axis]) as index:
                self._write_body(loop, Element(index), {})
        for node in loop.sums:
            if node in self.totals:
                total = self.builder.load(self.totals[node])
                self.numbers[node] = self._sum_of_lanes(total) if total.type == BLOCK else total

    def _row_block(self, first: ir.Value) -> RowBlock:
        """The rows from one position on."""
        builder, n_obs = self.builder, self.storage.lengths["obs"]
        last = builder.sub(n_obs, whole(1))
        rows = [builder.add(first, whole(lane)) for lane in range(LANES)]
        inside = [builder.icmp_signed("<", row, n_obs) for row in rows]
        mask: ir.Value = ir.Constant(ir.VectorType(ir.IntType(1), LANES), ir.Undefined)
        for lane, flag in enumerate(inside):
            mask = builder.insert_element(mask, flag, ir.Constant(ir.IntType(32), lane))
        return RowBlock(first, tuple(builder.select(i, row, last) for i, row in zip(inside, rows, strict=True)), mask)

    def _start_sum(self, node: Node, loop: Loop) -> None:
        """Set a sum to zero."""
        if node.axis:
            self.storage.clear(node)
            return
        like = BLOCK if loop.axis == "obs" else DOUBLE
        with self.builder.goto_entry_block():
            self.totals[node] = self.builder.alloca(like)
        self.builder.store(number(0.0, like), self.totals[node])

    def _sum_of_lanes(self, vector: ir.Value) -> ir.Value:
        first, second, third, fourth = lanes(self.builder, vector)
        return self.builder.fadd(self.builder.fadd(first, second), self.builder.fadd(third, fourth))

    def _write_body(self, loop: Loop, place: Place, values: dict[Node, ir.Value]) -> None:
        """Compute the nodes of a loop at one place, add to its sums and write its results."""
        for node in loop.nodes:
            values[node] = self._computed(node, place, values)
            if node in self.storage.stored:
                block = isinstance(place, RowBlock)
                self.builder.store(values[node], self.storage.address(node, place.first, block), align=8)
        for node in loop.sums:
            self._add_to_sum(node, self._value(node.operands[0], place, values), place)
        for i in loop.results:
            if i == 0:
                self.value = self._value(self.recording.value, place, values)
                continue
            element, derivative = self.recording.elements[i - 1], self.recording.derivatives[i - 1]
            address = self.builder.gep(
                self.storage.gradient, [self.storage.offset(element, place.first)], inbounds=True
            )
            self.builder.store(self._value(derivative, place, values), address)

    def _computed(self, node: Node, place: Place, values: dict[Node, ir.Value]) -> ir.Value:
        """A node at one place."""
        operand = node.operands[0]
        match node.operation:
            case "gather":
                rows = [self.storage.group(node.settings[0], row) for row in place.rows]
                return joined(self.builder, [self._at(operand, row) for row in rows])
            case "previous":
                return joined(self.builder, [self._at(operand, self._row_before(row)) for row in place.rows])
            case "next_of_previous":
                return joined(self.builder, [self._adjoint_of_previous(operand, row) for row in place.rows])
            case "matrix_times":
                return joined(self.builder, [self._row_times(node, row) for row in place.rows])
        return INSTRUCTIONS[node.operation](self.builder, *(self._value(each, place, values) for each in node.operands))

    def _row_before(self, row: ir.Value) -> ir.Value:
        """Position of the row before, and of the first row itself."""
        is_first = self.builder.icmp_signed("==", row, whole(0))
        return self.builder.select(is_first, row, self.builder.sub(row, whole(1)))

    def _adjoint_of_previous(self, node: Node, row: ir.Value) -> ir.Value:
        """What rows give to the row before them: that of the next row, and the first row's own."""
        builder = self.builder
        after = builder.add(row, whole(1))
        has_next = builder.icmp_signed("<", after, self.storage.lengths["obs"])
        following = self._at(node, builder.select(has_next, after, row))
        itself = builder.select(builder.icmp_signed("==", row, whole(0)), self._at(node, row), number(0.0))
        return builder.fadd(builder.select(has_next, following, number(0.0)), itself)

    def _row_times(self, node: Node, row: ir.Value) -> ir.Value:
        """A row of a matrix times a vector."""
        with self.builder.goto_entry_block():
            total = self.builder.alloca(DOUBLE)
        self.builder.store(number(0.0), total)
        with counted(self.builder, self.storage.lengths["basis"]) as b:
            part = self.builder.fmul(self._matrix(node, row, b), self._at(node.operands[0], b), flags=FLAGS)
            self.storage.increase(total, part, FLAGS)
        return self.builder.load(total)

    def _matrix(self, node: Node, row: ir.Value, b: ir.Value) -> ir.Value:
        """An element of a matrix among the columns of the rows."""
        return self.storage.cell(row, self.builder.add(whole(node.settings[0]), b))

    def _add_to_sum(self, node: Node, value: ir.Value, place: Place) -> None:
        """Add what is at one place to a sum; a row that is in a block again counts once."""
        if isinstance(place, RowBlock):
            value = self.builder.select(place.inside, value, number(0.0, BLOCK))
        if node.operation == "total":
            self.storage.increase(self.totals[node], value, FLAGS)
            return
        for row, part in zip(place.rows, lanes(self.builder, value), strict=True):
            if node.operation == "scatter":
                group = self.storage.group(node.settings[0], row)
                self.storage.increase(self.storage.address(node, group), part, FLAGS)
                continue
            with counted(self.builder, self.storage.lengths["basis"]) as b:
                product = self.builder.fmul(self._matrix(node, row, b), part, flags=FLAGS)
                self.storage.increase(self.storage.address(node, b), product, FLAGS)

    def _value(self, node: Node, place: Place, values: dict[Node, ir.Value]) -> ir.Value:
        """What has been computed, at one place: in a block, a vector."""
        if node not in values:
            if isinstance(place, Element):
                values[node] = self._at(node, place.first)
            elif node.axis is None or node.operation == "filled":
                values[node] = joined(self.builder, [self._at(node, place.first)] * LANES)
            elif node.operation == "column":
                values[node] = joined(self.builder, [self._at(node, row) for row in place.rows])
            else:
                values[node] = self.builder.load(self.storage.address(node, place.first, block=True), align=8)
        return values[node]

    def _at(self, node: Node, index: ir.Value) -> ir.Value:
        """What has been computed before the loop, at one element."""
        if node in self.numbers:
            return self.numbers[node]
        match node.operation:
            case "number" | "filled":
                return number(node.settings[0])
            case "length":
                return self.builder.sitofp(self.storage.lengths[node.settings[0]], DOUBLE)
            case "point":
                return self.storage.load(self.storage.point, self.storage.offset(node, index))
            case "constant":
                return self.storage.load(self.storage.constants, self.storage.offset(node, index))
            case "column":
                return self.storage.cell(index, whole(node.settings[0]))
        return self.builder.load(self.storage.address(node, index))
