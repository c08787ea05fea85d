"""Tiles: ``ROWS`` vectors of ``LANES`` float32 in registers, for products of small matrices.

Arithmetic on tiles is elementwise, so a sum over many tiles is taken number by number in the order
written, however wide the machine's own vectors are. Each operation emits LLVM vector instructions
itself, because LLVM's own vectoriser does not find them in plain loops.
"""

import operator

from llvmlite import ir
from numba import types
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

ROWS = 7  # a tutorial batch has 28 rows, its weight matrix 34 + 1: both are multiples of 7
LANES = 16  # one AVX-512 register, two of AVX2, four of SSE2 or NEON

_VECTOR = ir.VectorType(ir.FloatType(), LANES)
_ZERO = ir.Constant(_VECTOR, [0.0] * LANES)


class TileType(types.Type):
    """Numba's type for a tile, ``ROWS`` vectors of ``LANES`` float32 kept in registers."""

    def __init__(self) -> None:
        super().__init__(name=f"Tile({ROWS}, {LANES})")


TILE = TileType()


@register_model(TileType)
class TileModel(models.PrimitiveModel):
    """LLVM's view of a tile: an array of vectors, which it splits into registers."""

    def __init__(self, manager, numba_type):
        super().__init__(manager, numba_type, ir.ArrayType(_VECTOR, ROWS))


def _shuffle(builder, first, second, lanes):
    """Vector of the given lanes of two vectors laid end to end."""
    index = ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), lanes)
    return builder.shuffle_vector(first, second, index)


def _splat(builder, scalar):
    """Vector with one scalar in every lane."""
    lane = ir.Constant(ir.IntType(32), 0)
    single = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), scalar, lane)
    return _shuffle(builder, single, single, [0] * LANES)


def _address(context, builder, array_type, array, offset, stride, row):
    """Address of element ``offset + row * stride`` of a flat array."""
    data = context.make_array(array_type)(context, builder, array).data
    step = builder.mul(stride, ir.Constant(stride.type, row))
    return builder.gep(data, [builder.add(offset, step)])


def _as_vector(builder, address):
    return builder.bitcast(address, _VECTOR.as_pointer())


def _rowwise(make_row):
    """Code generator of an operation whose result is a tile, made row by row.

    ``make_row(context, builder, types, arguments, row)`` gets the arguments with a tile replaced
    by its vector in this row, and returns the vector of the result.
    """

    def generate(context, builder, sig, arguments):
        result = ir.Constant(ir.ArrayType(_VECTOR, ROWS), ir.Undefined)
        for row in range(ROWS):
            in_row = [
                builder.extract_value(value, row) if kind == TILE else value
                for kind, value in zip(sig.args, arguments, strict=True)
            ]
            vector = make_row(context, builder, sig.args, in_row, row)
            result = builder.insert_value(result, vector, row)
        return result

    return generate


@intrinsic
def load(typing_context, array, offset, stride):
    """Tile whose row r is the ``LANES`` numbers from ``array[offset + r * stride]`` on."""

    def make_row(context, builder, kinds, arguments, row):
        address = _address(context, builder, kinds[0], *arguments, row)
        return builder.load(_as_vector(builder, address), align=4)

    return TILE(array, types.intp, types.intp), _rowwise(make_row)


@intrinsic
def load_each(typing_context, array, starts, first, shift):
    """Tile whose row r is the ``LANES`` numbers from ``array[starts[first + r] + shift]`` on."""

    def make_row(context, builder, kinds, arguments, row):
        array, starts, first, shift = arguments
        one = ir.Constant(first.type, 1)
        start = builder.load(_address(context, builder, kinds[1], starts, first, one, row))
        address = _address(context, builder, kinds[0], array, start, shift, 1)
        return builder.load(_as_vector(builder, address), align=4)

    return TILE(array, starts, types.intp, types.intp), _rowwise(make_row)


