"""Where a compiled density reads and keeps numbers: its arguments, and the vectors that outlast a loop."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from llvmlite import ir

from bayescale.scaling.kernel.elementary import DOUBLE, WHOLE, number
from bayescale.scaling.kernel.memory import NO_MEMORY, allocated, released
from bayescale.scaling.kernel.nodes import Axis, Node

LANES = 4  # rows that are computed at once
BLOCK = ir.VectorType(DOUBLE, LANES)
GROUP_COLUMN = {"family": 1, "run": 2}  # of the rows: which family and run a row belongs to


def whole(value: int) -> ir.Constant:
    """Return a constant whole number.

    Parameters
    ----------
    value : int
        The number.

    Returns
    -------
    llvmlite.ir.Constant
        The constant.
    """
    return ir.Constant(WHOLE, value)


@contextmanager
def counted(builder: ir.IRBuilder, length: ir.Value, step: int = 1) -> Iterator[ir.Value]:
    """Repeat statements for 0, `step`, 2·`step`, ... below a length.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
        Where.
    length : llvmlite.ir.Value
        Bound of the index.
    step : int, default 1
        Difference of successive indices.

    Yields
    ------
    llvmlite.ir.Value
        The index.
    """
    before = builder.block
    head, body, after = (builder.function.append_basic_block(name) for name in ("head", "body", "after"))
    builder.branch(head)
    builder.position_at_end(head)
    index = builder.phi(WHOLE)
    index.add_incoming(whole(0), before)
    builder.cbranch(builder.icmp_signed("<", index, length), body, after)
    builder.position_at_end(body)
    yield index
    index.add_incoming(builder.add(index, whole(step)), builder.block)
    builder.branch(head)
    builder.position_at_end(after)


def joined(builder: ir.IRBuilder, elements: list[ir.Value]) -> ir.Value:
    """Join numbers to a vector.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
        Where.
    elements : list of llvmlite.ir.Value
        One a lane.

    Returns
    -------
    llvmlite.ir.Value
        The vector.
    """
    vector: ir.Value = ir.Constant(BLOCK, ir.Undefined)
    for lane, element in enumerate(elements):
        vector = builder.insert_element(vector, element, ir.Constant(ir.IntType(32), lane))
    return vector


def lanes(builder: ir.IRBuilder, vector: ir.Value) -> list[ir.Value]:
    """Split a vector into numbers.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
        Where.
    vector : llvmlite.ir.Value
        A vector of `LANES` numbers.

    Returns
    -------
    list of llvmlite.ir.Value
        One a lane.
    """
    return [builder.extract_element(vector, ir.Constant(ir.IntType(32), lane)) for lane in range(LANES)]


@dataclass(frozen=True)
class Element:
    """One element of an axis, which a loop is at.

    Attributes
    ----------
    first : llvmlite.ir.Value
        Its position.
    """

    first: ir.Value

    @property
    def rows(self) -> tuple[ir.Value, ...]:
        """Its position alone."""
        return (self.first,)


@dataclass(frozen=True)
class RowBlock:
    """Rows that a loop computes at once.

    Attributes
    ----------
    first : llvmlite.ir.Value
        Position of the first.
    rows : tuple of llvmlite.ir.Value
        Positions of all; those beyond the last row are the last one again.
    inside : llvmlite.ir.Value
        Whether each is a row of its own.
    """

    first: ir.Value
    rows: tuple[ir.Value, ...]
    inside: ir.Value


type Place = Element | RowBlock


class Storage:
    """Arguments and memory of the function under construction.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
        At the beginning of the function.
    stored : mapping of Node to int
        Vectors that are kept between loops, and their rows in the memory of their axis.
    n_basis, n_columns : int
        Number of functions of the discrepancy and of columns of the rows.
    """

    def __init__(self, builder: ir.IRBuilder, stored: Mapping[Node, int], n_basis: int, n_columns: int) -> None:
        self.builder, self.stored, self.n_columns = builder, stored, n_columns
        _, self.point, n_obs, self.rows, self.constants, self.gradient = builder.function.args
        family, run = (builder.fptosi(self.load(self.constants, whole(i)), WHOLE) for i in (0, 1))
        self.lengths: dict[Axis, ir.Value] = {"family": family, "basis": whole(n_basis), "run": run, "obs": n_obs}
        blocks = builder.sdiv(builder.add(n_obs, whole(LANES - 1)), whole(LANES))
        self.strides = {**self.lengths, "obs": builder.mul(blocks, whole(LANES))}
        starts, total = {}, whole(0)
        for axis, stride in self.strides.items():
            starts[axis] = total
            count = sum(node.axis == axis for node in stored)
            total = builder.add(total, builder.mul(whole(count), stride))
        self.memory, is_missing = allocated(builder, total)
        with builder.if_then(is_missing, likely=False):
            builder.ret(builder.bitcast(whole(NO_MEMORY), DOUBLE))
        self.arrays = {axis: builder.gep(self.memory, [start], inbounds=True) for axis, start in starts.items()}

    def release(self) -> None:
        """Free the memory."""
        released(self.builder, self.memory)

    def load(self, array: ir.Value, index: ir.Value) -> ir.Value:
        """Read an element of an array.

        Parameters
        ----------
        array, index : llvmlite.ir.Value
            Address of the array, and position.

        Returns
        -------
        llvmlite.ir.Value
            The number.
        """
        return self.builder.load(self.builder.gep(array, [index], inbounds=True))

    def cell(self, row: ir.Value, column: ir.Value) -> ir.Value:
        """Read an element of the rows.

        Parameters
        ----------
        row, column : llvmlite.ir.Value
            Positions.

        Returns
        -------
        llvmlite.ir.Value
            The number.
        """
        start = self.builder.mul(row, whole(self.n_columns))
        return self.load(self.rows, self.builder.add(start, column))

    def group(self, name: str, row: ir.Value) -> ir.Value:
        """Read which family or run a row belongs to.

        Parameters
        ----------
        name : {"family", "run"}
            What rows are grouped by.
        row : llvmlite.ir.Value
            Position of the row.

        Returns
        -------
        llvmlite.ir.Value
            Index of the group.
        """
        return self.builder.fptosi(self.cell(row, whole(GROUP_COLUMN[name])), WHOLE)

    def offset(self, node: Node, index: ir.Value) -> ir.Value:
        """Compute the position of an element in the point or the constants.

        Parameters
        ----------
        node : Node
            A number or a vector of them.
        index : llvmlite.ir.Value
            Position along the axis of a vector.

        Returns
        -------
        llvmlite.ir.Value
            Position in the flat array.
        """
        fixed, families = node.settings
        start = self.builder.add(whole(fixed), self.builder.mul(whole(families), self.lengths["family"]))
        return self.builder.add(start, index) if node.axis else start

    def address(self, node: Node, index: ir.Value, block: bool = False) -> ir.Value:
        """Compute the address of an element of a kept vector.

        Parameters
        ----------
        node : Node
            The vector.
        index : llvmlite.ir.Value
            Position along its axis.
        block : bool, default False
            Whether the address is that of `LANES` elements.

        Returns
        -------
        llvmlite.ir.Value
            The address.
        """
        start = self.builder.mul(whole(self.stored[node]), self.strides[node.axis])
        place = self.builder.gep(self.arrays[node.axis], [self.builder.add(start, index)], inbounds=True)
        return self.builder.bitcast(place, BLOCK.as_pointer()) if block else place

    def increase(self, place: ir.Value, part: ir.Value, flags: tuple[str, ...]) -> None:
        """Add to what stands at an address.

        Parameters
        ----------
        place, part : llvmlite.ir.Value
            Address, and what is added.
        flags : tuple of str
            Freedoms of the addition.
        """
        self.builder.store(self.builder.fadd(self.builder.load(place, align=8), part, flags=flags), place, align=8)

    def clear(self, node: Node) -> None:
        """Set a kept vector to zero.

        Parameters
        ----------
        node : Node
            The vector.
        """
        with counted(self.builder, self.lengths[node.axis]) as index:
            self.builder.store(number(0.0), self.address(node, index))
