"""Elementary functions of tiles with the same bits on every IEEE 754 machine.

Only +, *, /, fused multiply-add and operations on the bits of a number are used, in an order fixed
here. A mathematical library's ``exp`` differs in the last bit from one system to the next; these do
not. All of it runs in Numba code without ``fastmath``, so LLVM neither reorders a sum nor fuses
``a * b + c`` where it is not told to.
"""

import numpy as np
from numba import njit

from lrstudy.kernel.tiles import everywhere, fma, power_of_two, where_at_most

_ONE, _TWO = np.float32(1), np.float32(2)

# Adding 1.5 * 2**23 to a float32 of magnitude below 2**22 rounds it to an integer (ties to even)
# and leaves that integer in the low bits of the sum.
_ROUNDER = np.float32(1.5 * 2.0**23)

_LOWEST = np.float32(-87)  # exp of this is 1.6e-38, the smallest power of two above 2**-126 is near
_LOG2_E = np.float32(1.4426950408889634)
_LN2_HIGH = np.float32(float.fromhex("0x1.62e4p-1"))  # 14 bits: exact times an integer below 2**10
_LN2_LOW = np.float32(0.6931471805599453 - float.fromhex("0x1.62e4p-1"))

_EXP_TERMS = tuple(np.float32(1 / n) for n in (5040, 720, 120, 24, 6, 2, 1, 1))
_LOG_TERMS = tuple(np.float32(2 / n) for n in (15, 13, 11, 9, 7, 5, 3, 1))


@njit(forceinline=True, error_model="numpy")
def _polynomial(x, coefficients):
    """Horner's rule, highest power first."""
    value = everywhere(coefficients[0])
    for coefficient in coefficients[1:]:
        value = fma(value, x, everywhere(coefficient))
    return value


@njit(forceinline=True, error_model="numpy")
def exp(x):
    """Exponential function of numbers <= 0; what is below -87 counts as -87.

    Write ``x = k ln 2 + r`` with integer ``k`` and ``|r| <= ln(2) / 2``. Then
    ``exp(x) = 2**k exp(r)``, and the Taylor polynomial of degree 7 leaves out less than
    ``1.1 |r|**8 / 8! < 6e-9``, a tenth of the last bit.
    """
    # A comparison with NaN is false, so NaN passes.
    x = where_at_most(x, everywhere(_LOWEST), everywhere(_LOWEST), x)
    rounded = fma(x, everywhere(_LOG2_E), everywhere(_ROUNDER))
    k = rounded + everywhere(-_ROUNDER)
    r = fma(k, everywhere(-_LN2_LOW), fma(k, everywhere(-_LN2_HIGH), x))
    return _polynomial(r, _EXP_TERMS) * power_of_two(rounded)


@njit(forceinline=True, error_model="numpy")
def log_of_one_plus(x):
    """Natural logarithm of 1 + x for numbers in [0, 1].

    With ``t = x / (2 + x)``, at most 1/3, it is ``2 atanh(t) = 2 t (1 + t**2/3 + t**4/5 + ...)``;
    what is left out after ``t**14/15`` is less than 2e-9 of it.
    """
    t = x / (x + everywhere(_TWO))
    return t * _polynomial(t * t, _LOG_TERMS)


@njit(forceinline=True, error_model="numpy")
def sigmoid(z, decay):
    """Logistic function, given ``decay = exp(-abs(z))``.

    The exponential of a number <= 0 never overflows, and nothing cancels for negative ``z``.
    """
    one = everywhere(_ONE)
    return where_at_most(z, everywhere(np.float32(0)), decay, one) / (decay + one)
