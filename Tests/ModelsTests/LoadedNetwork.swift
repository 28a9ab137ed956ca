import Checkpoints
import Foundation
import Layers
import Torch

@testable import Models

/// The network of a folder in diffusers' layout, beside the store of its weights.
func loadedNetwork<Network: FolderNetwork>(
  _ folder: URL, dtype: DType?, trainable: Bool,
  _ build: (Scope, Network.Configuration) throws -> Network
) throws -> (Network, ParameterStore) {
  let configuration: Network.Configuration = try readConfiguration(
    from: folder.appending(path: "config.json"))
  let weights = try Checkpoint(contentsOf: Network.weights(in: folder))
  let store = ParameterStore(loading: WeightSource(weights), dtype: dtype, trainable: trainable)
  return (try store.network { try build($0, configuration) }, store)
}
