import Checkpoints
import Foundation
import Layers
import TestSupport
import Torch

/// A network with random weights in a folder, as a user would have one.
enum TinyNetwork {
  /// Writes `config.json` and the weights.
  static func write<Network>(
    _ configuration: some Encodable, to folder: URL, seed: UInt64 = 98,
    _ build: (Scope) throws -> Network
  ) throws -> URL {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let store = ParameterStore(initializing: Generator(seed: seed))
    _ = try store.network(build)
    try JSONEncoder().encode(configuration).write(to: folder.appending(path: "config.json"))
    try Safetensors.write(
      store.parameters.map { Safetensors.Draft($0.name, $0.tensor.detached()) },
      to: folder.appending(path: "diffusion_pytorch_model.safetensors"))
    return folder
  }
}
