internal import CTorch

extension Tensor {
  /// GELU in its approximation by the hyperbolic tangent: `x / (1 + exp(-2u))` with
  /// `u = √(2/π) (x + 0.044715 x³)`.
  ///
  /// Hendrycks & Gimpel 2016, section 2, https://arxiv.org/abs/1606.08415; the same function as
  /// `gelu(approximate: "tanh")`. float32 and bfloat16 go through a kernel of our own, several
  /// times faster and as exact as float32 is; other types through LibTorch's.
  ///
  /// - Parameter reusingMemory: Whether the result may take this tensor's memory, which must then
  ///   be used nowhere else; it does where no gradient is recorded.
  /// - Returns: The same shape.
  public func geluTanh(reusingMemory: Bool = false) -> Tensor {
    Torch.result(ct_gelu_tanh(pointer, reusingMemory))
  }

  /// The first half of the channels, each gated by GELU of its partner in the other half: GEGLU.
  ///
  /// Shazeer 2020, https://arxiv.org/abs/2002.05202, with GELU by the error function. float32 and
  /// bfloat16 go through a kernel of our own where no gradient is recorded, whose error function is
  /// off by 1.5e-7 at most.
  ///
  /// - Returns: `[…, channels / 2]`.
  public func gatedByGelu() -> Tensor { Torch.result(ct_gated_gelu(pointer)) }
}
