internal import Foundation
internal import Modalities
internal import Torch

/// Pictures of a split that the model was not trained on, and what the model draws for their
/// captions.
struct HeldOut {
  /// The split's name.
  let split: String
  /// What is said about each picture.
  let records: [ImageFolder.Record]
  /// The real pictures, `[count, 3, side, side]`, `uint8`.
  let real: Tensor
  /// The pictures that the model made for the captions, `[count, 3, side, side]`, `uint8`.
  let generated: Tensor
  /// The features of the real pictures, `[count, channels]`.
  let realFeatures: Tensor
  /// The features of the generated pictures, `[count, channels]`.
  let generatedFeatures: Tensor
  /// The features of the captions, `[count, channels]`.
  let captionFeatures: Tensor

  /// What a picture shows, for telling whether there is one right answer; a style is a part of it
  /// where captions name styles.
  ///
  /// - Parameter withStyles: Whether they do.
  /// - Returns: A text for each picture, the same for those that show the same.
  func kinds(withStyles: Bool) -> [String] {
    records.map { "\($0.base ?? $0.fileName) \(withStyles ? $0.style ?? "" : "")" }
  }
}

extension PictureSet {
  /// Some of the pictures, at random.
  func sample(_ count: Int, seed: UInt64) throws -> (records: [ImageFolder.Record], Tensor) {
    let order = try checked {
      Generator(seed: seed).permutation(records.count).values(as: Int.self)
    }
    let chosen = Array(order.prefix(count))
    return (chosen.map { records[$0] }, pictures.indexSelected(dim: 0, Tensor(chosen)))
  }
}
