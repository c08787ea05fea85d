"""Tiles: small matrices of float32 in registers, for products of small matrices.

A tile has some rows, each of one or more vectors of ``LANES`` numbers. Arithmetic is elementwise
and broadcasts as NumPy's does: a tile of one row meets every row, one of a single vector every
vector. So a sum over many tiles is taken number by number in the order written, however wide the
machine's own vectors are and however large its tiles. Each operation emits LLVM vector
instructions itself, because LLVM's own vectoriser does not find them in plain loops.
"""

import operator

from llvmlite import ir
from numba import types
from numba.core.registry import cpu_target
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

ROWS = 7  # a tutorial batch has 28 rows, its weight matrix 34 + 1: both are multiples of 7
LANES = 16  # one AVX-512 register, two of AVX2, four of SSE2 or NEON

# Vectors in a row of the tiles in which the large products are summed. With two, every number that
# is spread over the lanes serves two multiply-adds, so fewer are loaded; but 14 sums of 16 numbers
# fit in AVX-512's registers only.
WIDEST = 2 if "+avx512f" in cpu_target.target_context.codegen().magic_tuple()[2] else 1

_VECTOR = ir.VectorType(ir.FloatType(), LANES)
_BITS = ir.VectorType(ir.IntType(32), LANES)
_DOUBLES = ir.VectorType(ir.DoubleType(), LANES)


class TileType(types.Type):
    """Numba's type for a tile: ``rows`` times ``vectors`` vectors of ``LANES`` float32."""

    def __init__(self, rows: int, vectors: int) -> None:
        self.rows, self.vectors = rows, vectors
        super().__init__(name=f"Tile({rows}, {vectors})")

    @property
    def places(self) -> list[tuple[int, int]]:
        """Row and column of each vector, in the order in which they are kept."""
        return [(row, column) for row in range(self.rows) for column in range(self.vectors)]


@register_model(TileType)
class TileModel(models.PrimitiveModel):
    """LLVM's view of a tile: an array of vectors, which it splits into registers."""

    def __init__(self, manager, tile):
        super().__init__(manager, tile, ir.ArrayType(_VECTOR, len(tile.places)))


def _broadcast(*tiles):
    """Type of what an elementwise operation on the given types of tiles makes."""
    return TileType(max(tile.rows for tile in tiles), max(tile.vectors for tile in tiles))


def _vector(builder, tile, value, row, column):
    """Vector of a tile that belongs in this row and column of the result."""
    place = row % tile.rows * tile.vectors + column % tile.vectors
    return builder.extract_value(value, place)


def _tile(builder, vectors):
    """Tile of the given vectors."""
    result = ir.Constant(ir.ArrayType(_VECTOR, len(vectors)), ir.Undefined)
    for place, vector in enumerate(vectors):
        result = builder.insert_value(result, vector, place)
    return result


def _shuffle(builder, first, second, lanes):
    """Vector of the given lanes of two vectors laid end to end."""
    index = ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), lanes)
    return builder.shuffle_vector(first, second, index)


def _splat(builder, scalar):
    """Vector with one scalar in every lane."""
    lane = ir.Constant(ir.IntType(32), 0)
    single = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), scalar, lane)
    return _shuffle(builder, single, single, [0] * LANES)


def _call(builder, name, *vectors):
    """One of LLVM's functions on vectors."""
    full_name = f"llvm.{name}.v{LANES}f32"
    function = builder.module.globals.get(full_name)
    if function is None:
        kind = ir.FunctionType(_VECTOR, [_VECTOR] * len(vectors))
        function = ir.Function(builder.module, kind, full_name)
    return builder.call(function, vectors)


def _address(context, builder, array_type, array, offset, stride, row, column=0):
    """Address of element ``offset + row * stride + column * LANES`` of a flat array."""
    data = context.make_array(array_type)(context, builder, array).data
    step = builder.mul(stride, ir.Constant(stride.type, row))
    shift = ir.Constant(stride.type, column * LANES)
    return builder.gep(data, [builder.add(builder.add(offset, step), shift)])


def _as_vector(builder, address):
    return builder.bitcast(address, _VECTOR.as_pointer())


