// Attention whose scores stay in the caches: in float32 by vectors, in bfloat16 by the matrix unit.
#pragma once
#include <c10/util/BFloat16.h>

#include <cstdint>

namespace ctorch {
/// Tokens of several heads, `[batch, count, heads · depth]`.
template <typename Number>
struct HeadTokens {
  const Number *numbers;
  /// From one of a batch to the next, and from one token to the next, in numbers.
  int64_t batchStride, tokenStride;
  int64_t count;
};

constexpr float log2OfE = 1.44269504f;

/// What is added to scores, `[batch, heads, queries, keys]`, where it is the same for some of them.
struct AttentionMask {
  /// Null if there is none.
  const float *numbers;
  /// From one to the next, in numbers; 0 where it is the same for all.
  int64_t batchStride, headStride, queryStride;
};

/// `softmax(q kᵀ / √depth + mask) v`.
///
/// Blocks of queries go over the keys, some at a time, and keep the greatest score and the sum so
/// far: Dao et al. 2022, https://arxiv.org/abs/2205.14135. So no result depends on other queries.
template <typename Number>
struct Attention {
  HeadTokens<Number> queries, keys, values;
  int64_t batch, heads, depth;
  AttentionMask mask;
  /// `[batch, queries, heads, depth]`.
  Number *result;

  /// Computes the result, on all threads.
  void operator()() const;

  /// The first token's numbers of a head of all; there are `batch · heads`.
  const Number *start(const HeadTokens<Number> &tokens, int64_t head) const {
    return tokens.numbers + head / heads * tokens.batchStride + head % heads * depth;
  }
  /// The mask of a head's query, or null.
  const float *start(int64_t head, int64_t query) const {
    if (!mask.numbers) return nullptr;
    return mask.numbers + head / heads * mask.batchStride + head % heads * mask.headStride +
      query * mask.queryStride;
  }
  /// Where the result of a head's query goes.
  Number *end(int64_t head, int64_t query) const {
    return result + ((head / heads * queries.count + query) * heads + head % heads) * depth;
  }
};

/// In float32, of any depth.
template <>
void Attention<float>::operator()() const;
/// In bfloat16, where the processor has tiles; the depth is even, and the mask is the same for all
/// heads and queries.
template <>
void Attention<c10::BFloat16>::operator()() const;
}  // namespace ctorch
