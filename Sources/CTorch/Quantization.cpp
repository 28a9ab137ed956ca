#include "Quantization.hpp"

#include <algorithm>

#include "Vectors.hpp"

namespace {
using namespace ctorch;

PER_PROCESSOR float distance(const c10::BFloat16 *x, int64_t count) {
  Floats most = {}, nothing = {};
  for (int64_t i = 0; i < count; i += width) {
    Floats v;
    loadSome(x + i, std::min(width, count - i), v);
    most = __builtin_elementwise_max(most, __builtin_elementwise_max(v, -v));
    nothing += v * 0;  // NaN for what is not finite.
  }
  float greatest = 0, sum = 0;
  for (int64_t i = 0; i < width; i++) {
    greatest = std::max(greatest, most[i]);
    sum += nothing[i];
  }
  return greatest + sum;
}

PER_PROCESSOR void round(const c10::BFloat16 *x, int64_t count, float scale, int8_t *to) {
  using Bytes = int8_t __attribute__((vector_size(width)));
  constexpr float shift = 12582912.0f;  // 1.5 · 2²³: adding it rounds to a whole number.
  for (int64_t i = 0; i < count; i += width) {
    const int64_t some = std::min(width, count - i);
    Floats v;
    loadSome(x + i, some, v);
    const Floats whole = (v / scale + shift) - shift;
    const Bytes bytes = __builtin_convertvector(__builtin_convertvector(whole, Words), Bytes);
    std::memcpy(to + i, &bytes, some);
  }
}
}  // namespace

float ctorch::greatest(const c10::BFloat16 *x, int64_t count) { return distance(x, count); }

void ctorch::quantize(const c10::BFloat16 *x, int64_t count, float scale, int8_t *to) {
  round(x, count, scale > 0 ? scale : 1, to);
}