def _made_of(make_vector):
    """Code generator of an operation whose result is a tile, made vector by vector.

    ``make_vector(context, builder, types, arguments, row, column)`` gets the arguments with a tile
    replaced by its vector at this place, and returns the vector of the result.
    """

    def generate(context, builder, sig, arguments):
        vectors = []
        for place in sig.return_type.places:
            here = [
                _vector(builder, kind, value, *place) if isinstance(kind, TileType) else value
                for kind, value in zip(sig.args, arguments, strict=True)
            ]
            vectors.append(make_vector(context, builder, sig.args, here, *place))
        return _tile(builder, vectors)

    return generate


def _elementwise(make_vector):
    """Code generator of an operation that needs nothing but the vectors of its arguments."""
    return _made_of(lambda _, builder, kinds, arguments, *place: make_vector(builder, *arguments))


# Made from numbers in memory ------------------------------------------------------------------


def _load(context, builder, kinds, arguments, row, column):
    address = _address(context, builder, kinds[0], *arguments[:3], row, column)
    return builder.load(_as_vector(builder, address), align=4)


@intrinsic(prefer_literal=True)
def load(typing_context, array, offset, stride, rows, vectors):
    """Tile whose row r is read from ``array[offset + r * stride]`` on."""
    tile = TileType(rows.literal_value, vectors.literal_value)
    return tile(array, types.intp, types.intp, rows, vectors), _made_of(_load)


@intrinsic
def load_like(typing_context, array, offset, stride, tile):
    """Tile of the same size as another whose row r is read from ``array[offset + r * stride]``."""
    return tile(array, types.intp, types.intp, tile), _made_of(_load)


@intrinsic(prefer_literal=True)
def spread(typing_context, array, offset, stride, rows):
    """Tile of one vector whose row r holds ``array[offset + r * stride]`` in every lane."""

    def make_vector(context, builder, kinds, arguments, row, column):
        address = _address(context, builder, kinds[0], *arguments[:3], row)
        return _splat(builder, builder.load(address))

    tile = TileType(rows.literal_value, 1)
    return tile(array, types.intp, types.intp, rows), _made_of(make_vector)


@intrinsic
def everywhere(typing_context, number):
    """Tile of one row and vector with one float32 in every lane."""
    return TileType(1, 1)(types.float32), _elementwise(_splat)


@intrinsic(prefer_literal=True)
def zero(typing_context, rows, vectors):
    """Tile of zeros."""
    tile = TileType(rows.literal_value, vectors.literal_value)
    return tile(rows, vectors), _elementwise(lambda *_: ir.Constant(_VECTOR, [0.0] * LANES))


# Elementwise ----------------------------------------------------------------------------------


def _register(operation, instruction):
    """Make ``operation(tile, tile)`` the named LLVM instruction on each vector."""

    @infer_global(operation)
    class Typing(AbstractTemplate):
        def generic(self, args, kws):
            if all(isinstance(kind, TileType) for kind in args):
                return signature(_broadcast(*args), *args)
            return None

    lower_builtin(operation, TileType, TileType)(
        _elementwise(lambda builder, *vectors: getattr(builder, instruction)(*vectors))
    )


_register(operator.add, "fadd")
_register(operator.mul, "fmul")
_register(operator.truediv, "fdiv")


@intrinsic
def fma(typing_context, a, b, c):
    """Compute ``a * b + c``, rounded once, also where no instruction does that."""
    return _broadcast(a, b, c)(a, b, c), _elementwise(
        lambda builder, *vectors: _call(builder, "fma", *vectors)
    )


@intrinsic
def magnitude(typing_context, tile):
    """Absolute values."""
    return tile(tile), _elementwise(lambda builder, vector: _call(builder, "fabs", vector))


@intrinsic
def where_at_most(typing_context, a, b, yes, no):
    """Numbers of ``yes`` where ``a <= b``; those of ``no`` elsewhere, also where a or b is NaN."""

    def make_vector(builder, a, b, yes, no):
        return builder.select(builder.fcmp_ordered("<=", a, b), yes, no)

    return _broadcast(a, b, yes, no)(a, b, yes, no), _elementwise(make_vector)


