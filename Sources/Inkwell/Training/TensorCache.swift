internal import Checkpoints
internal import Files
internal import Foundation
internal import Torch

/// Tensors that took long to compute, kept in a file for when a run goes on.
struct TensorCache {
  /// The file.
  let file: URL

  /// The tensors of the file, if they were made from the same things, or what `make` makes.
  ///
  /// - Parameters:
  ///   - ingredients: Everything that the tensors depend on.
  ///   - make: Makes the tensors by name, which are then written to the file.
  /// - Returns: The tensors by name.
  /// - Throws: What `make` throws, or what writing the file throws.
  func tensors(
    from ingredients: [String], make: () throws -> [String: Tensor]
  ) throws -> [String: Tensor] {
    let key = FileHash.sha256(ofTexts: ingredients)
    if let known = try read(key) { return known }
    let tensors = try make()
    try Folder.make(file.deletingLastPathComponent())
    try Safetensors.write(
      tensors.map { Safetensors.Draft($0.key, $0.value) }, metadata: ["key": key], to: file)
    return tensors
  }

  private func read(_ key: String) throws -> [String: Tensor]? {
    guard FileManager.default.fileExists(atPath: file.path(percentEncoded: false)) else {
      return nil
    }
    let checkpoint = try Checkpoint(contentsOf: file)
    guard checkpoint.metadata["key"] == key else { return nil }
    let names = checkpoint.names
    return Dictionary(
      uniqueKeysWithValues: try zip(names, names.map { try checkpoint.tensor($0) }))
  }
}
