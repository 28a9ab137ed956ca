internal import Checkpoints
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// What a training of pictures and texts together reads, ready for its steps.
struct PairData: CaptionedSet {
  /// What is said about each picture.
  let records: [ImageFolder.Record]
  /// The texts.
  let texts: CaptionTexts
  /// The scaled latents of the pictures, `[pictures, channels, height, width]`.
  let latents: Tensor
  /// What is seen of the pictures, `[framings · pictures, 1, features]`.
  let wholes: Tensor
  /// The sizes of the network.
  let configuration: UniDiffuserConfiguration
  /// What names the contents of the files, by the recipe's words.
  let names: [String: String]

  /// Reads pictures and texts, and encodes the pictures unless that was done before.
  ///
  /// - Parameters:
  ///   - training: The recipe.
  ///   - cache: Where what is encoded is kept.
  ///   - report: Told what is going on.
  /// - Throws: What is wrong with the data, or with an encoder.
  init(
    _ training: PictureAndTextTraining, cache: URL, report: (TrainingReport) -> Void
  ) throws {
    let set = try PictureSet(
      trainingOn: training.data, side: training.side, styles: training.styles, report: report)
    let encoder = URL(filePath: training.textEncoder)
    let texts = try CaptionTexts(
      of: set, training.words, encoder: encoder, maximumTokens: training.maximumTokens,
      cache: cache, report: report)
    let fitting = texts.fitting
    let (vaeFolder, seeingFolder) = (
      URL(filePath: training.autoencoder), URL(filePath: training.pictureEncoder)
    )
    let seeing = try FileHash.sha256(of: EfficientNetLite.weights(in: seeingFolder))
    let names = [
      "pictures": set.hash,
      "textEncoder": try TrainingIdentity.hash(of: TextEncoder.files(in: encoder)),
      "autoencoder": try TrainingIdentity.hash(of: AutoencoderKL.files(in: vaeFolder)),
      "pictureEncoder": seeing,
    ]
    let views = PictureViews(
      encoder: try EfficientNetLite(folder: seeingFolder), seenSide: training.seenSide)
    let vae = try AutoencoderKL(folder: vaeFolder)
    report(.note("encoding \(fitting.count) pictures"))
    let tensors = try TensorCache(file: cache.appending(path: "pictures.safetensors")).tensors(
      from: names.sorted { $0.key < $1.key }.map(\.value)
        + ["\(training.seenSide) \(training.framings)", texts.fittingName]
    ) {
      let pictures = set.pictures.indexSelected(dim: 0, Tensor(fitting))
      return [
        "latents": vae.scaled(try encoded(set, fitting, by: vae)),
        "wholes": try PictureViews.Framing.all.prefix(training.framings).map { framing in
          try views.wholes(pictures, framing)
        }.concatenated(),
      ]
    }
    (latents, wholes) = (tensors["latents"] ?? .zeros([0]), tensors["wholes"] ?? .zeros([0]))
    self.texts = texts
    self.names = names
    records = fitting.map { set.records[$0] }
    var sizes = training.network
    sizes.textDim = texts.vocabulary.former.count
    sizes.numTextTokens = training.maximumTokens
    sizes.clipImgDim = wholes.shape[-1]
    (sizes.inChannels, sizes.sampleSize) = (latents.shape[1], latents.shape[-1])
    guard sizes.sampleSize % sizes.patchSize == 0 else {
      throw RecipeError.value(
        "network.patch_size", expected: "a divisor of \(sizes.sampleSize), the latents' side",
        found: "\(sizes.patchSize)")
    }
    configuration = sizes
  }

  /// What is seen of some pictures, each in a framing at random, `[indices.count, 1, features]`.
  func wholes(_ indices: [Int], _ generator: Generator) -> Tensor {
    let framings = wholes.shape[0] / records.count
    let draws = generator.integers(in: 0..<framings, [indices.count]).values(as: Int.self)
    let rows = zip(indices, draws).map { $0 + $1 * records.count }
    return wholes.indexSelected(dim: 0, Tensor(rows))
  }
}

extension PictureViews {
  /// What is seen of many whole pictures, some at a time.
  func wholes(_ pictures: Tensor, _ framing: Framing) throws -> Tensor {
    try stride(from: 0, to: pictures.shape[0], by: 32).map { start in
      let count = min(32, pictures.shape[0] - start)
      return try checked {
        withoutGradients {
          whole(pictures.narrowed(dim: 0, start: start, length: count), framing)
        }
      }
    }.concatenated()
  }
}
