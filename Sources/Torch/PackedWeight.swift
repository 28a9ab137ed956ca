internal import CTorch

/// The weight of a linear map, with a copy in the order in which the processor's library reads it.
///
/// MKL orders a weight anew in every product, which costs a fifth of one with a hundred rows. A
/// packed weight takes as much memory again. Inputs of another number of rows or another type, and
/// products whose gradient is recorded, go the plain way.
public struct PackedWeight: Sendable {
  private let weight: Tensor
  private let packed: Tensor
  private let rows: Int

  /// Packs a weight, if this machine's library and the weight's type allow it: MKL and float32.
  ///
  /// - Parameters:
  ///   - weight: `[outputs, inputs]`; it must not change afterwards.
  ///   - rows: The product of all dimensions of the inputs but the last; at least 1.
  public init?(_ weight: Tensor, rows: Int) {
    guard ct_can_pack(weight.pointer) else { return nil }
    self.weight = weight
    self.rows = rows
    packed = Torch.result(ct_pack(weight.pointer, Int64(rows)))
  }

  /// The affine map: `x weightᵀ + bias`.
  ///
  /// - Parameters:
  ///   - x: `[…, inputs]`.
  ///   - bias: `[outputs]`.
  /// - Returns: `[…, outputs]`.
  public func linear(_ x: Tensor, bias: Tensor?) -> Tensor {
    Torch.result(
      ct_packed_linear(
        x.pointer, packed.pointer, weight.pointer, bias?.pointer, Int64(rows)))
  }
}
