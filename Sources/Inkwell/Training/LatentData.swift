internal import Diffusion
internal import Foundation
internal import Layers
internal import Models
internal import Torch

/// What a text-to-image training reads, ready for its steps: pictures as latents, and captions as
/// states of the text encoder.
struct LatentData {
  /// What is said about each picture.
  let set: PictureSet
  /// The scaled latents of the pictures, `[count, channels, height, width]`.
  let latents: Tensor
  /// The states of all captions and of the empty one.
  let captions: CaptionStates
  private let training: TextToImageTraining
  private let autoencoder: AutoencoderKL
  private let textEncoder: TextEncoder

  /// Encodes pictures and captions, or reads what was encoded from the same before.
  ///
  /// - Parameters:
  ///   - set: The pictures.
  ///   - training: Names the folders of autoencoder and text encoder.
  ///   - names: What names the contents of these.
  ///   - cache: The folder where what is encoded is kept.
  ///   - report: Told what is going on.
  /// - Throws: What is wrong with an encoder, or with the cache.
  init(
    _ set: PictureSet, for training: TextToImageTraining, named names: Names, cache: URL,
    report: (TrainingReport) -> Void
  ) throws {
    self.set = set
    self.training = training
    report(.note("encoding \(set.records.count) pictures"))
    let vae = try AutoencoderKL(folder: URL(filePath: training.autoencoder))
    autoencoder = vae
    latents =
      try TensorCache(file: cache.appending(path: "latents.safetensors"))
      .tensors(from: [names.pictures, names.autoencoder]) {
        ["latents": vae.scaled(try encoded(set, Array(set.records.indices), by: vae))]
      }["latents"] ?? .zeros([0])
    textEncoder = try TextEncoder(folder: URL(filePath: training.textEncoder))
    let all = set.records.indices.flatMap { set.captions($0) } + [""]
    report(.note("encoding \(Set(all).count) captions"))
    captions = try CaptionStates(
      all, encoder: textEncoder, maximumTokens: training.maximumTokens,
      cache: TensorCache(file: cache.appending(path: "captions.safetensors")),
      identity: names.textEncoder)
  }

  /// The model whose transformer has these weights.
  func model(_ weights: WeightSource) throws -> TextToImageModel {
    let store = ParameterStore(loading: weights)
    let transformer = try store.network { PixArtTransformer($0, training.transformer) }
    return TextToImageModel(
      autoencoder: autoencoder, transformer: transformer, textEncoder: textEncoder,
      schedule: try FlowSchedule(shift: training.shift), maximumTokens: training.maximumTokens)
  }
}

extension LatentData {
  /// What names the contents of all files that a training reads.
  struct Names {
    let pictures: String
    let autoencoder: String
    let textEncoder: String
    /// Of the transformer that the training starts from.
    let initial: String?

    /// Reads the files once.
    init(_ set: PictureSet, for training: TextToImageTraining) throws {
      let vae = URL(filePath: training.autoencoder)
      let encoder = URL(filePath: training.textEncoder)
      pictures = set.hash
      autoencoder = try TrainingIdentity.hash(of: AutoencoderKL.files(in: vae))
      textEncoder = try TrainingIdentity.hash(of: TextEncoder.files(in: encoder))
      initial = try training.initial.map { folder in
        let start = URL(filePath: folder)
        return try TrainingIdentity.hash(of: PixArtTransformer.files(in: start))
      }
    }

    /// The names by the recipe's words.
    var byWord: [String: String] {
      var names = ["pictures": pictures, "autoencoder": autoencoder, "textEncoder": textEncoder]
      names["initial"] = initial
      return names
    }
  }
}
