internal import Checkpoints
internal import Files
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// What a training of captions reads, ready for its steps: what is seen in pictures, and the tokens
/// of what is said of them.
struct CaptionData {
  /// What is said about each picture.
  let records: [ImageFolder.Record]
  /// The tokens of each text, its end and padding, `[pictures, maximumTokens]`, `int64`.
  let tokens: Tensor
  /// The words of all texts.
  let vocabulary: WordPieceSubset
  /// The special tokens.
  let spelling: WordPieceSpelling
  /// The sizes of the network.
  let configuration: VisualBERTConfiguration
  /// What names the contents of the files, by the recipe's words.
  let names: [String: String]
  private let views: PictureViews
  /// What the stages that are not trained see, `[framings · pictures, channels, height, width]`,
  /// `float16`.
  private let seen: Tensor

  /// Reads pictures and texts, and sees the pictures unless that was done before.
  ///
  /// - Parameters:
  ///   - training: The recipe.
  ///   - seeing: The weights of the picture encoder, and what names them.
  ///   - cache: Where what is seen is kept.
  ///   - report: Told what is going on.
  /// - Throws: What is wrong with the data or with an encoder.
  init(
    _ training: PictureToTextTraining, seeingBy seeing: PictureToTextTraining.Seeing, cache: URL,
    report: (TrainingReport) -> Void
  ) throws {
    let set = try PictureSet(
      trainingOn: training.data, side: training.side, styles: training.styles, report: report)
    let encoder = URL(filePath: training.textEncoder)
    let texts = try CaptionTexts(
      of: set, training.words, encoder: encoder, maximumTokens: training.maximumTokens,
      cache: cache, report: report)
    let fitting = texts.fitting
    (vocabulary, spelling, tokens) = (texts.vocabulary, texts.spelling, texts.tokens)
    records = fitting.map { set.records[$0] }
    views = PictureViews(
      encoder: try EfficientNetLite.loaded(seeing.weights), seenSide: training.seenSide)
    let encoderName = try TrainingIdentity.hash(of: TextEncoder.files(in: encoder))
    names = ["pictures": set.hash, "textEncoder": encoderName, "pictureEncoder": seeing.name]
    report(.note("seeing \(fitting.count) pictures"))
    let (views, pictures) = (views, set.pictures.indexSelected(dim: 0, Tensor(fitting)))
    seen =
      try TensorCache(file: cache.appending(path: "seen.safetensors")).tensors(
        from: [
          set.hash, seeing.name,
          "\(training.seenSide) \(training.framings) \(training.frozenStages ?? -1)",
          texts.fittingName,
        ]
      ) {
        [
          "seen": try Self.seen(
            pictures, views, framings: training.framings, stages: training.frozenStages)
        ]
      }["seen"] ?? .zeros([0])
    var sizes: BERTConfiguration = try readConfiguration(
      from: encoder.appending(path: "config.json"))
    sizes.vocabSize = vocabulary.former.count
    sizes.numHiddenLayers = training.layers
    sizes.maxPositionEmbeddings = training.maximumTokens
    configuration = VisualBERTConfiguration(text: sizes, visualEmbeddingDim: views.channels)
  }

  private static func seen(
    _ pictures: Tensor, _ views: PictureViews, framings: Int, stages: Int?
  ) throws -> Tensor {
    let parts = try PictureViews.Framing.all.prefix(framings).flatMap { framing in
      try stride(from: 0, to: pictures.shape[0], by: 32).map { start in
        let count = min(32, pictures.shape[0] - start)
        return try checked {
          withoutGradients {
            let some = pictures.narrowed(dim: 0, start: start, length: count)
            return views.map(some, framing, stages: stages).converted(to: .float16)
          }
        }
      }
    }
    return try checked { parts.concatenated() }
  }

  /// What is seen of some pictures, each in a framing at random.
  ///
  /// - Parameters:
  ///   - indices: Which pictures.
  ///   - tail: The stages of the picture encoder that are trained; none if not given.
  ///   - share: The share of what is seen that is left out at random (Srivastava et al. 2014,
  ///     section 4, https://jmlr.org/papers/v15/srivastava14a.html).
  ///   - whole: The share of pictures that are not seen at all.
  ///   - generator: Draws.
  /// - Returns: `[indices.count, places, channels]`.
  func features(
    _ indices: [Int], through tail: EfficientNetTail?, dropping share: Double,
    wholly whole: Double, _ generator: Generator
  ) -> Tensor {
    let framings = seen.shape[0] / records.count
    let draws = generator.integers(in: 0..<framings, [indices.count]).values(as: Int.self)
    let rows = zip(indices, draws).map { $0 + $1 * records.count }
    let map = seen.indexSelected(dim: 0, Tensor(rows)).converted(to: .float32)
      .contiguous(memoryFormat: .channelsLast)
    let x = PictureViews.places(of: tail.map { $0(map) } ?? map)
    let kept = generator.uniform(x.shape.sizes).greaterOrEqual(to: .real(share))
    let isSeen = generator.uniform([indices.count, 1, 1]).greaterOrEqual(to: .real(whole))
    let thinned = x * kept.converted(to: .float32) / (1 - share)
    return views.placed(thinned) * isSeen.converted(to: .float32)
  }
}
