public import Torch

/// Attention of several heads over projected tokens: `softmax(q kᵀ / √d + mask) v`.
///
/// Vaswani et al. 2017, equation 1, https://arxiv.org/abs/1706.03762.
///
/// - Parameters:
///   - query: `[batch, queries, heads · d]`.
///   - key: `[batch, keys, heads · d]`.
///   - value: `[batch, keys, heads · d]`.
///   - heads: The number of heads.
///   - mask: Added to the scores, broadcast to `[batch, heads, queries, keys]`; none if not given.
/// - Returns: `[batch, queries, heads · d]`.
public func multiHeadAttention(
  query: Tensor, key: Tensor, value: Tensor, heads: Int, mask: Tensor? = nil
) -> Tensor {
  func split(_ x: Tensor) -> Tensor {
    x.reshaped(x.shape[0], x.shape[1], heads, -1).transposed(1, 2)
  }
  let mixed = split(query).scaledDotProductAttention(split(key), split(value), mask: mask)
  return mixed.transposed(1, 2).reshaped(query.shape[0], query.shape[1], -1)
}
