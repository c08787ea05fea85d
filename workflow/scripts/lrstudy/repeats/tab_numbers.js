"use strict";
// Numbers: unpacked when they are asked for (`lrstudy.repeats.embedded`), printed as the paper does.
const compareNumbers = (() => {
  const KINDS = {
    u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i1: Int8Array, i2: Int16Array,
    i4: Int32Array, f4: Float32Array, f8: Float64Array,
  };
  const unpacked = new Map();

  async function inflate({ type, bytes }) {
    const packed = Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    const planes = new Uint8Array(await new Response(stream).arrayBuffer());
    const size = KINDS[type].BYTES_PER_ELEMENT;
    const n = planes.length / size;
    return new KINDS[type](planes.map((_, i) => planes[(i % size) * n + Math.floor(i / size)]).buffer);
  }

  function unpack(packed) {
    if (!unpacked.has(packed)) unpacked.set(packed, inflate(packed));
    return unpacked.get(packed);
  }

  // Rounds the digits that are written, half to even, as `paperledger.claims.claim` does.
  function rounded(value, decimals) {
    const [mantissa, exponent = "0"] = String(Math.abs(value)).split("e");
    const [whole, part = ""] = mantissa.split(".");
    const drop = part.length - Number(exponent) - decimals;
    let digits = BigInt(whole + part);
    if (drop > 0) {
      const unit = 10n ** BigInt(drop);
      const rest = 2n * (digits % unit);
      digits /= unit;
      if (rest > unit || (rest === unit && digits % 2n)) digits += 1n;
    } else digits *= 10n ** BigInt(-drop);
    const text = String(digits).padStart(decimals + 1, "0");
    const point = text.length - decimals;
    return { text: `${text.slice(0, point)}.${text.slice(point)}`, zero: digits === 0n };
  }

  function printed(value, decimals) {
    const { text, zero } = rounded(value, decimals);
    return `${value < 0 && !zero ? "\u2212" : "+"}${text}`;
  }

  // NumPy's order of adding, so that what lies between two printed digits falls to the same side.
  function sum(values, start = 0, n = values.length) {
    if (n > 128) {
      const half = Math.floor(n / 2) - (Math.floor(n / 2) % 8);
      return sum(values, start, half) + sum(values, start + half, n - half);
    }
    const lanes = [0, 0, 0, 0, 0, 0, 0, 0];
    const even = n - (n % 8);
    for (let i = 0; i < even; i++) lanes[i % 8] += values[start + i];
    const pair = (i) => lanes[i] + lanes[i + 1];
    let total = pair(0) + pair(2) + (pair(4) + pair(6));
    for (let i = even; i < n; i++) total += values[start + i];
    return total;
  }

  const mean = (values) => sum(values) / values.length;

  return { unpack, rounded, printed, sum, mean };
})();
