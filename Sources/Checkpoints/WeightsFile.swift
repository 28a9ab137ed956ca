package import Foundation
package import Torch

/// A file of named tensors, whatever its format.
///
/// The format is told by the first bytes, never by the name.
package enum WeightsFile: Sendable {
  case safetensors(Checkpoint)
  case gguf(GGUF)
  case torch(TorchPickle)

  /// A tensor of the file.
  package struct Entry: Sendable, Hashable {
    /// The name in the file.
    package let name: String
    /// The dimensions, outermost first.
    package let shape: [Int]
    /// The kind of elements, in the format's own word.
    package let dtype: String
    /// The bytes that it takes in the file.
    package let byteCount: Int
  }

  /// Opens a file; no element is read.
  ///
  /// - Parameter url: A safetensors file or the index of several, a GGUF file, or what `torch.save`
  ///   wrote.
  /// - Throws: `CheckpointError`, the first rule that the file breaks.
  package init(contentsOf url: URL) throws(CheckpointError) {
    let file = try MappedFile(url)
    let start = file.withBytes(0..<min(file.count, 4)) { Array($0) }
    if start == Array("GGUF".utf8) {
      self = .gguf(try GGUF(contentsOf: url))
    } else if start == [0x50, 0x4B, 3, 4] || start.starts(with: [0x80, 2, 0x8A, 0x0A]) {
      self = .torch(try TorchPickle(contentsOf: url))
    } else {
      self = .safetensors(try Checkpoint(contentsOf: url))
    }
  }

  /// The format in a word.
  package var format: String {
    switch self {
    case .safetensors: "safetensors"
    case .gguf: "gguf"
    case .torch: "torch"
    }
  }

  /// The tensors, sorted by name.
  package var entries: [Entry] {
    let entries =
      switch self {
      case .safetensors(let checkpoint):
        checkpoint.files.flatMap { file in
          file.entries.map {
            Entry(
              name: $0.name, shape: $0.shape, dtype: $0.dtype.rawValue, byteCount: $0.range.count)
          }
        }
      case .gguf(let file):
        file.entries.map {
          Entry(
            name: $0.name, shape: $0.logicalShape, dtype: $0.type.name, byteCount: $0.range.count)
        }
      case .torch(let file):
        file.entries.map {
          Entry(
            name: $0.name, shape: $0.shape, dtype: $0.dtype.rawValue, byteCount: $0.range.count)
        }
      }
    return entries.sorted { $0.name < $1.name }
  }

  /// The texts that the writer noted beside the tensors.
  package var metadata: [String: String] {
    switch self {
    case .safetensors(let checkpoint): checkpoint.metadata
    case .gguf(let file):
      file.metadata.compactMapValues { if case .string(let text) = $0 { text } else { nil } }
    case .torch(let file): file.texts
    }
  }

  /// A tensor; plain numbers in the file's type, blocks of numbers as float32.
  ///
  /// - Throws: `CheckpointError` if it is not there or in a format that is not read.
  package func tensor(_ name: String) throws -> Tensor {
    switch self {
    case .safetensors(let checkpoint): try checkpoint.tensor(name)
    case .gguf(let file): try file.tensor(name)
    case .torch(let file): try file.tensor(name)
    }
  }

  /// Gives back the memory of a tensor's pages when it is done with.
  package func release(_ name: String) {
    switch self {
    case .safetensors(let checkpoint):
      for file in checkpoint.files { if let entry = file[name] { file.file.release(entry.range) } }
    case .gguf(let file): if let entry = file[name] { file.file.release(entry.range) }
    case .torch(let file): if let entry = file[name] { file.file.release(entry.range) }
    }
  }
}
