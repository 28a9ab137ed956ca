internal import Checkpoints
internal import Diffusion
internal import Foundation
internal import Layers
internal import Models

/// The folder of a class-conditional model as diffusers' `DiTPipeline` saves it.
///
/// | file | what it is |
/// |---|---|
/// | `model_index.json` | the pipeline, and the names of the classes in `id2label` |
/// | `transformer/` | the denoiser, a `DiTTransformer` |
/// | `vae/` | an `AutoencoderKL`, on whose latents it works |
/// | `scheduler/scheduler_config.json` | the chain, and the sampler |
struct DiTFolder: Sendable {
  let url: URL
  /// The names of the classes, in the order of the network's numbers; none if the file has none.
  let classes: [String]?
  let scheduler: SchedulerConfiguration
  /// Whether estimates are held to [-1, 1].
  let isClipped: Bool

  static let pipeline = "DiTPipeline"
  /// The classes of the parts, some of which older versions of diffusers called by other names.
  private static let parts = [
    "transformer": [DiTTransformer.className, "Transformer2DModel"],
    "vae": [AutoencoderKL.className],
  ]

  /// Whether a folder's `model_index.json`, if there is one, is of this kind.
  ///
  /// - Throws: `ConfigurationError` for a file that is no index.
  static func isOne(_ url: URL) throws -> Bool {
    let file = url.appending(path: ModelFolder.indexFile)
    guard exists(file) else { return false }
    let head: PipelineHead = try readConfiguration(from: file)
    return head.pipeline == pipeline
  }

  /// Looks into a folder, whose weights are not read yet.
  ///
  /// - Parameter url: The folder.
  /// - Throws: ``ModelError`` that names every file that is missing or what is not run here, or
  ///   `ConfigurationError`.
  init(_ url: URL) throws {
    try ModelFolder.check(
      url, has: [ModelFolder.indexFile, PixelModelFolder.schedulerFile] + Self.configurations)
    let file = url.appending(path: ModelFolder.indexFile)
    let index: Index = try readConfiguration(from: file)
    let path = file.path(percentEncoded: false)
    for (key, found) in [("transformer", index.transformer), ("vae", index.vae)] {
      let known = Self.parts[key] ?? []
      guard found.count == 2, known.contains(found[1]) else {
        throw ModelError.unsupported(
          file: path, key: key, expected: "diffusers " + known.joined(separator: " or "),
          found: found.joined(separator: " "))
      }
    }
    classes = try index.names(file: path)
    let schedulerFile = url.appending(path: PixelModelFolder.schedulerFile)
    scheduler = try Self.scheduler(in: schedulerFile)
    let clipping: Clipping = try readConfiguration(from: schedulerFile)
    isClipped = clipping.isClipped ?? Self.clipping.contains(scheduler.className)
    self.url = url
    let weights = try self.weights
    try ModelFolder.check(url, has: weights)
  }

  private static let configurations = parts.keys.sorted().map { "\($0)/config.json" }

  /// The files of the weights, relative to the folder.
  private var weights: [String] {
    get throws {
      try Self.parts.keys.sorted().flatMap { part in
        try weightsFiles(in: url.appending(path: part)).map { "\(part)/\($0.lastPathComponent)" }
      }
    }
  }

  /// The SHA-256 of every file on which a picture depends, by its path in the folder.
  func hashes() throws -> [String: String] {
    let own = [ModelFolder.indexFile, PixelModelFolder.schedulerFile]
    return try ModelFolder.hashes(of: own + Self.configurations + weights, in: url)
  }

  /// The chain and the sampler of a file.
  private static func scheduler(in file: URL) throws -> SchedulerConfiguration {
    let found = try SchedulerConfiguration(contentsOf: file)
    func refuse(_ key: String, expected: String, found: String) -> ModelError {
      .unsupported(
        file: file.path(percentEncoded: false), key: key, expected: expected, found: found)
    }
    guard found.range == nil else {
      throw refuse("_class_name", expected: "a chain of timesteps", found: found.className)
    }
    guard found.offset == 0 else {
      throw refuse("steps_offset", expected: "0", found: "\(found.offset)")
    }
    guard found.endsClean, !found.endsAtFirst else {
      throw refuse("set_alpha_to_one", expected: "true", found: "false")
    }
    guard !found.hasZeroTerminalSNR, found.sigmas == nil else {
      throw refuse("timestep_spacing", expected: "the chain's own timesteps", found: "others")
    }
    return found
  }

  /// The schedulers that hold estimates to [-1, 1] unless their file says something else.
  private static let clipping: Set<String> = ["DDIMScheduler", "DDPMScheduler"]

  /// What a scheduler does to estimates.
  private struct Clipping: Decodable {
    let isClipped: Bool?
    enum CodingKeys: String, CodingKey { case isClipped = "clip_sample" }
  }

  /// A `model_index.json`, as far as pictures depend on it.
  private struct Index: Decodable {
    let transformer: [String]
    let vae: [String]
    let id2label: [String: String]?

    /// The names of the classes, in the order of their numbers.
    func names(file: String) throws(ModelError) -> [String]? {
      guard let id2label else { return nil }
      return try (0..<id2label.count).map { number throws(ModelError) in
        guard let name = id2label["\(number)"] else {
          throw .unsupported(
            file: file, key: "id2label",
            expected: "the numbers 0 to \(id2label.count - 1)", found: "none of \(number)")
        }
        return name
      }
    }
  }
}

extension PixelModel {
  /// Reads a model of diffusers' `DiTPipeline`.
  ///
  /// - Parameter folder: Its folder.
  /// - Throws: ``ModelError`` where the parts do not fit together, or what is wrong with a part.
  init(_ folder: DiTFolder) throws {
    let place = folder.url.path(percentEncoded: false)
    let network = try TextToImageModel.part(folder.url.appending(path: "transformer")) {
      try DiTTransformer(folder: $0)
    }
    let sizes = network.configuration
    let learnsVariance = sizes.outChannels == 2 * sizes.inChannels
    let betas = zip([1] + folder.scheduler.alphaBar, folder.scheduler.alphaBar).map { 1 - $1 / $0 }
    try self.init(
      network,
      PixelScheduler(
        .chain(betas: .custom(betas), timesteps: betas.count),
        output: PixelScheduler.Output(folder.scheduler.prediction),
        variance: learnsVariance ? .range : nil, isClipped: folder.isClipped),
      about: PixelModelIndex.About(
        summary: "pictures of classes",
        labels: .classes(names: folder.classes ?? (0..<sizes.numEmbedsAdaNorm).map { "\($0)" }),
        settings: PixelSettings(
          steps: 50, sampler: folder.scheduler.sampler, guidance: 4,
          spacing: (folder.scheduler.spacing ?? .leading).rawValue)),
      autoencoder: try TextToImageModel.part(folder.url.appending(path: "vae")) {
        try AutoencoderKL(folder: $0)
      },
      place: place)
  }
}

extension PixelScheduler.Output {
  /// What a network of a chain outputs.
  init(_ prediction: PredictionType) {
    self =
      switch prediction {
      case .epsilon: .epsilon
      case .x0: .x0
      case .v: .v
      case .velocity: .velocity
      }
  }
}