@intrinsic
def spread(typing_context, array, offset, stride):
    """Tile whose row r holds ``array[offset + r * stride]`` in every lane."""

    def make_row(context, builder, kinds, arguments, row):
        address = _address(context, builder, kinds[0], *arguments, row)
        return _splat(builder, builder.load(address))

    return TILE(array, types.intp, types.intp), _rowwise(make_row)


@intrinsic
def fill(typing_context, number):
    """Tile with one float32 everywhere."""
    return TILE(types.float32), _rowwise(lambda _, builder, __, args, ___: _splat(builder, args[0]))


@intrinsic
def where_positive(typing_context, condition, tile):
    """Numbers of ``tile``, but 0 where ``condition`` is <= 0; a NaN in ``condition`` keeps them.

    ``where_positive(z, z)`` is relu, and ``where_positive(z, g)`` the gradient behind it.
    """

    def make_row(context, builder, kinds, arguments, row):
        off = builder.fcmp_ordered("<=", arguments[0], _ZERO)
        return builder.select(off, _ZERO, arguments[1])

    return TILE(TILE, TILE), _rowwise(make_row)


def _register(operation, instruction):
    """Make ``operation(tile, tile)`` the named LLVM instruction on each row."""

    @infer_global(operation)
    class Typing(ConcreteTemplate):
        cases = (signature(TILE, TILE, TILE),)

    lower_builtin(operation, TILE, TILE)(
        _rowwise(lambda _, builder, __, args, ___: getattr(builder, instruction)(*args))
    )


_register(operator.add, "fadd")
_register(operator.iadd, "fadd")  # a tile is a value: `+=` makes a new one
_register(operator.sub, "fsub")
_register(operator.mul, "fmul")


@intrinsic
def store(typing_context, tile, array, offset, stride):
    """Write row r of a tile to the ``LANES`` numbers from ``array[offset + r * stride]`` on."""

    def generate(context, builder, sig, arguments):
        for row in range(ROWS):
            address = _address(context, builder, sig.args[1], *arguments[1:], row)
            vector = builder.extract_value(arguments[0], row)
            builder.store(vector, _as_vector(builder, address), align=4)
        return context.get_dummy_value()

    return types.void(TILE, array, types.intp, types.intp), generate


@intrinsic
def store_row_sums(typing_context, tile, array, offset, stride):
    """Write the sum of row r's lanes to ``array[offset + r * stride]``.

    Each row is halved and its halves added, until one number is left. Two vectors are halved
    at once into one, so that no lane is idle; this leaves the order of each row's sum as it is.
    """

    def generate(context, builder, sig, arguments):
        vectors = [builder.extract_value(arguments[0], row) for row in range(ROWS)]
        width = LANES
        while width > 1:
            width //= 2
            low = [lane for lane in range(2 * LANES) if lane % (2 * width) < width]
            high = [lane + width for lane in low]
            vectors = [
                builder.fadd(_shuffle(builder, a, b, low), _shuffle(builder, a, b, high))
                for a, b in zip(vectors[::2], [*vectors[1::2], vectors[-1]], strict=False)
            ]
        for row in range(ROWS):
            address = _address(context, builder, sig.args[1], *arguments[1:], row)
            lane = ir.Constant(ir.IntType(32), row)
            builder.store(builder.extract_element(vectors[0], lane), address)
        return context.get_dummy_value()

    return types.void(TILE, array, types.intp, types.intp), generate


@intrinsic
def store_column_sums(typing_context, tile, array, offset):
    """Write the sum of the rows, first to last, to the ``LANES`` numbers from ``array[offset]``."""

    def generate(context, builder, sig, arguments):
        total = builder.extract_value(arguments[0], 0)
        for row in range(1, ROWS):
            total = builder.fadd(total, builder.extract_value(arguments[0], row))
        none = ir.Constant(arguments[2].type, 0)
        address = _address(context, builder, sig.args[1], *arguments[1:], none, 0)
        builder.store(total, _as_vector(builder, address), align=4)
        return context.get_dummy_value()

    return types.void(TILE, array, types.intp), generate
