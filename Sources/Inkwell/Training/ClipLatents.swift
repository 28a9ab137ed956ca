internal import Diffusion
internal import Foundation
internal import Layers
internal import Models
internal import Torch

/// What a text-to-video training reads, ready for its steps: clips and their pictures as latents,
/// and captions as states of the text encoder.
struct ClipLatents {
  /// What is said about each clip.
  let set: ClipSet
  /// The scaled latents of the clips, `[count, channels, frames, rows, columns]`, `float16`.
  private let clips: Tensor
  /// Those of the last picture of each latent frame, encoded by itself; the same shape.
  private let pictures: Tensor
  private let captions: CaptionStates
  private let training: TextToVideoTraining
  private let autoencoder: WanAutoencoder
  private let textEncoder: TextEncoder

  /// Encodes clips and captions, or reads what was encoded from the same before.
  ///
  /// - Parameters:
  ///   - set: The clips.
  ///   - training: Names the folders of autoencoder and text encoder.
  ///   - names: What names the contents of these, by the recipe's words.
  ///   - cache: The folder where what is encoded is kept.
  ///   - report: Told what is going on.
  /// - Throws: What is wrong with an encoder, or with the cache.
  init(
    _ set: ClipSet, for training: TextToVideoTraining, named names: [String: String], cache: URL,
    report: (TrainingReport) -> Void
  ) throws {
    self.set = set
    self.training = training
    report(.note("encoding \(set.records.count) clips"))
    let vae = try WanAutoencoder(folder: URL(filePath: training.autoencoder))
    autoencoder = vae
    let made = try TensorCache(file: cache.appending(path: "latents.safetensors"))
      .tensors(from: [names["clips"] ?? "", names["autoencoder"] ?? ""]) {
        let all = Array(set.records.indices)
        return try checked {
          [
            "clips": vae.scaled(try encoded(set, all, by: vae)).converted(to: .float16),
            "pictures": try Self.pictures(set, by: vae).converted(to: .float16),
          ]
        }
      }
    clips = made["clips"] ?? .zeros([0])
    pictures = made["pictures"] ?? .zeros([0])
    textEncoder = try TextEncoder(folder: URL(filePath: training.textEncoder))
    let texts = set.records.indices.flatMap { set.captions($0) } + [""]
    report(.note("encoding \(Set(texts).count) captions"))
    captions = try CaptionStates(
      texts, encoder: textEncoder, maximumTokens: training.maximumTokens,
      cache: TensorCache(file: cache.appending(path: "captions.safetensors")),
      identity: names["textEncoder"] ?? "")
  }

  /// The scaled latents of the last picture of each latent frame.
  private static func pictures(_ set: ClipSet, by vae: WanAutoencoder) throws -> Tensor {
    let frames = Array(stride(from: 0, to: set.frames, by: vae.configuration.timeReduction))
    return try checked {
      withoutGradients {
        stride(from: 0, to: set.records.count, by: 16).map { begin in
          let clips = set.batch(Array(begin..<min(begin + 16, set.records.count)))
          let latents = frames.map {
            vae.encode(clips.narrowed(dim: 2, start: $0, length: 1)).mean
          }
          return vae.scaled(latents.concatenated(dim: 2))
        }.concatenated(dim: 0)
      }
    }
  }

  /// The latents of some clips, and those of their pictures.
  func batch(_ indices: [Int]) -> (clips: Tensor, pictures: Tensor) {
    let rows = Tensor(indices)
    return (
      clips.indexSelected(dim: 0, rows).converted(to: .float32),
      pictures.indexSelected(dim: 0, rows).converted(to: .float32)
    )
  }

  /// The states of captions, filled up with zeros as the transformer is always told them,
  /// `[captions.count, maximumTokens, channels]`.
  func states(of texts: [String]) -> Tensor {
    let (states, mask) = captions.batch(texts)
    let missing = training.maximumTokens - mask.shape[1]
    return (states * mask.unsqueezed(-1)).padded([0, 0, 0, missing])
  }

  /// The model whose transformer has these weights.
  func model(_ weights: WeightSource) throws -> TextToVideoModel {
    let store = ParameterStore(loading: weights)
    let transformer = try store.network { WanTransformer($0, training.transformer) }
    return TextToVideoModel(
      autoencoder: autoencoder, transformer: transformer, textEncoder: textEncoder,
      schedule: try FlowSchedule(shift: training.shift),
      about: VideoModelIndex.About(
        summary: "", maximumTokens: training.maximumTokens, frames: training.frames,
        side: training.side, frameRate: SpriteDrawing.rate))
  }
}
