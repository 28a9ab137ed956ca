internal import Diffusion
internal import Foundation
internal import Layers
internal import Modalities
internal import Models
internal import Torch

/// What a text-to-shape training reads, ready for its steps: clouds of points, and captions as
/// states of the text encoder, and what is seen in pictures, if they are.
struct ShapeData {
  /// The shapes and what is said about each.
  let set: ShapeSet
  /// What names the contents of all files that are read, by the recipe's words.
  let names: [String: String]
  /// What is seen in the shapes' pictures, where pictures are.
  let pictures: ShapePictures?
  private let captions: CaptionStates
  private let training: TextToShapeTraining
  private let textEncoder: TextEncoder

  /// Reads the shapes and encodes the captions, or reads what was encoded from the same before.
  ///
  /// - Parameters:
  ///   - training: Names the folders of data and text encoder.
  ///   - pickle: The weights that see pictures, for a training that does.
  ///   - cache: The folder where what is encoded is kept.
  ///   - report: Told what is going on.
  /// - Throws: What is wrong with the data, the encoder or the cache.
  init(
    for training: TextToShapeTraining, seeingBy pickle: URL? = nil, cache: URL,
    report: (TrainingReport) -> Void
  ) throws {
    self.training = training
    report(.note("reading the shapes of \(training.data)"))
    set = try ShapeSet(
      folder: URL(filePath: training.data), split: "train", groups: training.groups,
      points: training.transformer.points)
    let encoder = URL(filePath: training.textEncoder)
    let textName = try TrainingIdentity.hash(of: TextEncoder.files(in: encoder))
    var names = ["shapes": set.hash, "textEncoder": textName]
    textEncoder = try TextEncoder(folder: encoder)
    guard textEncoder.channels == training.transformer.conditionChannels else {
      throw RecipeError.value(
        "transformer.grid_feature_dim", expected: "\(textEncoder.channels), the text encoder's",
        found: "\(training.transformer.conditionChannels)")
    }
    if let pickle, let pictures = training.pictures {
      report(.note("seeing the pictures of \(set.records.count) shapes"))
      let seen = try ShapePictures(
        of: set.records, in: URL(filePath: training.data), seenSide: pictures.seenSide,
        by: pickle, cache: cache)
      names["pictures"] = seen.name
      self.pictures = seen
    } else {
      pictures = nil
    }
    self.names = names
    let painted = set.records.flatMap { record in
      ColorWord.allCases.flatMap { word in record.things.map { word.caption(of: $0) } }
    }
    let all = set.records.flatMap(\.choices) + painted
    report(.note("encoding \(Set(all).count) captions"))
    captions = try CaptionStates(
      all, encoder: textEncoder, maximumTokens: training.maximumTokens,
      cache: TensorCache(file: cache.appending(path: "captions.safetensors")), identity: textName)
  }

  /// Points of some shapes, the states of what is said of them, and what is seen in their pictures.
  ///
  /// - Parameters:
  ///   - indices: The shapes.
  ///   - generator: Draws everything.
  /// - Returns: The points, `[indices.count, 6, points]`; the states,
  ///   `[indices.count, maximumTokens, channels]`, zeros where nothing is said; and what is seen,
  ///   `[indices.count, places, channels]`, zeros where nothing is, for a training with pictures.
  func batch(
    _ indices: [Int], _ generator: Generator
  ) -> (x0: Tensor, states: Tensor, seen: Tensor?) {
    var drawn = CaptionDraw(dropout: training.captionDropout)
      .captions(indices.map { set.records[$0] }, generator)
    let looks = pictures?.looks(
      at: indices, share: training.pictures?.share ?? 0, silencing: &drawn, generator)
    let draws = generator.uniform([indices.count, 8], dtype: .float64).values(as: Double.self)
    var points: [Tensor] = []
    var said: [String] = []
    var mirrored: [Bool] = []
    for (place, index) in indices.enumerated() {
      let own = Array(draws[8 * place..<8 * (place + 1)])
      var cloud = set.drawn(index, points: training.transformer.points, generator)
      var caption = drawn[place]
      // A picture alone tells the colour too.
      let isPicturedOnly = looks?[place] != nil && caption == nil
      if own[0] < training.paintedShare, !isPicturedOnly {
        let words = ColorWord.allCases
        let word = words[min(Int(own[1] * Double(words.count)), words.count - 1)]
        let parts = cloud.split(sizes: [3, 3], dim: 1)
        cloud = concatenate(parts[0], word.painted(over: parts[1]), dim: 1)
        let things = set.records[index].things
        if caption != nil {
          caption = word.caption(
            of: things[min(Int(own[2] * Double(things.count)), things.count - 1)])
        }
      }
      mirrored.append(own[4] < 0.5)
      points.append(cloud * Tensor(factors(own[4] < 0.5, own.suffix(3))))
      said.append(caption ?? set.records[index].text)
    }
    let isSaid = Tensor(drawn.map { Float($0 == nil ? 0 : 1) }, shape: [indices.count, 1, 1])
    let text = captions.batch(said)
    let states = text.states * text.mask.unsqueezed(-1) * isSaid
    let missing = training.maximumTokens - states.shape[1]
    let seen = looks.flatMap { pictures?.features(indices, $0, mirrored: mirrored) }
    return (PointCode.encoded(points.stacked()), states.padded([0, 0, 0, missing]), seen)
  }

  /// What the six numbers of a point are multiplied by: a mirror, and a stretch by three draws.
  private func factors(_ isMirrored: Bool, _ draws: ArraySlice<Double>) -> [Float] {
    let sizes = draws.map { Float(1 + training.stretch * (2 * $0 - 1)) }
    return [isMirrored ? -sizes[0] : sizes[0], sizes[1], sizes[2], 1, 1, 1]
  }

  /// The model whose transformer has these weights.
  func model(_ weights: WeightSource) throws -> TextToShapeModel {
    let store = ParameterStore(loading: weights)
    return TextToShapeModel(
      transformer: try store.network { PointTransformer($0, training.transformer) },
      textEncoder: textEncoder, views: pictures?.views, schedule: try FlowSchedule(),
      maximumTokens: training.maximumTokens)
  }
}
