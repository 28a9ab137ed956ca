internal import Checkpoints
internal import Foundation
internal import Layers
internal import Models
internal import Torch

/// A text encoder that takes the place of a model's own: its weights by transformers' names, its
/// sizes, and the file of the weights.
typealias SwappedText = (
  weights: WeightSource, sizes: CLIPTextConfiguration, file: WeightsFile
)

/// A part of a model that is read from a place of its own.
struct SwappedPart {
  /// A folder in diffusers' layout, or a file of weights.
  let path: String

  private var url: URL { URL(filePath: path) }

  private var isFolder: Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  /// The file of the weights.
  private func file(named stem: String) throws -> WeightsFile {
    try WeightsFile(contentsOf: isFolder ? weightsFile(in: url, named: stem) : url)
  }

  /// The sizes that a folder says; a file has those of what it takes the place of.
  private func sizes<Sizes: Decodable>(or own: Sizes) throws -> Sizes {
    isFolder ? try readConfiguration(from: url.appending(path: "config.json")) : own
  }

  /// An autoencoder in place of a model's own.
  ///
  /// - Parameters:
  ///   - own: The sizes of the model's own, which a file is taken to have.
  ///   - matrices: How the factors of products are kept.
  ///   - wrapping: Which edges of a picture meet.
  /// - Returns: The autoencoder, and the file of its weights.
  /// - Throws: ``ModelError`` for one of other latents, ``ModelFileError`` for a file in no known
  ///   layout, or what reading it throws.
  func autoencoder(
    like own: AutoencoderKLConfiguration, matrices: MatrixStorage, wrapping: Wrapping? = nil
  ) throws -> (network: AutoencoderKL, file: WeightsFile) {
    let file = try file(named: "diffusion_pytorch_model")
    let sizes = try sizes(or: own)
    for (what, expected, found) in [
      ("channels of latents", own.latentChannels, sizes.latentChannels),
      ("pixels a side of a latent", own.reduction, sizes.reduction),
    ] where expected != found {
      throw ModelError.mismatch(
        folder: path, expected: "an autoencoder for this model, of \(expected) \(what)",
        found: "\(found)")
    }
    let weights = try weights(sizes.part, of: file, what: "autoencoder")
    let network = try StableDiffusionModel.part(url) { _ in
      try ParameterStore(loading: weights, dtype: matrices.dtype, matrices: matrices)
        .network { AutoencoderKL($0.wrapping(wrapping), sizes) }
    }
    return (network, file)
  }

  /// The weights and sizes of a text encoder in place of a model's own.
  ///
  /// - Parameters:
  ///   - own: The sizes of the model's own, which a file is taken to have.
  ///   - projects: Whether it has a projection.
  /// - Returns: The encoder.
  /// - Throws: ``ModelError`` for one of other states, ``ModelFileError`` for a file in no known
  ///   layout, or what reading it throws.
  func textEncoder(
    like own: CLIPTextConfiguration, projects: Bool
  ) throws -> SwappedText {
    let file = try file(named: "model")
    let sizes = try sizes(or: own)
    guard sizes.hiddenSize == own.hiddenSize else {
      throw ModelError.mismatch(
        folder: path, expected: "a text encoder for this model, of \(own.hiddenSize) channels",
        found: "\(sizes.hiddenSize)")
    }
    let weights = try weights(sizes.part(projects: projects), of: file, what: "text encoder")
    return (weights, sizes, file)
  }

  /// Throws ``GenerateError`` for more text encoders than a model has.
  static func checkTextEncoders(_ count: Int, of most: Int) throws(GenerateError) {
    guard count > most else { return }
    throw .value(
      "text encoder", expected: "at most \(most) for this model", found: "\(count)")
  }

  /// The weights of a part; in a folder, they have diffusers' names.
  private func weights(
    _ part: StableDiffusionFamily.Part, of file: WeightsFile, what: String
  ) throws -> WeightSource {
    if let weights = try found({ try part.weights(of: file) }, what: what) { return weights }
    return WeightSource(file)
  }

  /// What is found of a part; nothing in a folder, where the part is all that there is.
  private func found<Found>(_ find: () throws -> Found?, what: String) throws -> Found? {
    do {
      if let found = try find() { return found }
    } catch let error as KeyMapError {
      throw ModelFileError.misfits(path: path, reason: error.description)
    }
    guard !isFolder else { return nil }
    throw ModelFileError.misfits(
      path: path, reason: "expected the \(what) of this model in a known layout, found none")
  }

  /// The sizes and weights of an autoencoder in place of a model's own, without the numbers.
  func autoencoderOutline(
    like own: AutoencoderKLConfiguration
  ) throws -> (sizes: AutoencoderKLConfiguration, weights: [WeightMemory.Weight]) {
    let file = try file(named: "diffusion_pytorch_model")
    let sizes = try sizes(or: own)
    return (sizes, try outline(sizes.part, of: file, what: "autoencoder"))
  }

  /// The same of a text encoder.
  func textEncoderOutline(
    like own: CLIPTextConfiguration, projects: Bool
  ) throws -> (sizes: CLIPTextConfiguration, weights: [WeightMemory.Weight]) {
    let file = try file(named: "model")
    let sizes = try sizes(or: own)
    return (sizes, try outline(sizes.part(projects: projects), of: file, what: "text encoder"))
  }

  private func outline(
    _ part: StableDiffusionFamily.Part, of file: WeightsFile, what: String
  ) throws -> [WeightMemory.Weight] {
    let tensors = try found({ try part.tensors(of: file) }, what: what)
    return tensors.map { WeightMemory.Weight.all($0, of: file) }
      ?? WeightMemory.Weight.all(of: file)
  }

  /// The files that a picture then depends on, by what they are for.
  func files(_ what: String) throws -> [String: String] {
    guard isFolder else { return [what: path] }
    let stem = what == "vae" ? "diffusion_pytorch_model" : "model"
    let files = [url.appending(path: "config.json")] + (try weightsFiles(in: url, named: stem))
    return Dictionary(
      uniqueKeysWithValues: files.map {
        ("\(what)/\($0.lastPathComponent)", $0.path(percentEncoded: false))
      })
  }
}