@intrinsic
def power_of_two(typing_context, rounded):
    """2 to the power of k, an integer in -126 to 127, given ``k + 1.5 * 2**23``."""

    def make_vector(builder, vector):
        # The lowest bits of the sum are those of k; the exponent of 1 is 127.
        bits = builder.add(builder.bitcast(vector, _BITS), ir.Constant(_BITS, [127] * LANES))
        return builder.bitcast(builder.shl(bits, ir.Constant(_BITS, [23] * LANES)), _VECTOR)

    return rounded(rounded), _elementwise(make_vector)


@intrinsic
def turned(typing_context, tile):
    """Take a column of vectors as a row of them, or a row as a column."""
    return TileType(tile.vectors, tile.rows)(tile), lambda _, __, ___, arguments: arguments[0]


# Sums -----------------------------------------------------------------------------------------


@intrinsic
def fma_across(typing_context, a, b, c):
    """Add the products of a's and b's vectors, from left to right, to a tile of one vector."""

    def generate(context, builder, sig, arguments):
        vectors = []
        for row in range(c.rows):
            total = _vector(builder, c, arguments[2], row, 0)
            for column in range(a.vectors):
                left = _vector(builder, a, arguments[0], row, column)
                right = _vector(builder, b, arguments[1], row, column)
                total = _call(builder, "fma", left, right, total)
            vectors.append(total)
        return _tile(builder, vectors)

    return c(a, b, c), generate


@intrinsic
def row_sums(typing_context, tile):
    """Tile of one vector: for each of the given tile's vectors a row, whose lane r is row r's sum.

    Neighbours are added, then neighbours' sums, until one number is left. Two rows share a vector
    at each step, so that no lane is idle; this leaves the order of each row's sum as it is.
    Lanes beyond the tile's rows repeat others.
    """

    def generate(context, builder, sig, arguments):
        totals = []
        for column in range(tile.vectors):
            vectors = [
                _vector(builder, tile, arguments[0], row, column) for row in range(tile.rows)
            ]
            step = 1
            while step < LANES:
                # The first of two goes to the lanes without this bit, the second to the rest.
                own = [lane if lane & step == 0 else lane + LANES for lane in range(LANES)]
                neighbours = [lane ^ step for lane in own]
                vectors = [
                    builder.fadd(_shuffle(builder, a, b, own), _shuffle(builder, a, b, neighbours))
                    for a, b in zip(vectors[::2], [*vectors[1::2], vectors[-1]], strict=False)
                ]
                step *= 2
            totals += vectors
        return _tile(builder, totals)

    return TileType(tile.vectors, 1)(tile), generate


@intrinsic
def column_sums(typing_context, tile):
    """Tile of one row: the sums of the rows, first to last."""

    def generate(context, builder, sig, arguments):
        vectors = []
        for column in range(tile.vectors):
            total = _vector(builder, tile, arguments[0], 0, column)
            for row in range(1, tile.rows):
                total = builder.fadd(total, _vector(builder, tile, arguments[0], row, column))
            vectors.append(total)
        return _tile(builder, vectors)

    return TileType(1, tile.vectors)(tile), generate


# Written to memory ----------------------------------------------------------------------------


@intrinsic
def store(typing_context, tile, array, offset, stride):
    """Write row r of a tile from ``array[offset + r * stride]`` on."""

    def generate(context, builder, sig, arguments):
        for row, column in tile.places:
            address = _address(context, builder, array, *arguments[1:], row, column)
            vector = _vector(builder, tile, arguments[0], row, column)
            builder.store(vector, _as_vector(builder, address), align=4)
        return context.get_dummy_value()

    return types.void(tile, array, types.intp, types.intp), generate


@intrinsic
def accumulate(typing_context, tile, array):
    """Add the numbers of a tile of one row and vector to the ``LANES`` float64 of an array."""

    def generate(context, builder, sig, arguments):
        data = context.make_array(array)(context, builder, arguments[1]).data
        address = builder.bitcast(data, _DOUBLES.as_pointer())
        numbers = builder.fpext(_vector(builder, tile, arguments[0], 0, 0), _DOUBLES)
        builder.store(builder.fadd(builder.load(address, align=8), numbers), address, align=8)
        return context.get_dummy_value()

    return types.void(tile, array), generate
