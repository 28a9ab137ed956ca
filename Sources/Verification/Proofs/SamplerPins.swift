extension SamplerPin {
  /// The samplers of the catalogue, by name.
  static let measured: [String: SamplerPin] = [:]
}
