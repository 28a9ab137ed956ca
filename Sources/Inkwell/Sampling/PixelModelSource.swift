internal import Checkpoints
internal import Diffusion
package import Foundation
internal import Layers
internal import Models
internal import Torch

/// Where a pixel model is: a folder, a folder of diffusers' `DiTPipeline`, or the terrain network's
/// ONNX file.
enum PixelModelSource: Sendable {
  case folder(PixelModelFolder)
  case transformer(DiTFolder)
  case terrain(URL)

  var url: URL {
    switch self {
    case .folder(let folder): folder.url
    case .transformer(let folder): folder.url
    case .terrain(let file): file
    }
  }

  var name: String { url.standardizedFileURL.lastPathComponent }

  /// The SHA-256 of every file on which a picture depends.
  func hashes() throws -> [String: String] {
    switch self {
    case .folder(let folder): try folder.hashes()
    case .transformer(let folder): try folder.hashes()
    case .terrain(let file): [file.lastPathComponent: try FileHash.sha256(of: file)]
    }
  }

  /// Reads the model.
  func model() throws -> PixelModel {
    switch self {
    case .folder(let folder): try PixelModel(folder)
    case .transformer(let folder): try PixelModel(folder)
    case .terrain(let file): try PixelModel(terrain: file)
    }
  }
}

extension PixelModel {
  /// The terrain network of adaptive-terrain-diffusion 0.4.2 on PyPI, MIT: a consistency model of
  /// height maps whose roughness a difficulty from 1 to 100 says.
  ///
  /// It was distilled for one step: asked at a sigma below about 20, it leaves much of the noise.
  /// A height of 0 is black and one of 22.2 is white; brightness grows as `asinh(height / 0.1)`.
  ///
  /// - Parameter file: `terrain_consistency_unet_difficulty100.onnx` of the package.
  /// - Throws: ``ModelError`` for another file, `CheckpointError`, or `LoadingError`.
  package init(terrain file: URL) throws {
    let path = file.path(percentEncoded: false)
    let weights = try ONNXWeights(contentsOf: file)
    let found = weights.metadata["architecture"] ?? "none"
    guard found == "consistency-unet-32" else {
      throw ModelError.unsupported(
        file: path, key: "architecture", expected: "consistency-unet-32, the terrain network",
        found: found)
    }
    let source = try WeightSource(onnx: weights, .terrain)
    let network = try ParameterStore(loading: source, dtype: .float32).network {
      ADMUNet($0, .terrain)
    }
    try self.init(
      network,
      PixelScheduler(
        .karras(sigmaMin: 0.002, sigmaMax: 80), output: .consistency, timestepScale: 1000,
        leastSigma: 20),
      about: PixelModelIndex.About(
        summary: "height maps", labels: .number(from: 1, to: 100),
        settings: PixelSettings(steps: 1, sampler: "consistency")),
      place: path)
  }
}

extension ModelLibrary {
  /// A pixel model.
  ///
  /// - Parameter name: A name in the library, the path of a folder, which has a slash, or that of
  ///   an
  ///   ONNX file.
  /// - Returns: Where it is.
  /// - Throws: ``ModelError`` that names the nearest models, or what reading a folder throws.
  func pixelModel(_ name: String) throws -> PixelModelSource {
    let path = URL(filePath: name)
    if path.pathExtension == "onnx" { return .terrain(path) }
    let place =
      name.contains("/") || isFolder(path)
      ? URL(filePath: name, directoryHint: .isDirectory) : try folder(name)
    return try DiTFolder.isOne(place)
      ? .transformer(DiTFolder(place)) : .folder(PixelModelFolder(place))
  }
}
