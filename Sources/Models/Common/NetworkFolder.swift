internal import Checkpoints
package import Foundation
internal import Layers
internal import Torch

/// The variants of a network's weights in diffusers' folders, the preferred first.
private let variants = ["", ".fp32", ".bf16", ".fp16", ".non_ema"]

/// The file of a network's weights in diffusers' or transformers' layout.
///
/// A folder may have one file or the index of several, of a precision that the names tell, or a
/// file that PyTorch wrote. The first of these that is there is meant.
///
/// - Parameters:
///   - folder: The network's folder.
///   - stem: What the names begin with; transformers' is `model`.
/// - Returns: The file; where there is none, the one that is usual.
package func weightsFile(in folder: URL, named stem: String = "diffusion_pytorch_model") -> URL {
  let names =
    variants.flatMap { variant in
      [
        "\(stem)\(variant).safetensors", "\(stem).safetensors.index\(variant).json",
        "\(stem)\(variant).safetensors.index.json",
      ]
    } + [stem == "model" ? "pytorch_model.bin" : "\(stem).bin"]
  let found = names.lazy.map { folder.appending(path: $0) }.first {
    FileManager.default.fileExists(atPath: $0.path(percentEncoded: false))
  }
  return found ?? folder.appending(path: names[0])
}

/// The file of a network's weights, and those that it is an index of.
///
/// - Throws: `CheckpointError` for an index that is not sound.
package func weightsFiles(
  in folder: URL, named stem: String = "diffusion_pytorch_model"
) throws -> [URL] {
  let file = weightsFile(in: folder, named: stem)
  guard file.pathExtension == "json" else { return [file] }
  let parts = try ShardIndex(contentsOf: file).tensors.keys.sorted()
  return [file] + parts.map { folder.appending(path: $0) }
}

/// Builds a network from the weights of a folder in diffusers' layout.
///
/// - Parameters:
///   - folder: The folder.
///   - formerNames: Given the file's names, answers those that the network knows by others, as
///     ``WeightSource/renamed(_:)`` takes them.
///   - matrices: How the factors of products are kept, and the type to compute in.
///   - build: Makes the network.
/// - Returns: The network.
/// - Throws: `CheckpointError`, or `LoadingError` with all misfits.
func readNetwork<Network>(
  from folder: URL, renaming formerNames: ([String]) -> [String: String] = { _ in [:] },
  matrices: MatrixStorage = .converted, _ build: (Scope) throws -> Network
) throws -> Network {
  let file = WeightSource(try WeightsFile(contentsOf: weightsFile(in: folder)))
  let weights = file.renamed(formerNames(file.names))
  return try ParameterStore(loading: weights, dtype: matrices.dtype, matrices: matrices)
    .network(build)
}

/// Builds a network from the weights and from the sizes in the `config.json` of such a folder.
func readNetwork<Configuration: Decodable, Network>(
  from folder: URL, renaming formerNames: ([String]) -> [String: String] = { _ in [:] },
  matrices: MatrixStorage = .converted, _ build: (Scope, Configuration) throws -> Network
) throws -> Network {
  let configuration: Configuration = try readConfiguration(
    from: folder.appending(path: "config.json"))
  return try readNetwork(from: folder, renaming: formerNames, matrices: matrices) {
    try build($0, configuration)
  }
}
