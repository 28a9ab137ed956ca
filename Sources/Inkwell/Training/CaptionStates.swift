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

  /// Encodes the captions, or reads their states where that was done before.
  ///
  /// - Parameters:
  ///   - captions: The captions; repeated ones are encoded once.
  ///   - encoder: The text encoder.
  ///   - maximumTokens: Where longer captions are cut.
  ///   - cache: Where the states are kept.
  ///   - identity: What names the encoder's weights.
  /// - Throws: What the encoder or the cache throws.
  init(
    _ captions: [String], encoder: TextEncoder, maximumTokens: Int, cache: TensorCache,
    identity: String
  ) throws {
    let unique = Set(captions).sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
    let ingredients = [identity, "\(maximumTokens)"] + unique
    let tensors = try cache.tensors(from: ingredients) {
      try Self.encode(unique, by: encoder, maximumTokens: maximumTokens)
    }
    states = tensors["states"] ?? .zeros([0])
    starts = tensors["starts"]?.values(as: Int.self) ?? []
    number = Dictionary(uniqueKeysWithValues: unique.enumerated().map { ($1, $0) })
  }

  private static func encode(
    _ captions: [String], by encoder: TextEncoder, maximumTokens: Int
  ) throws -> [String: Tensor] {
    var parts: [Tensor] = []
    var starts = [0]
    for begin in stride(from: 0, to: captions.count, by: 256) {
      let chunk = Array(captions[begin..<min(begin + 256, captions.count)])
      let encoded = try encoder.encode(chunk, maximumTokens: maximumTokens)
      let lengths = encoded.mask.sum(dims: [1]).values(as: Int.self)
      for (row, length) in lengths.enumerated() {
        let own = encoded.states.selected(dim: 0, index: row)
        parts.append(own.narrowed(dim: 0, start: 0, length: length).converted(to: .float16))
        starts.append(starts[starts.count - 1] + length)
      }
    }
    return try checked { ["states": parts.concatenated(dim: 0), "starts": Tensor(starts)] }
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
