internal import CTorch

extension Tensor {
  /// Attention of several heads by a kernel of our own, whose scores stay in the caches:
  /// `softmax(q kᵀ / √d + mask) v`, where this tensor is the queries.
  ///
  /// In float32 on every processor; in bfloat16 by a matrix unit, see ``TileWeight``, where `d` is
  /// even and the mask is the same for all heads and queries. A query's result does not depend on
  /// the others, nor on the number of threads. In float32, a query from which the mask hides every
  /// key sees them all alike.
  ///
  /// This tensor is `[batch, queries, heads · d]`.
  ///
  /// - Parameters:
  ///   - key: `[batch, keys, heads · d]`.
  ///   - value: `[batch, keys, heads · d]`.
  ///   - heads: The number of heads.
  ///   - mask: Added to the scores, broadcast to `[batch, heads, queries, keys]`, of numbers with a
  ///     point; none if not given.
  /// - Returns: `[batch, queries, heads · d]`; nothing where a tensor is of another type or size, a
  ///   gradient is recorded, or this thread keeps to LibTorch's operations.
  public func fusedAttention(_ key: Tensor, _ value: Tensor, heads: Int, mask: Tensor?) -> Tensor? {
    guard ct_attention_fits(pointer, key.pointer, value.pointer, mask?.pointer, Int64(heads))
    else { return nil }
    return Torch.result(
      ct_attention(pointer, key.pointer, value.pointer, mask?.pointer, Int64(heads)))
  }
}
