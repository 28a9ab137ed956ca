internal import Foundation
internal import Models
internal import Modalities
internal import Torch

/// The text encoder's states of many captions in memory, in half precision and without padding.
struct CaptionStates {
  /// The states of all captions one after the other, `[tokens, channels]`, `float16`.
  private let states: Tensor
  /// Where each caption begins in `states`; one entry more than there are captions.
  private let starts: [Int]
  private let number: [String: Int]

  /// Encodes the captions.
  ///
  /// - Parameters:
  ///   - captions: The captions; repeated ones are encoded once.
  ///   - encoder: The text encoder.
  ///   - maximumTokens: Where longer captions are cut.
  ///   - progress: Told the number of captions done and of all.
  /// - Throws: What the encoder throws.
  init(
    _ captions: [String], encoder: TextEncoder, maximumTokens: Int,
    progress: (Int, Int) -> Void = { _, _ in }
  ) throws {
    let unique = Set(captions).sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
    var parts: [Tensor] = []
    var starts = [0]
    for begin in stride(from: 0, to: unique.count, by: 256) {
      let chunk = Array(unique[begin..<min(begin + 256, unique.count)])
      let encoded = try encoder.encode(chunk, maximumTokens: maximumTokens)
      let lengths = encoded.mask.sum(dims: [1]).values(as: Int.self)
      for (row, length) in lengths.enumerated() {
        let own = encoded.states.selected(dim: 0, index: row)
        parts.append(own.narrowed(dim: 0, start: 0, length: length).converted(to: .float16))
        starts.append(starts[starts.count - 1] + length)
      }
      progress(min(begin + 256, unique.count), unique.count)
    }
    states = parts.concatenated(dim: 0)
    self.starts = starts
    number = Dictionary(uniqueKeysWithValues: unique.enumerated().map { ($1, $0) })
  }

  /// The states of some of the captions, padded to the longest.
  ///
  /// - Returns: The states, `[captions.count, tokens, channels]`, and the mask,
  ///   `[captions.count, tokens]`, 1 for tokens and 0 for padding.
  func batch(_ captions: [String]) -> (states: Tensor, mask: Tensor) {
    let ranges = captions.map { caption in
      let index = number[caption] ?? 0
      return starts[index]..<starts[index + 1]
    }
    let longest = ranges.map(\.count).max() ?? 1
    let rows = ranges.flatMap { range in
      Array(range) + [Int](repeating: range.lowerBound, count: longest - range.count)
    }
    let mask = ranges.flatMap { range in
      (0..<longest).map { Float($0 < range.count ? 1 : 0) }
    }
    let shape = [captions.count, longest]
    return (
      states.indexSelected(dim: 0, Tensor(rows)).converted(to: .float32).reshaped(shape + [-1]),
      Tensor(mask, shape: shape)
    )
  }
}
