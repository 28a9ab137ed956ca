internal import Checkpoints
internal import Files
package import Foundation
package import Layers
package import Torch

/// A network that a folder holds: its sizes in `config.json` beside the file of its weights, in
/// diffusers' or transformers' layout.
package protocol FolderNetwork {
  /// Its sizes, as `config.json` says them.
  associatedtype Configuration: Codable, Equatable
  /// The class that `config.json` names.
  static var className: String { get }
  /// What the name of the file of the weights begins with; transformers' is `model`.
  static var fileStem: String { get }
  /// The type that weights are written in.
  static var storedType: DType { get }
  /// Names of weights that others write and that nothing here reads.
  static var unusedNames: [String] { get }
}

extension FolderNetwork {
  /// The layout of diffusers.
  package static var fileStem: String { "diffusion_pytorch_model" }
  /// Half precision.
  package static var storedType: DType { .float16 }
  /// None.
  package static var unusedNames: [String] { [] }

  /// The file of the weights in a folder; where there is none, the one that is usual.
  package static func weights(in folder: URL) -> URL { weightsFile(in: folder, named: fileStem) }

  /// The files of a folder on which the network depends.
  package static func files(in folder: URL) -> [URL] {
    [folder.appending(path: "config.json"), weights(in: folder)]
  }

  /// The weights of a folder, to be trained further.
  ///
  /// - Parameters:
  ///   - folder: Holds `config.json` and the weights.
  ///   - expected: The sizes that the network must have.
  /// - Returns: The weights for a network of these sizes.
  /// - Throws: `ConfigurationError` if it has other sizes, or `CheckpointError`.
  package static func weightsToTrain(
    folder: URL, _ expected: Configuration
  ) throws -> WeightSource {
    let file = folder.appending(path: "config.json")
    let found: Configuration = try readConfiguration(from: file)
    guard found == expected else {
      throw ConfigurationError(
        file: file.path(percentEncoded: false),
        reason: "expected the sizes to train, \(expected), found \(found)")
    }
    return WeightSource(try Checkpoint(contentsOf: weights(in: folder))).leavingOut(unusedNames)
  }

  /// Writes a network's sizes and weights.
  ///
  /// - Parameters:
  ///   - weights: All weights.
  ///   - configuration: The sizes.
  ///   - folder: The folder; made if it is not there.
  /// - Throws: `CheckpointError` or `FileError`.
  package static func write(
    _ weights: WeightSource, _ configuration: Configuration, to folder: URL
  ) throws {
    try Folder.make(folder)
    let drafts = try weights.names.map { name in
      Safetensors.Draft(name, try checked { try weights.tensor(name).converted(to: storedType) })
    }
    try Safetensors.write(
      drafts, metadata: ["format": "pt"],
      to: folder.appending(path: "\(fileStem).safetensors"))
    try AtomicFile.write(
      NamedConfiguration(className, configuration).file, to: folder.appending(path: "config.json"))
  }
}
