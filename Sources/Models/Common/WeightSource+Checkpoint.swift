package import Checkpoints
package import Layers

extension WeightSource {
  /// The weights of a checkpoint, over the pages of its files.
  package init(_ checkpoint: Checkpoint) {
    self.init(names: checkpoint.names) { try checkpoint.tensor($0) }
  }
}
