// Attention in bfloat16 by the processor's matrix unit, whose scores stay in the first cache.
#pragma once
#include <c10/util/BFloat16.h>

#include "Tiles.hpp"

namespace ctorch {
/// Tokens of several heads, `[batch, count, heads · depth]`.
struct HeadTokens {
  const c10::BFloat16 *numbers;
  /// From one of a batch to the next, and from one token to the next, in numbers.
  int64_t batchStride, tokenStride;
  int64_t count;
};

/// `softmax(q kᵀ / √depth + mask) v`.
///
/// Blocks of 32 queries go over the keys, 128 at a time, and keep the greatest score and the sum so
/// far: Dao et al. 2022, https://arxiv.org/abs/2205.14135.
struct TileAttention {
  HeadTokens queries, keys, values;
  /// The depth is even.
  int64_t batch, heads, depth;
  /// Added to the scores, `[batch, keys]`; or null.
  const float *mask;
  /// `[batch, queries, heads, depth]`.
  c10::BFloat16 *result;

  /// Computes the result, on all threads.
  void operator()() const;
};
}  // namespace ctorch
