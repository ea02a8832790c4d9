"""A recorded density as one LLVM function of point, rows and constants, which writes the gradient."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from llvmlite import ir

from bayescale.scaling.kernel.instructions import DOUBLE, FLAGS, INSTRUCTIONS, WHOLE, number
from bayescale.scaling.kernel.loops import LEAVES, Loop, loops_of
from bayescale.scaling.kernel.nodes import Axis, Node

NAME = "log_density"
ARRAY = DOUBLE.as_pointer()
#: size, point, number of rows, rows, constants, gradient.
ARGUMENTS = (WHOLE, ARRAY, WHOLE, ARRAY, ARRAY, ARRAY)
GROUP_COLUMN = {"family": 1, "run": 2}  # of the rows: which family and run a row belongs to


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
    writer = _Writer(recording, function, _stored_rows(loops, outputs))
    for loop in loops:
        writer.write(loop)
    writer.end()
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
    """The function's body, loop by loop."""

    recording: Recording
    function: ir.Function
    stored: dict[Node, int]
    numbers: dict[Node, ir.Value] = field(default_factory=dict)
    totals: dict[Node, ir.Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read the lengths of the axes and allocate what is stored between loops."""
        self.builder = ir.IRBuilder(self.function.append_basic_block("entry"))
        _, self.point, n_obs, self.rows, self.constants, self.gradient = self.function.args
        family, run = (self._whole(self._load(self.constants, ir.Constant(WHOLE, i))) for i in (0, 1))
        basis = ir.Constant(WHOLE, self.recording.n_basis)
        self.lengths: dict[Axis, ir.Value] = {"family": family, "basis": basis, "run": run, "obs": n_obs}
        bases, total = {}, ir.Constant(WHOLE, 0)
        for axis, length in self.lengths.items():
            bases[axis] = total
            count = sum(node.axis == axis for node in self.stored)
            total = self.builder.add(total, self.builder.mul(ir.Constant(WHOLE, count), length))
        allocate = ir.Function(self.function.module, ir.FunctionType(ARRAY, (WHOLE,)), "malloc")
        allocate.return_value.add_attribute("noalias")
        self.memory = self.builder.call(allocate, (self.builder.mul(total, ir.Constant(WHOLE, 8)),))
        self.arrays = {axis: self.builder.gep(self.memory, [base], inbounds=True) for axis, base in bases.items()}

    def write(self, loop: Loop) -> None:
        """Add one loop, or straight code for numbers."""
        for node in loop.sums:
            self._start_sum(node)
        if loop.axis is None:
            self._write_body(loop, ir.Constant(WHOLE, 0), self.numbers)
            return
        with self._counted(self.lengths[loop.axis]) as index:
            self._write_body(loop, index, {})
        self.numbers |= {node: self.builder.load(self.totals[node]) for node in loop.sums if node in self.totals}

    def end(self) -> None:
        """Free the memory and return the value."""
        release = ir.Function(self.function.module, ir.FunctionType(ir.VoidType(), (ARRAY,)), "free")
        self.builder.call(release, (self.memory,))
        self.builder.ret(self.value)

    def _start_sum(self, node: Node) -> None:
        """Set a sum to zero."""
        if node.axis:
            with self._counted(self.lengths[node.axis]) as index:
                self.builder.store(number(0.0), self._place(node, index))
            return
        with self.builder.goto_entry_block():
            self.totals[node] = self.builder.alloca(DOUBLE)
        self.builder.store(number(0.0), self.totals[node])

    def _write_body(self, loop: Loop, index: ir.Value, values: dict[Node, ir.Value]) -> None:
        """Compute the nodes of a loop at one element, add to its sums and write its results."""
        groups: dict[str, ir.Value] = {}
        for node in loop.nodes:
            values[node] = self._computed(node, index, values, groups)
            if node in self.stored:
                self.builder.store(values[node], self._place(node, index))
        for node in loop.sums:
            self._add_to_sum(node, self._value(node.operands[0], index, values), index, groups)
        for i in loop.results:
            if i == 0:
                self.value = self._value(self.recording.value, index, values)
                continue
            element, derivative = self.recording.elements[i - 1], self.recording.derivatives[i - 1]
            place = self.builder.gep(self.gradient, [self._element(element, index)], inbounds=True)
            self.builder.store(self._value(derivative, index, values), place)

    def _computed(
        self, node: Node, index: ir.Value, values: dict[Node, ir.Value], groups: dict[str, ir.Value]
    ) -> ir.Value:
        """A node at one element."""
        builder, (first, *_) = self.builder, node.operands
        if node.operation == "gather":
            return self._value(first, self._group(node, index, groups), {})
        if node.operation == "previous":
            before = builder.sub(index, ir.Constant(WHOLE, 1))
            is_first = builder.icmp_signed("==", index, ir.Constant(WHOLE, 0))
            return self._value(first, builder.select(is_first, index, before), {})
        if node.operation == "next_of_previous":
            return self._adjoint_of_previous(first, index)
        if node.operation == "matrix_times":
            return self._matrix_times(node, index)
        return INSTRUCTIONS[node.operation](
            builder, *(self._value(operand, index, values) for operand in node.operands)
        )

    def _adjoint_of_previous(self, node: Node, index: ir.Value) -> ir.Value:
        """What rows give to the row before them: that of the next row, and the first row's own."""
        builder = self.builder
        after = builder.add(index, ir.Constant(WHOLE, 1))
        has_next = builder.icmp_signed("<", after, self.lengths["obs"])
        following = self._value(node, builder.select(has_next, after, index), {})
        is_first = builder.icmp_signed("==", index, ir.Constant(WHOLE, 0))
        itself = builder.select(is_first, self._value(node, index, {}), number(0.0))
        return builder.fadd(builder.select(has_next, following, number(0.0)), itself)

    def _matrix_times(self, node: Node, index: ir.Value) -> ir.Value:
        """A row of a matrix times a vector."""
        with self.builder.goto_entry_block():
            total = self.builder.alloca(DOUBLE)
        self.builder.store(number(0.0), total)
        with self._counted(self.lengths["basis"]) as b:
            part = self.builder.fmul(self._matrix(node, index, b), self._value(node.operands[0], b, {}), flags=FLAGS)
            self.builder.store(self.builder.fadd(self.builder.load(total), part, flags=FLAGS), total)
        return self.builder.load(total)

    def _add_to_sum(self, node: Node, value: ir.Value, index: ir.Value, groups: dict[str, ir.Value]) -> None:
        """Add one element to a sum."""
        if node.operation == "transpose_times":
            with self._counted(self.lengths["basis"]) as b:
                part = self.builder.fmul(self._matrix(node, index, b), value, flags=FLAGS)
                self._increase(self._place(node, b), part)
        elif node.operation == "scatter":
            self._increase(self._place(node, self._group(node, index, groups)), value)
        else:
            self._increase(self.totals[node], value)

    def _increase(self, place: ir.Value, part: ir.Value) -> None:
        """Add to what is stored at a place."""
        self.builder.store(self.builder.fadd(self.builder.load(place), part, flags=FLAGS), place)

    def _value(self, node: Node, index: ir.Value, values: dict[Node, ir.Value]) -> ir.Value:
        """A value that has been computed, at an element of its axis."""
        if node in values:
            return values[node]
        if node.axis is None and node in self.numbers:
            return self.numbers[node]
        match node.operation:
            case "number" | "filled":
                return number(node.settings[0])
            case "length":
                return self.builder.sitofp(self.lengths[node.settings[0]], DOUBLE)
            case "point":
                return self._load(self.point, self._element(node, index))
            case "constant":
                return self._load(self.constants, self._element(node, index))
            case "column":
                return self._cell(index, ir.Constant(WHOLE, node.settings[0]))
        values[node] = self.builder.load(self._place(node, index))
        return values[node]

    def _element(self, node: Node, index: ir.Value) -> ir.Value:
        """Place of an element of the point or the constants."""
        fixed, families = node.settings
        place = self.builder.mul(ir.Constant(WHOLE, families), self.lengths["family"])
        place = self.builder.add(ir.Constant(WHOLE, fixed), place)
        return self.builder.add(place, index) if node.axis else place

    def _place(self, node: Node, index: ir.Value) -> ir.Value:
        """Address of an element of a vector that is stored."""
        start = self.builder.mul(ir.Constant(WHOLE, self.stored[node]), self.lengths[node.axis])
        return self.builder.gep(self.arrays[node.axis], [self.builder.add(start, index)], inbounds=True)

    def _group(self, node: Node, index: ir.Value, groups: dict[str, ir.Value]) -> ir.Value:
        """Index of the family or run of a row."""
        group = node.settings[0]
        if group not in groups:
            groups[group] = self._whole(self._cell(index, ir.Constant(WHOLE, GROUP_COLUMN[group])))
        return groups[group]

    def _matrix(self, node: Node, index: ir.Value, b: ir.Value) -> ir.Value:
        """An element of a matrix among the columns of the rows."""
        return self._cell(index, self.builder.add(ir.Constant(WHOLE, node.settings[0]), b))

    def _cell(self, index: ir.Value, column: ir.Value) -> ir.Value:
        """An element of the rows."""
        start = self.builder.mul(index, ir.Constant(WHOLE, self.recording.n_columns))
        return self._load(self.rows, self.builder.add(start, column))

    def _load(self, array: ir.Value, index: ir.Value) -> ir.Value:
        return self.builder.load(self.builder.gep(array, [index], inbounds=True))

    def _whole(self, value: ir.Value) -> ir.Value:
        return self.builder.fptosi(value, WHOLE)

    @contextmanager
    def _counted(self, length: ir.Value) -> Iterator[ir.Value]:
        """Statements that are repeated for 0, 1, ..., length - 1."""
        builder, before = self.builder, self.builder.block
        head, body, after = (self.function.append_basic_block(name) for name in ("head", "body", "after"))
        builder.branch(head)
        builder.position_at_end(head)
        index = builder.phi(WHOLE)
        index.add_incoming(ir.Constant(WHOLE, 0), before)
        builder.cbranch(builder.icmp_signed("<", index, length), body, after)
        builder.position_at_end(body)
        yield index
        index.add_incoming(builder.add(index, ir.Constant(WHOLE, 1)), builder.block)
        builder.branch(head)
        builder.position_at_end(after)
