"""Elementary functions with the same bits on every IEEE 754 machine.

Only +, -, *, / and operations on the bits of a number are used, in an order fixed here. A
mathematical library's ``exp`` differs in the last bit from one system to the next; these do not.
All of it runs in Numba code without ``fastmath``, so LLVM neither reorders a sum nor fuses
``a * b + c``.
"""

import numpy as np
from numba import njit

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

    ``x`` is brought into [-104, 89] first; NaN gives NaN. The relative error is below 1e-9.
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
def wide_sigmoid(z, decay):
    """Logistic function of a float32 before its rounding, given ``decay = wide_exp(-abs(z))``.

    The exponential of a number <= 0 never overflows, and nothing cancels for negative ``z``.
    """
    return (1.0 if z >= 0 else decay) / (1.0 + decay)


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

    0 gives -infinity; a negative number or NaN gives NaN.
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
