internal import Layers
internal import Models

/// The weights of a model's U-Net and text encoders, with what LoRAs change of them.
struct AdaptedWeights {
  private let sources: [LoRA.Network: WeightSource]

  /// - Parameters:
  ///   - folders: The folders of all those networks in diffusers' layout.
  ///   - loras: What changes them.
  ///   - read: Answers a network's own weights, by its folder.
  /// - Throws: `LoRAError` for a file that does not fit, or what reading throws.
  init(
    of folders: [String], by loras: [WeightedLoRA], read: (String) throws -> WeightSource
  ) throws {
    var sources: [LoRA.Network: WeightSource] = [:]
    for folder in folders {
      if let network = LoRA.Network(rawValue: folder) { sources[network] = try read(folder) }
    }
    self.sources = loras.isEmpty ? sources : try WeightSource.adapted(sources, by: loras)
  }

  /// The weights of a network; none of one that was not named.
  func callAsFunction(_ folder: String) -> WeightSource {
    LoRA.Network(rawValue: folder).flatMap { sources[$0] } ?? WeightSource([:])
  }
}
