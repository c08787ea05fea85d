"""Arithmetic with the same bits on every IEEE 754 machine: elementary functions and tiles.

Only +, -, *, / and operations on the bits of a number are used, in an order fixed here. A
mathematical library's ``exp`` differs in the last bit from one system to the next; these do not.
All of it runs in Numba code without ``fastmath``, so LLVM neither reorders a sum nor fuses
``a * b + c``.

A *tile* is ``ROWS`` vectors of ``LANES`` float32, held in registers: the unit in which products of
small matrices are computed. Arithmetic on tiles is elementwise, so a sum over many tiles is taken
number by number in the order written, however wide the machine's own vectors are.
"""

import operator

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

# Adding 1.5 * 2**52 to a float64 of magnitude below 2**51 rounds it to an integer (ties to even)
# and leaves that integer in the low bits of the sum.
_ROUNDER = 1.5 * 2.0**52
_ROUNDER_BITS = np.int64(0x4338000000000000)

# Outside this range exp is 0 or infinity in float32: ln(2**-150) = -103.97, ln(2**128) = 88.72.
_EXP_LOWEST = -104.0
_EXP_HIGHEST = 89.0

_LN2 = 0.6931471805599453
_LOG2_E = 1.4426950408889634


@njit(forceinline=True, error_model="numpy")
def wide_exp(x):
    """Exponential function of a float32, before its rounding to float32.

    Write ``x = k ln 2 + r`` with integer ``k`` and ``|r| <= ln(2) / 2``. Then
    ``exp(x) = 2**k exp(r)``, and the Taylor polynomial of degree 8 leaves out less than
    ``1.1 |r|**9 / 9! < 3e-10``, a two-hundredth of the last bit of a float32.

    Parameters
    ----------
    x : np.float32
        Any number, brought into [-104, 89] first; NaN gives NaN.

    Returns
    -------
    float
        ``exp(x)`` with a relative error below 1e-9.
    """
    # Comparisons with NaN are false, so NaN passes both limits.
    x = np.float64(x)
    x = _EXP_LOWEST if x < _EXP_LOWEST else x
    x = _EXP_HIGHEST if x > _EXP_HIGHEST else x
    rounded = x * _LOG2_E + _ROUNDER
    r = x - (rounded - _ROUNDER) * _LN2
    value = 1 / 5040 + r * (1 / 40320)
    value = 1 / 720 + r * value
    value = 1 / 120 + r * value
    value = 1 / 24 + r * value
    value = 1 / 6 + r * value
    value = 1 / 2 + r * value
    value = 1.0 + r * value
    value = 1.0 + r * value
    k = np.float64(rounded).view(np.int64) - _ROUNDER_BITS
    return value * np.int64((k + 1023) << 52).view(np.float64)


@njit(forceinline=True, error_model="numpy")
def portable_exp(x):
    """Exponential function, at most 1 ulp from the true value.

    Parameters
    ----------
    x : np.float32
        Any number. NaN gives NaN; below -103.98 gives 0; above 88.73 gives infinity.

    Returns
    -------
    np.float32
        ``exp(x)``, subnormal results included.
    """
    return np.float32(wide_exp(x))


@njit(forceinline=True, error_model="numpy")
def wide_sigmoid(z, decay):
    """Logistic function of a float32 before its rounding, given ``decay = wide_exp(-abs(z))``.

    The exponential of a number <= 0 never overflows, and nothing cancels for negative ``z``.
    """
    return (1.0 if z >= 0 else decay) / (1.0 + decay)


@njit(forceinline=True, error_model="numpy")
def portable_sigmoid(z):
    """Logistic function ``1 / (1 + exp(-z))``, at most 1 ulp from the true value.

    Parameters
    ----------
    z : np.float32
        Any number; NaN gives NaN.

    Returns
    -------
    np.float32
        A number in [0, 1].
    """
    return np.float32(wide_sigmoid(z, wide_exp(-abs(z))))


_LN2_HIGH = float.fromhex("0x1.62e42feep-1")  # 32 bits: exact times an integer below 2**21
_LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
_SQRT_HALF_BITS = np.int64(0x3FE6A09E667F3BCD)
_MANTISSA_BITS = np.int64(0x000FFFFFFFFFFFFF)
_SMALLEST_NORMAL = float.fromhex("0x1p-1022")


@njit(forceinline=True, error_model="numpy")
def portable_log(x):
    """Natural logarithm, at most 2 ulp from the true value.

    Write ``x = 2**k (1 + f)`` with ``1 + f`` in [sqrt(1/2), sqrt(2)), and ``s = f / (2 + f)``.
    Then ``log(1 + f) = 2 atanh(s) = f - (f**2 / 2 - s (f**2 / 2 + R))`` with
    ``R = 2 s**2 (1/3 + s**2/5 + s**4/7 + ...)``; as ``|s| < 0.172``, eleven terms suffice.
    The arrangement, which keeps the exact ``f`` in front, is that of fdlibm's ``e_log.c``.

    Parameters
    ----------
    x : float
        Any number. 0 gives -infinity; a negative number or NaN gives NaN.

    Returns
    -------
    float
        ``log(x)``.
    """
    if not x > 0:
        return -np.inf if x == 0 else np.nan
    if x == np.inf:
        return np.inf
    k = 0
    if x < _SMALLEST_NORMAL:
        x *= 2.0**54
        k = -54
    bits = np.float64(x).view(np.int64)
    # Subtracting the bits of sqrt(1/2) before taking the exponent puts 1 + f where it should be.
    shift = (bits - _SQRT_HALF_BITS) >> 52
    k += shift
    f = np.int64(bits - (shift << 52)).view(np.float64) - 1.0
    s = f / (2.0 + f)
    s2 = s * s
    series = 0.0
    for denominator in range(23, 1, -2):
        series = series * s2 + 2.0 / denominator
    half_square = 0.5 * f * f
    correction = s * (half_square + s2 * series)
    return k * _LN2_HIGH - ((half_square - (correction + k * _LN2_LOW)) - f)


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
