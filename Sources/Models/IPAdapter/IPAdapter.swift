internal import Checkpoints
public import Foundation
public import Layers
public import Torch

/// The weights with which a U-Net attends to pictures as it does to a prompt.
///
/// Ye et al. 2023, https://arxiv.org/abs/2308.06721; equal to what diffusers' `load_ip_adapter`
/// makes of the published files: plain ones, Plus (whose words are drawn from the states of all
/// patches), and Full Face, for the U-Net of Stable Diffusion 1, 2 or XL.
public struct IPAdapter: Sendable {
  let projection: ImageWords
  /// The maps of each attention, by its name.
  let attentions: [String: ImageAttention]
  /// The channels of a picture's embedding, or of its states.
  public let imageChannels: Int

  /// Whether words are made of the states of a picture's patches, not of its embedding.
  public var takesStates: Bool {
    if case .embedding = projection { false } else { true }
  }

  /// Reads the weights of a file, in any dtype, as float32.
  ///
  /// - Parameters:
  ///   - url: A file of safetensors, or one that `torch.save` wrote.
  ///   - unet: The sizes of the U-Net that is to attend to pictures.
  ///   - matrices: How the factors of products are kept.
  /// - Throws: `CheckpointError` if the file is not sound; ``IPAdapterError`` if it is of another
  ///   kind, or for another model, or with all misfits.
  public init(
    contentsOf url: URL, for unet: UNet2DConditionConfiguration,
    matrices: MatrixStorage = .converted
  ) throws {
    let file = try WeightsFile(contentsOf: url)
    let path = url.path(percentEncoded: false)
    let shapes = Dictionary(uniqueKeysWithValues: file.entries.map { ($0.name, $0.shape) })
    let outline: IPAdapterOutline
    do throws(IPAdapterError.Problem) {
      outline = try IPAdapterOutline(shapes)
    } catch {
      throw IPAdapterError(file: path, problems: [error])
    }
    let places = unet.crossAttentions
    if !outline.fits(places), let other = outline.families.first {
      throw IPAdapterError(file: path, problems: [.otherModel(fits: other.title)])
    }
    let (tensors, unfit) = outline.keyMap.converted(shapes)
    let converted = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0) })
    let source = WeightSource(
      names: converted.keys.sorted(),
      release: { name in converted[name]?.sources.forEach { file.release($0) } },
      tensor: { name in
        guard let tensor = converted[name] else {
          throw IPAdapterError(file: path, problems: [.unknown(name)])
        }
        return try tensor { try file.tensor($0) }
      })
    var problems = unfit.compactMap { IPAdapterError.Problem($0) }
    var adapter: IPAdapter?
    do {
      adapter = try ParameterStore(loading: source, dtype: matrices.dtype, matrices: matrices)
        .network {
          IPAdapter($0, outline, places)
        }
    } catch let error as LoadingError {
      problems += error.problems.map { .weight($0.renamed(by: outline.keyMap)) }
    }
    guard let adapter, problems.isEmpty else {
      throw IPAdapterError(file: path, problems: problems)
    }
    self = adapter
  }

  /// An adapter with the weights below `scope`, in `image_proj` and `ip_adapter`.
  ///
  /// The attentions are numbered as the reference numbers all of a U-Net: those to the picture that
  /// is drawn stand before those to the prompt.
  init(_ scope: Scope, _ outline: IPAdapterOutline, _ places: [CrossAttentionPlace]) {
    projection = ImageWords(scope / "image_proj", outline)
    attentions = Dictionary(
      uniqueKeysWithValues: places.enumerated().map { number, place in
        (place.name, ImageAttention(scope / "ip_adapter" / (2 * number + 1), place))
      })
    imageChannels = outline.imageChannels
  }

  /// A picture as words.
  ///
  /// - Parameter image: Embeddings, `[batch, imageChannels]`, or the penultimate states of an image
  ///   encoder, `[batch, patches, imageChannels]`, if the adapter takes those.
  /// - Returns: `[batch, words, channels]`.
  public func words(_ image: Tensor) -> Tensor { projection(image) }
}

extension IPAdapter {
  /// What the shapes of a file's tensors say of an adapter.
  ///
  /// - Parameter shapes: The shapes, by the tensors' names.
  /// - Returns: The number of attentions that it is for, the families whose U-Nets have them, and
  ///   the words of a picture; nothing where every state of the image encoder is one.
  /// - Throws: What is in the way of it being an adapter that is known.
  package static func outline(
    _ shapes: [String: [Int]]
  ) throws(IPAdapterError.Problem) -> (
    attentions: Int, families: [StableDiffusionFamily], words: Int?
  ) {
    let outline = try IPAdapterOutline(shapes)
    let words: Int? =
      switch outline.kind {
      case .embedding(let words), .states(let words, _, _, _): words
      case .every: nil
      }
    return (outline.count, outline.families, words)
  }
}

/// What makes words of a picture.
enum ImageWords: Sendable {
  case embedding(ImageProjection)
  case states(ImageResampler)
  case every(StateProjection)

  init(_ scope: Scope, _ outline: IPAdapterOutline) {
    switch outline.kind {
    case .embedding(let words):
      self = .embedding(
        ImageProjection(
          scope, imageChannels: outline.imageChannels, channels: outline.channels, words: words))
    case .states(let words, let hidden, let depth, let heads):
      var sizes = ImageResamplerConfiguration()
      (sizes.imageChannels, sizes.channels) = (outline.imageChannels, outline.channels)
      (sizes.words, sizes.hiddenChannels) = (words, hidden)
      (sizes.depth, sizes.heads) = (depth, heads)
      self = .states(ImageResampler(scope, sizes))
    case .every:
      self = .every(
        StateProjection(scope, imageChannels: outline.imageChannels, channels: outline.channels))
    }
  }

  func callAsFunction(_ image: Tensor) -> Tensor {
    switch self {
    case .embedding(let network): network(image)
    case .states(let network): network(image)
    case .every(let network): network(image)
    }
  }
}
