package import Checkpoints
package import Layers

extension WeightSource {
  /// The weights of a checkpoint, over the pages of its files.
  package init(_ checkpoint: Checkpoint) {
    self.init(names: checkpoint.names) { try checkpoint.tensor($0) }
  }

  /// The weights of a file of any format.
  package init(_ file: WeightsFile) {
    self.init(
      names: file.entries.map(\.name), release: { file.release($0) },
      tensor: { try file.tensor($0) })
  }
}
