// Features as whole numbers of 8 bits and a scale.
#pragma once
#include <c10/util/BFloat16.h>

#include <cstdint>

namespace ctorch {
/// The greatest whole number of 8 bits whose negative is one as well.
constexpr float greatestInt8 = 127;

/// The greatest distance from 0, on this thread; NaN where a number is not finite, which whole numbers
/// could not say.
float greatest(const c10::BFloat16 *x, int64_t count);

/// `x / scale`, rounded to the nearest whole number, on this thread. The scale is the greatest
/// distance from 0 over 127; where that is 0, all are.
void quantize(const c10::BFloat16 *x, int64_t count, float scale, int8_t *to);
}  // namespace ctorch
