internal import CTorch

extension Tensor {
  /// Whether operations on the tensor are recorded for a gradient.
  public var requiresGradient: Bool { pointer.map { ct_requires_grad($0) } ?? false }

  /// The tensor as a leaf whose gradient is wanted; the memory is shared.
  public func withGradient() -> Tensor {
    let leaf = detached()
    check(leaf.pointer.map { ct_set_requires_grad($0, true) } ?? true)
    return leaf
  }

  /// What ``backward(_:)`` summed up for this leaf.
  public var gradient: Tensor? {
    guard let pointer else { return nil }
    var gradient: OpaquePointer?
    check(ct_grad(pointer, &gradient))
    return gradient.map { Tensor(owning: $0) }
  }

  /// Forgets the gradient.
  public func clearGradient() {
    if let pointer { check(ct_clear_grad(pointer)) }
  }

  /// Adds the derivative of this tensor by every leaf to the leaf's gradient.
  ///
  /// - Parameter seed: The derivative of the final result by this tensor; 1 if not given, which
  ///   needs a tensor of one element.
  public func backward(_ seed: Tensor? = nil) {
    check(ct_backward(pointer, seed?.pointer))
  }

  /// The derivative of this tensor by each of `inputs`, whose own gradients are left alone.
  ///
  /// - Parameters:
  ///   - inputs: Tensors that this one was computed from.
  ///   - seed: The derivative of the final result by this tensor; 1 if not given.
  ///   - createsGraph: Whether the derivatives can be differentiated again.
  /// - Returns: A derivative for each input, in its shape.
  public func gradients(
    by inputs: [Tensor], seed: Tensor? = nil, createsGraph: Bool = false
  ) -> [Tensor] {
    withPointers(inputs) { inputs in
      resultsArray(inputs.count) { out in
        ct_gradients(
          pointer, seed?.pointer, inputs.baseAddress, Int64(inputs.count), createsGraph,
          createsGraph, out)
      }
    }
  }
}

/// Runs `body` without recording its operations for a gradient.
///
/// It must not suspend.
public func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
  try withGradientMode(false, body)
}

/// Runs `body` recording its operations, inside ``withoutGradients(_:)``.
///
/// It must not suspend.
public func withGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
  try withGradientMode(true, body)
}

private func withGradientMode<Result>(
  _ enabled: Bool, _ body: () throws -> Result
) rethrows -> Result {
  let before = ct_grad_mode()
  ct_set_grad_mode(enabled)
  defer { ct_set_grad_mode(before) }
  return try body()
}

/// Runs `body` with matrix products and convolutions in another dtype.
///
/// The rest runs as LibTorch's autocast has it, without its cache: a weight that is used twice is
/// cast twice, and its gradients add up in its own dtype. `body` must not suspend.
///
/// - Parameters:
///   - dtype: `.bfloat16`, `.float16`, or none for the inputs' own.
///   - body: What runs so.
/// - Returns: What `body` returns.
public func withAutocast<Result>(
  _ dtype: DType?, _ body: () throws -> Result
) rethrows -> Result {
  let before = ct_autocast()
  ct_set_autocast(dtype?.rawValue ?? -1)
  defer { ct_set_autocast(before) }
  return try body()
}
