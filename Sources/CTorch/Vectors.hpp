// Loops over vectors of 16 numbers, which the compiler cuts to what the processor has; on x86 the
// loader picks among three builds of a function that is marked `PER_PROCESSOR`.
#pragma once
#include <c10/util/BFloat16.h>

#include <cstring>
#include <utility>

#if defined(__x86_64__) && defined(__linux__)
#define PER_PROCESSOR __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define PER_PROCESSOR
#endif
#define INLINE inline __attribute__((always_inline))

namespace ctorch {
constexpr int64_t width = 16;
using Floats = float __attribute__((vector_size(width * sizeof(float))));
using HalfFloats = float __attribute__((vector_size(width * sizeof(float) / 2)));
using Words = int32_t __attribute__((vector_size(width * sizeof(float))));
using Halves = uint16_t __attribute__((vector_size(width * sizeof(uint16_t))));

INLINE void load(const float *from, Floats &x) { std::memcpy(&x, from, sizeof x); }
INLINE void store(const Floats &x, float *to) { std::memcpy(to, &x, sizeof x); }

INLINE void load(const c10::BFloat16 *from, Floats &x) {
  Halves halves;
  std::memcpy(&halves, from, sizeof halves);
  x = __builtin_bit_cast(Floats, __builtin_convertvector(halves, Words) << 16);
}

/// Rounds to the nearest, to even in the middle; a NaN stays one.
INLINE void store(const Floats &x, c10::BFloat16 *to) {
  const Words bits = __builtin_bit_cast(Words, x);
  const Words rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  const Words isNaN = x != x;
  const Halves halves =
    __builtin_convertvector((isNaN & 0x7fc0) | (~isNaN & rounded & 0xffff), Halves);
  std::memcpy(to, &halves, sizeof halves);
}

/// exp(x): 2^n times a polynomial of the rest, which is at most half of ln 2.
INLINE void exponential(const Floats &argument, Floats &result) {
  const Floats x = __builtin_elementwise_max(
    __builtin_elementwise_min(argument, Floats{} + 88.0f), Floats{} - 87.0f);
  constexpr float shift = 12582912.0f;  // 1.5 · 2²³: adding it rounds to a whole number.
  const Floats n = (x * 1.44269504f + shift) - shift;
  const Floats r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  Floats p = Floats{} + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  const Words power = (__builtin_convertvector(n, Words) + 127) << 23;
  result = p * __builtin_bit_cast(Floats, power);
}

template <int stride, int... i>
INLINE void exchange(Floats &a, Floats &b, std::integer_sequence<int, i...>) {
  const Floats x = a, y = b;
  a = __builtin_shufflevector(x, y, (i & stride ? width + i - stride : i)...);
  b = __builtin_shufflevector(x, y, (i & stride ? width + i : i + stride)...);
}

template <int stride>
INLINE void exchange(Floats *rows) {
  for (int64_t row = 0; row < width; row++)
    if (!(row & stride))
      exchange<stride>(rows[row], rows[row + stride], std::make_integer_sequence<int, width>());
}

/// Transposes a square of 16 rows.
INLINE void transpose(Floats *rows) {
  exchange<8>(rows);
  exchange<4>(rows);
  exchange<2>(rows);
  exchange<1>(rows);
}

template <typename Number>
INLINE void loadSome(const Number *from, int64_t count, Floats &x) {
  if (count == width) return load(from, x);
  Number numbers[width] = {};
  std::memcpy(numbers, from, count * sizeof(Number));
  load(numbers, x);
}

template <typename Number>
INLINE void storeSome(const Floats &x, int64_t count, Number *to) {
  if (count == width) return store(x, to);
  Number numbers[width];
  store(x, numbers);
  std::memcpy(to, numbers, count * sizeof(Number));
}
}  // namespace ctorch
