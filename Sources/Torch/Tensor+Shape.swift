extension Tensor {
  /// The same elements in another shape; one size may be -1 and follows from the rest.
  public func reshaped(_ sizes: Int...) -> Tensor { reshaped(sizes) }

  /// The dimensions in another order.
  public func permuted(_ dims: Int...) -> Tensor { permuted(dims) }

  /// Dimensions of size one repeated without a copy; -1 keeps a size.
  public func expanded(_ sizes: Int...) -> Tensor { expanded(sizes) }

  /// New dimensions of size one at the given places, one after the other.
  public func unsqueezed(_ first: Int, _ second: Int, _ rest: Int...) -> Tensor {
    rest.reduce(unsqueezed(first).unsqueezed(second)) { $0.unsqueezed($1) }
  }

  /// The sum of all elements, of rank zero.
  public func sum() -> Tensor { sum(dims: nil) }

  /// The mean of all elements, of rank zero.
  public func mean() -> Tensor { mean(dims: nil) }
}

/// `x · sigmoid(x)`, https://arxiv.org/abs/1702.03118.
public func silu(_ x: Tensor) -> Tensor { x.silu() }

/// The tensors one after the other along a dimension.
public func concatenate(_ tensors: Tensor..., dim: Int = 0) -> Tensor {
  tensors.concatenated(dim: dim)
}
