internal import Modalities
internal import Torch

/// Which of its captions a training shows with each item of a batch.
struct CaptionDraw {
  /// The share of items that are shown without any, in [0, 1].
  let dropout: Double

  /// A caption for each item, at random among its own, or none.
  func captions(
    _ records: [ImageFolder.Record], _ generator: Generator
  ) -> [String?] {
    let draws = generator.uniform([2, records.count]).values(as: Double.self)
    return records.enumerated().map { position, record in
      guard draws[position] >= dropout else { return nil }
      let choices = record.choices
      let choice = Int(draws[records.count + position] * Double(choices.count))
      return choices[min(choice, choices.count - 1)]
    }
  }
}

extension ImageFolder.Record {
  /// The captions to choose from.
  var choices: [String] {
    guard let captions, !captions.isEmpty else { return [text] }
    return captions
  }
}
