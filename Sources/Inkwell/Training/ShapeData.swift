internal import Diffusion
internal import Foundation
internal import Layers
internal import Modalities
internal import Models
internal import Torch

/// What a text-to-shape training reads, ready for its steps: clouds of points, and captions as
/// states of the text encoder.
struct ShapeData {
  /// The shapes and what is said about each.
  let set: ShapeSet
  /// What names the contents of all files that are read, by the recipe's words.
  let names: [String: String]
  private let captions: CaptionStates
  private let training: TextToShapeTraining
  private let textEncoder: TextEncoder

  /// Reads the shapes and encodes the captions, or reads what was encoded from the same before.
  ///
  /// - Parameters:
  ///   - training: Names the folders of data and text encoder.
  ///   - cache: The folder where what is encoded is kept.
  ///   - report: Told what is going on.
  /// - Throws: What is wrong with the data, the encoder or the cache.
  init(
    for training: TextToShapeTraining, cache: URL, report: (TrainingReport) -> Void
  ) throws {
    self.training = training
    report(.note("reading the shapes of \(training.data)"))
    set = try ShapeSet(
      folder: URL(filePath: training.data), split: "train", groups: training.groups,
      points: training.transformer.points)
    let encoder = URL(filePath: training.textEncoder)
    let textName = try TrainingIdentity.hash(of: TextEncoder.files(in: encoder))
    names = ["shapes": set.hash, "textEncoder": textName]
    textEncoder = try TextEncoder(folder: encoder)
    guard textEncoder.channels == training.transformer.conditionChannels else {
      throw RecipeError.value(
        "transformer.grid_feature_dim", expected: "\(textEncoder.channels), the text encoder's",
        found: "\(training.transformer.conditionChannels)")
    }
    let painted = set.records.flatMap { record in
      ColorWord.allCases.flatMap { word in record.things.map { word.caption(of: $0) } }
    }
    let all = set.records.flatMap(\.choices) + painted
    report(.note("encoding \(Set(all).count) captions"))
    captions = try CaptionStates(
      all, encoder: textEncoder, maximumTokens: training.maximumTokens,
      cache: TensorCache(file: cache.appending(path: "captions.safetensors")), identity: textName)
  }

  /// Points of some shapes and the states of what is said of them.
  ///
  /// - Parameters:
  ///   - indices: The shapes.
  ///   - generator: Draws everything.
  /// - Returns: The points, `[indices.count, 6, points]`, and the states,
  ///   `[indices.count, maximumTokens, channels]`; zeros where nothing is said.
  func batch(_ indices: [Int], _ generator: Generator) -> (x0: Tensor, states: Tensor) {
    let drawn = CaptionDraw(dropout: training.captionDropout)
      .captions(indices.map { set.records[$0] }, generator)
    let draws = generator.uniform([indices.count, 8], dtype: .float64).values(as: Double.self)
    var points: [Tensor] = []
    var said: [String] = []
    for (place, index) in indices.enumerated() {
      let own = Array(draws[8 * place..<8 * (place + 1)])
      var cloud = set.drawn(index, points: training.transformer.points, generator)
      var caption = drawn[place]
      if own[0] < training.paintedShare {
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
      points.append(cloud * Tensor(factors(own.suffix(4))))
      said.append(caption ?? set.records[index].text)
    }
    let isSaid = Tensor(drawn.map { Float($0 == nil ? 0 : 1) }, shape: [indices.count, 1, 1])
    let text = captions.batch(said)
    let states = text.states * text.mask.unsqueezed(-1) * isSaid
    let missing = training.maximumTokens - states.shape[1]
    return (PointCode.encoded(points.stacked()), states.padded([0, 0, 0, missing]))
  }

  /// What the six numbers of a point are multiplied by: a mirror, half of the time, and a stretch.
  private func factors(_ draws: ArraySlice<Double>) -> [Float] {
    let draws = Array(draws)
    let sizes = draws[1...].map { Float(1 + training.stretch * (2 * $0 - 1)) }
    return [draws[0] < 0.5 ? -sizes[0] : sizes[0], sizes[1], sizes[2], 1, 1, 1]
  }

  /// The model whose transformer has these weights.
  func model(_ weights: WeightSource) throws -> TextToShapeModel {
    let store = ParameterStore(loading: weights)
    return TextToShapeModel(
      transformer: try store.network { PointTransformer($0, training.transformer) },
      textEncoder: textEncoder, schedule: try FlowSchedule(),
      maximumTokens: training.maximumTokens)
  }
}
