internal import Checkpoints
package import Foundation
package import Layers
internal import Torch

extension UniDiffuserTransformer {
  /// Weights to begin a training with: new ones, but for the words, which are those of a text
  /// encoder in fewer dimensions, so that words that are alike begin alike.
  ///
  /// A word's token is one of `textDim` numbers that is 1. Its vector is the encoder's along the
  /// directions in which the words differ most.
  ///
  /// - Parameters:
  ///   - configuration: The sizes, with no more channels than the encoder has.
  ///   - folder: A BERT encoder in the layout of Hugging Face.
  ///   - numbers: The encoder's number of each word.
  ///   - seed: What new weights are drawn from.
  /// - Returns: All weights.
  /// - Throws: `CheckpointError`, or `LoadingError` where the encoder has too few channels.
  package static func weights(
    _ configuration: UniDiffuserConfiguration, words folder: URL, _ numbers: [Int], seed: UInt64
  ) throws -> WeightSource {
    let drawn = ParameterStore(initializing: Generator(seed: seed))
    _ = try drawn.network { UniDiffuserTransformer($0, configuration) }
    var weights = Dictionary(
      uniqueKeysWithValues: drawn.parameters.map { ($0.name, $0.tensor.detached()) })
    let name = "embeddings.word_embeddings.weight"
    let table = try WeightSource(Checkpoint(contentsOf: TextEncoder.weights(in: folder)))
      .tensor(name).converted(to: .float32)
    let channels = configuration.channels
    guard table.shape[1] >= channels else {
      throw LoadingError(problems: [
        .misshapen(name, expected: [table.shape[0], channels], found: table.shape.sizes)
      ])
    }
    try checked {
      let words = table.indexSelected(dim: 0, Tensor(numbers))
      let centered = words - words.mean(dims: [0], keepingDims: true)
      let directions = centered.transposed(0, 1).matmul(centered).eigh().1
      let vectors = centered.matmul(
        directions.narrowed(dim: 1, start: table.shape[1] - channels, length: channels))
      weights["text_in.weight"] = vectors.transposed(0, 1).contiguous()
      weights["text_out.weight"] = vectors
    }
    return WeightSource(weights)
  }
}
