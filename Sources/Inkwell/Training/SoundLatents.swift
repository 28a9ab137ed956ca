internal import Checkpoints
internal import Foundation
internal import Layers
internal import Modalities
internal import Models
internal import Torch
internal import Training

/// What a text-to-sound training reads, ready for its steps: sounds as latents, and captions as
/// states of the text encoder.
struct SoundLatents {
  /// What is said about each clip.
  let records: [ImageFolder.Record]
  /// The states of all captions and of the empty one.
  let captions: CaptionStates
  /// What names the contents of all files that are read, by the recipe's words.
  let names: [String: String]
  /// The scaled latents of the clips, `[count, channels, length]`.
  private let latents: Tensor
  /// The scaled latents of their melodies, of the same shape; none if the recipe has none.
  private let melodies: Tensor?
  /// The scaled latents of silence, `[1, channels, length]`.
  private let silence: Tensor
  private let training: TextToSoundTraining
  private let autoencoder: AutoencoderOobleck
  private let textEncoder: TextEncoder

  /// Encodes sounds and captions, or reads what was encoded from the same before.
  ///
  /// - Parameters:
  ///   - training: Names the folders of data, autoencoder and text encoder.
  ///   - cache: The folder where what is encoded is kept.
  ///   - report: Told what is going on.
  /// - Throws: What is wrong with the data, an encoder or the cache.
  init(
    for training: TextToSoundTraining, cache: URL, report: (TrainingReport) -> Void
  ) throws {
    self.training = training
    let folder = URL(filePath: training.autoencoder)
    let autoencoder = try AutoencoderOobleck(folder: folder)
    self.autoencoder = autoencoder
    try training.check(autoencoder.configuration)
    let encoder = URL(filePath: training.textEncoder)
    let (autoencoderName, textName) = (
      try TrainingIdentity.hash(of: AutoencoderOobleck.files(in: folder)),
      try TrainingIdentity.hash(of: TextEncoder.files(in: encoder))
    )
    let form = autoencoder.configuration.form(frames: training.clipFrames)
    /// What is said about the sounds or melodies, what names them, and their latents: the samples
    /// are in memory no longer than that takes.
    func read(_ what: String, melodies: Bool) throws -> (SoundSet, Tensor) {
      report(.note("reading the \(what) of \(training.data)"))
      let set = try SoundSet(
        folder: URL(filePath: training.data), form: form, split: "train", melodies: melodies)
      report(.note("encoding \(set.records.count) \(what)"))
      let file = cache.appending(path: melodies ? "melodies.safetensors" : "latents.safetensors")
      let tensors = try TensorCache(file: file).tensors(from: [set.hash, autoencoderName]) {
        let all = Array(set.records.indices)
        return ["latents": autoencoder.scaled(try encoded(set, all, by: autoencoder))]
      }
      return (set, tensors["latents"] ?? .zeros([0]))
    }
    var names = ["autoencoder": autoencoderName, "textEncoder": textName]
    (records, names["sounds"], latents) = try {
      let (set, latents) = try read("sounds", melodies: false)
      return (set.records, set.hash, latents)
    }()
    melodies =
      try training.melodyDropout == nil
      ? nil
      : {
        let (set, latents) = try read("melodies", melodies: true)
        names["melodies"] = set.hash
        return latents
      }()
    self.names = names
    silence = autoencoder.scaled(try autoencoder.silence(frames: training.clipFrames))
    textEncoder = try TextEncoder(folder: encoder)
    let all = records.flatMap(\.choices) + [""]
    report(.note("encoding \(Set(all).count) captions"))
    captions = try CaptionStates(
      all, encoder: textEncoder, maximumTokens: training.maximumTokens,
      cache: TensorCache(file: cache.appending(path: "captions.safetensors")), identity: textName)
  }

  /// Latents of some clips.
  struct Batch {
    /// `[clips, channels, length]`.
    var x0: Tensor
    /// The latents of their melodies, zeros where one is not heard; none if the recipe has none.
    var melody: Tensor?
    /// How long each sound is.
    let seconds: [Float]
  }

