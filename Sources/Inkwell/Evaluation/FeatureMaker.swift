internal import Foundation
internal import Models
internal import Torch

/// Makes the features of pictures and captions, and keeps them.
struct FeatureMaker {
  let network: EvaluationNetwork
  let textEncoder: TextEncoder
  /// What names the text encoder's weights.
  let textIdentity: String
  let cache: URL
  let stop: StopSignal
  let report: (EvaluationReport) -> Void

  /// What the network sees in pictures.
  ///
  /// - Parameters:
  ///   - pictures: `[count, 3, side, side]`, `uint8`.
  ///   - name: The name of the file that keeps the features.
  ///   - identity: What names the pictures.
  /// - Returns: `[count, channels]`, float32.
  /// - Throws: A `TorchError`, or a `CancellationError`.
  func features(ofPictures pictures: Tensor, _ name: String, identity: [String]) throws -> Tensor {
    try kept(name, ["picture features 1", network.identity] + identity) {
      let count = pictures.shape[0]
      var progress = ProgressCounter("features of \(name)", of: count, report: report)
      return try batches(of: count, size: 32) { range in
        let x = pictures.narrowed(dim: 0, start: range.lowerBound, length: range.count)
        defer { progress.add(range.count) }
        return network.network.features(network.network.prepared(x))
      }
    }
  }

  /// The directions of captions.
  ///
  /// - Returns: `[captions.count, channels]`, float32.
  /// - Throws: A `TorchError`, or a `CancellationError`.
  func features(ofCaptions captions: [String], _ name: String) throws -> Tensor {
    try kept(name, ["caption features 1", textIdentity] + captions) {
      // Captions of about a length are encoded together, as padding costs as much as text.
      let order = captions.indices.sorted { captions[$0].utf8.count < captions[$1].utf8.count }
      var places = [Int](repeating: 0, count: captions.count)
      for (place, index) in order.enumerated() { places[index] = place }
      var progress = ProgressCounter("captions of \(name)", of: captions.count, report: report)
      let tokens = min(64, textEncoder.longestPrompt)
      let sorted = try batches(of: captions.count, size: 128) { range in
        defer { progress.add(range.count) }
        return try textEncoder.embed(order[range].map { captions[$0] }, maximumTokens: tokens)
      }
      return sorted.indexSelected(dim: 0, Tensor(places))
    }
  }

  /// A tensor that is in the cache, or is made and then kept.
  func kept(_ name: String, _ ingredients: [String], _ make: () throws -> Tensor) throws -> Tensor {
    let file = cache.appending(path: "\(name.replacing(" ", with: "-")).safetensors")
    let tensors = try TensorCache(file: file).tensors(from: ingredients) { ["value": try make()] }
    return tensors["value"] ?? .zeros([0])
  }

  /// What `body` makes of consecutive ranges, one after the other.
  func batches(of count: Int, size: Int, _ body: (Range<Int>) throws -> Tensor) throws -> Tensor {
    let parts = try stride(from: 0, to: count, by: size).map { start in
      try stop.check()
      return try checked { try withoutGradients { try body(start..<min(start + size, count)) } }
    }
    return try checked { parts.concatenated() }
  }
}
