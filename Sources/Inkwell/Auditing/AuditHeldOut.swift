internal import Evaluation
internal import Foundation
internal import Modalities
internal import Torch

/// Pictures that a model was not trained on, with what it draws for their captions by some seeds.
struct AuditHeldOut {
  /// One half says what is usual, the other how well that does.
  enum Half: String {
    case calibration, measurement
  }

  /// What is said about each picture.
  let records: [ImageFolder.Record]
  /// The real pictures, `[count, 3, side, side]`, `uint8`.
  let real: Tensor
  /// The captions that the model drew: the first ones.
  let drawnCaptions: Int
  /// The pictures of a caption.
  let seeds: Int
  /// What the model drew, `[drawnCaptions * seeds, 3, side, side]`: all of a caption, then those of
  /// the next.
  let drawn: Tensor
  /// The features of what it drew, `[drawnCaptions * seeds, channels]`.
  let drawnFeatures: Tensor

  /// Draws, or reads what was drawn before.
  ///
  /// - Parameters:
  ///   - half: Which half of all held-out pictures.
  ///   - run: The model and the data.
  ///   - captions: The most captions to draw.
  ///   - seeds: The pictures of a caption.
  /// - Throws: A `TorchError`, a `CancellationError`, or what the cache throws.
  init(_ half: Half, of run: EvaluationRun, captions: Int, seeds: Int) throws {
    let all = run.heldOut.flatMap(\.set.records)
    let order = try checked { Generator(seed: 0).permutation(all.count).values(as: Int.self) }
    let middle = (order.count + 1) / 2
    let chosen = Array(half == .calibration ? order[..<middle] : order[middle...])
    records = chosen.map { all[$0] }
    real = try checked {
      run.heldOut.map(\.set.pictures).concatenated().indexSelected(dim: 0, Tensor(chosen))
    }
    self.seeds = seeds
    drawnCaptions = min(captions, chosen.count)
    let prompts = records.prefix(drawnCaptions).flatMap { record in
      [String](repeating: record.text, count: seeds)
    }
    drawn = try run.generated("audit \(half)", prompts)
    drawnFeatures = try run.features.features(
      ofPictures: drawn, "audit \(half)", identity: run.generatedIdentity(prompts))
  }

  /// What the model drew for a caption.
  func drawn(_ caption: Int, seed: Int) -> Tensor {
    drawn.selected(dim: 0, index: caption * seeds + seed)
  }

  /// The features of what the model drew for a caption, but for one seed, `[seeds - 1, channels]`.
  func features(_ caption: Int, without seed: Int) -> Tensor {
    let others = (0..<seeds).filter { $0 != seed }.map { caption * seeds + $0 }
    return drawnFeatures.indexSelected(dim: 0, Tensor(others))
  }

  /// The real picture of a caption; seeds are known of the captions that were drawn.
  func realSubject(_ index: Int, picture: Tensor? = nil) -> AuditPanel.Subject {
    AuditPanel.Subject(
      picture: picture ?? real.selected(dim: 0, index: index), prompt: records[index].text,
      others: index < drawnCaptions ? features(index, without: seeds - 1) : nil)
  }

  /// A picture that the model drew for a caption.
  func drawnSubject(_ index: Int, seed: Int, picture: Tensor? = nil) -> AuditPanel.Subject {
    AuditPanel.Subject(
      picture: picture ?? drawn(index, seed: seed), prompt: records[index].text,
      others: features(index, without: seed))
  }
}