  /// The latents of some clips, some of which are made to end early.
  ///
  /// - Parameters:
  ///   - indices: The clips.
  ///   - generator: Draws which end early and when, and which melodies are heard.
  /// - Returns: The latents.
  func batch(_ indices: [Int], _ generator: Generator) -> Batch {
    let shortShare = training.shortShare
    let x0 = latents.indexSelected(dim: 0, Tensor(indices))
    let length = x0.shape[2]
    let draws = generator.uniform([2, indices.count]).values(as: Double.self)
    let ends = indices.indices.map { place in
      guard draws[place] < shortShare else { return length }
      return Int(Double(length) * (0.25 + 0.75 * draws[indices.count + place]))
    }
    let configuration = autoencoder.configuration
    let unit = Double(configuration.reduction) / Double(configuration.samplingRate)
    let seconds = ends.map { Float(Double($0) * unit) }
    var batch = Batch(
      x0: x0, melody: melodies?.indexSelected(dim: 0, Tensor(indices)), seconds: seconds)
    if ends.contains(where: { $0 < length }) {
      let isHeard = ends.flatMap { end in (0..<length).map { Float($0 < end ? 1 : 0) } }
      let mask = Tensor(isHeard, shape: [indices.count, 1, length])
      let rest = silence * (1 - mask)
      batch.x0 = x0 * mask + rest
      batch.melody = batch.melody.map { $0 * mask + rest }
    }
    if let melody = batch.melody, let dropout = training.melodyDropout {
      let isSeen = generator.uniform([indices.count]).values(as: Double.self)
        .map { Float($0 < dropout ? 0 : 1) }
      batch.melody = melody * Tensor(isSeen, shape: [indices.count, 1, 1])
    }
    return batch
  }

  /// The latents of a clip's melody, `[1, channels, length]`; none if the recipe has none.
  func melody(_ index: Int) -> Tensor? {
    melodies?.indexSelected(dim: 0, Tensor([index % records.count]))
  }

  /// The model whose networks have these weights.
  func model(_ weights: WeightSource) throws -> TextToSoundModel {
    let network = try ParameterStore(loading: weights).network { TextToSoundNetwork($0, training) }
    return TextToSoundModel(
      autoencoder: autoencoder, network: network, textEncoder: textEncoder,
      schedule: TextToSoundModel.trainedSchedule, maximumTokens: training.maximumTokens)
  }
}

extension AutoencoderOobleck {
  /// The latents of silence, unscaled, `[1, channels, frames / reduction]`.
  func silence(frames: Int) throws -> Tensor {
    try checked {
      withoutGradients { encode(.zeros([1, configuration.audioChannels, frames])).mean }
    }
  }
}

extension TextToSoundTraining {
  /// Throws `TrainingError` where the recipe does not fit its autoencoder, or itself.
  func check(_ autoencoder: AutoencoderOobleckConfiguration) throws {
    let channels = autoencoder.decoderInputChannels
    let inputs = melodyDropout == nil ? channels : 2 * channels
    for (what, isRight, expected, found) in [
      (
        "transformer.in_channels", transformer.inChannels == inputs,
        melodyDropout == nil
          ? "\(channels), the autoencoder's" : "\(inputs), the autoencoder's and a melody's",
        "\(transformer.inChannels)"
      ),
      (
        "transformer.out_channels", transformer.outChannels == channels,
        "\(channels), the autoencoder's", "\(transformer.outChannels)"
      ),
      (
        "melodyDropout", melodyDropout.map { $0 > 0 && $0 < 1 } ?? true,
        "more than 0, less than 1", "\(melodyDropout ?? 0)"
      ),
      (
        "clipFrames", clipFrames == transformer.sampleSize * autoencoder.reduction,
        "\(autoencoder.reduction) · transformer.sample_size", "\(clipFrames)"
      ),
      (
        "transformer.cross_attention_input_dim",
        transformer.crossAttentionInputDim == projection.conditioningDim,
        "projection.conditioning_dim", "\(transformer.crossAttentionInputDim)"
      ),
      (
        "transformer.global_states_input_dim",
        transformer.globalStatesInputDim == 2 * projection.conditioningDim,
        "2 · projection.conditioning_dim", "\(transformer.globalStatesInputDim)"
      ),
    ] where !isRight {
      throw TrainingError.invalid(what: what, expected: expected, found: found)
    }
  }
}
