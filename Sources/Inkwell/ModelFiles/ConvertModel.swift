internal import Checkpoints
internal import Files
internal import Foundation
internal import Models

/// Writes a Stable Diffusion model's weights in another layout, another precision, or both.
///
/// One tensor after the other is read, converted and written, so that no model is ever in memory as
/// a whole; and the result is in its place only when all of it is safe. What the writer noted
/// beside the weights of safetensors is kept.
public struct ConvertModel: Codable, Sendable, Hashable {
  /// How the names and files are laid out.
  public enum Layout: String, Codable, Sendable, Hashable, CaseIterable {
    /// A folder with one for each network, by diffusers' names.
    case diffusers
    /// One safetensors file by the names of CompVis and Stability AI.
    case ldm
    /// One GGUF file by those names, as stable-diffusion.cpp reads it.
    case gguf
  }

  /// How the numbers are kept.
  public enum Precision: String, Codable, Sendable, Hashable, CaseIterable {
    case float32 = "fp32"
    case float16 = "fp16"
    case bfloat16 = "bf16"
    /// 8 bits and a scale for 32 numbers; what has no rows of 32 stays in float16. GGUF only.
    case q8_0
    /// 4 bits and a scale for 32 numbers; what has no rows of 32 stays in float16. GGUF only.
    case q4_0
  }

  /// A file of a model, or a folder in diffusers' layout.
  public var input: String
  /// Where to write; nothing may be there.
  public var output: String
  /// The layout of the result.
  public var layout: Layout
  /// The precision of the result.
  public var precision: Precision

  /// Names what to convert.
  public init(
    input: String, output: String, layout: Layout, precision: Precision = .float16
  ) {
    self.input = input
    self.output = output
    self.layout = layout
    self.precision = precision
  }

  /// Converts.
  ///
  /// - Throws: ``ModelFileError`` if the model is of no known family or its weights do not fit it,
  ///   with all misfits; `CheckpointError` or `FileError`. Nothing is then at the output.
  public func callAsFunction() throws {
    try run(among: StableDiffusionFamily.all)
  }

  /// Converts a model of one of some families.
  func run(among families: [StableDiffusionFamily]) throws {
    let isBlocks = precision == .q8_0 || precision == .q4_0
    guard layout == .gguf || !isBlocks else {
      throw ModelFileError.precision(
        layout: layout.rawValue, precision: precision.rawValue,
        allowed: Precision.allCases.filter { $0 != .q8_0 && $0 != .q4_0 }.map(\.rawValue))
    }
    guard !FileManager.default.fileExists(atPath: output) else {
      throw ModelFileError.exists(path: output)
    }
    let source = try ModelWeights(input, among: families)
    let target = URL(filePath: output)
    switch layout {
    case .diffusers: try source.writeFolder(to: target, precision: precision)
    case .ldm: try source.writeSafetensors(to: target, precision: precision)
    case .gguf: try source.writeGGUF(to: target, precision: precision)
    }
  }
}
