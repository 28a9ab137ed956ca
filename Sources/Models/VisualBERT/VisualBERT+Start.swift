internal import Checkpoints
package import Foundation
package import Layers
internal import Torch

extension VisualBERT {
  /// Weights to begin a training with: those of a text encoder as far as it has them.
  ///
  /// What sees pictures is new, and so is what says tokens but for the table of words. An encoder
  /// may have more layers, words and places than the network.
  ///
  /// - Parameters:
  ///   - folder: A BERT encoder in the layout of Hugging Face.
  ///   - configuration: The sizes of the network.
  ///   - words: The encoder's number of each word of the network.
  ///   - seed: What new weights are drawn from.
  /// - Returns: All weights.
  /// - Throws: `CheckpointError`, or `LoadingError` with all that the encoder lacks.
  package static func weights(
    beginningWith folder: URL, _ configuration: VisualBERTConfiguration, words: [Int], seed: UInt64
  ) throws -> WeightSource {
    let drawn = ParameterStore(initializing: Generator(seed: seed))
    _ = try drawn.network { VisualBERT($0, configuration) }
    let encoder = WeightSource(try Checkpoint(contentsOf: TextEncoder.weights(in: folder)))
    let prefix = "visual_bert."
    var weights: [String: Tensor] = [:]
    var problems: [LoadingError.Problem] = []
    for (name, tensor) in drawn.parameters.map({ ($0.name, $0.tensor.detached()) }) {
      weights[name] = tensor
      guard name.hasPrefix(prefix), !name.contains(".visual_") else { continue }
      let theirs = String(name.dropFirst(prefix.count))
      guard encoder.contains(theirs) else {
        problems.append(.missing(theirs, tensor.shape.sizes))
        continue
      }
      let whole = try encoder.tensor(theirs).converted(to: .float32)
      let part = try checked {
        switch theirs {
        case "embeddings.word_embeddings.weight": whole.indexSelected(dim: 0, Tensor(words))
        case "embeddings.position_embeddings.weight" where whole.shape[0] > tensor.shape[0]:
          whole.narrowed(dim: 0, start: 0, length: tensor.shape[0]).contiguous()
        default: whole
        }
      }
      if part.shape != tensor.shape {
        problems.append(
          .misshapen(theirs, expected: tensor.shape.sizes, found: part.shape.sizes))
      }
      weights[name] = part
    }
    guard problems.isEmpty else { throw LoadingError(problems: problems) }
    return WeightSource(weights)
  }
}
