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
///   - observe: Is given the softmax, `[batch, heads, queries, keys]`, which without an observer is
///     never in memory as a whole. The result is the same to the bit.
/// - Returns: `[batch, queries, heads · d]`.
public func multiHeadAttention(
  query: Tensor, key: Tensor, value: Tensor, heads: Int, mask: Tensor? = nil,
  observe: ((Tensor) -> Void)? = nil
) -> Tensor {
  func split(_ x: Tensor) -> Tensor {
    x.reshaped(x.shape[0], x.shape[1], heads, -1).transposed(1, 2)
  }
  let hasFewKeys = key.shape[1] < fewKeys
  if !hasFewKeys || query.dtype == .bfloat16,
    let mixed = query.fusedAttention(key, value, heads: heads, mask: mask)
  {
    observe?(attentionWeights(split(query), split(key), mask: mask))
    return mixed
  }
  let (q, k, v) = (split(query), split(key), split(value))
  let isSmall =
    query.requiresGradient
    ? query.shape[1] * key.shape[1] <= fewScores : hasFewKeys
  if !isSmall { observe?(attentionWeights(q, k, mask: mask)) }
  let mixed =
    isSmall
    ? plainAttention(q, k, v, mask: mask, observe: observe)
    : q.scaledDotProductAttention(k, v, mask: mask)
  return mixed.transposed(1, 2).reshaped(query.shape[0], query.shape[1], -1)
}

/// In training, up to this many scores a head, three batched operations are faster than LibTorch's
/// fused one, which multiplies the matrices of every head on its own.
private let fewScores = 128 * 128

/// Without gradients, which is to say without anything to keep, that is so below this many keys.
private let fewKeys = 32

/// The equation as it stands, over `[batch, heads, tokens, d]`.
private func plainAttention(
  _ q: Tensor, _ k: Tensor, _ v: Tensor, mask: Tensor?, observe: ((Tensor) -> Void)?
) -> Tensor {
  let weights = attentionWeights(q, k, mask: mask)
  observe?(weights)
  return weights.matmul(v)
}

/// How much each query attends to each key, `[batch, heads, queries, keys]`.
private func attentionWeights(_ q: Tensor, _ k: Tensor, mask: Tensor?) -> Tensor {
  let scale = 1 / Double(q.shape[-1]).squareRoot()
  let scores = (q * scale).matmul(k.transposed(-2, -1))
  return (mask.map { scores + $0 } ?? scores).softmax(dim: -1)
}
