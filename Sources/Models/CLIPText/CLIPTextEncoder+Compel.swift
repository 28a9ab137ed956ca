internal import Foundation
public import Modalities
internal import Torch

extension CLIPTextEncoder {
  /// The states of a prompt in compel's syntax, of any length, as compel 2.5's wrappers for
  /// the pipelines of Stable Diffusion encode it.
  ///
  /// A weight above 1 moves a token's state away from that of the empty prompt. A weight below 1
  /// does the opposite, and also moves all states towards those of the prompt with that fragment
  /// masked.
  ///
  /// - Parameter prompt: The prompt.
  /// - Returns: The states, `[1, 77 · chunks, channels]`, and the pooled vector of the text as it
  ///   was written, which compel gives to SDXL.
  /// - Throws: A `TorchError`.
  public func encode(_ prompt: CompelPrompt) throws -> Encoding {
    let pooled = try encode([prompt.text]).pooled
    return try checked {
      withoutGradients {
        let empty = states(run([Fragments([], tokenizer, length: chunkLength).chunks[0].ids]))
        let terms = prompt.terms.map { term in
          let states = states(of: term.content, empty: empty)
          guard term.weight != 1 else { return states }
          let base = filled(empty, to: states.shape[1], with: empty)
          return base + (states - base) * term.weight
        }
        return Encoding(states: terms.concatenated(dim: 1), pooled: pooled, cut: [nil])
      }
    }
  }

  private func states(of content: CompelPrompt.Content, empty: Tensor) -> Tensor {
    switch content {
    case .fragments(let fragments): return states(of: fragments, empty: empty)
    case .blend(let prompts, let weights, let isNormalized):
      let parts = prompts.map { states(of: $0, empty: empty) }
      let length = parts.map { $0.shape[1] }.max() ?? 0
      return mixed(
        parts.map { filled($0, to: length, with: empty) }, weights, isNormalized: isNormalized)
    }
  }

  /// States with those of the empty prompt behind them.
  private func filled(_ states: Tensor, to length: Int, with empty: Tensor) -> Tensor {
    let missing = (length - states.shape[1]) / chunkLength
    return ([states] + Array(repeating: empty, count: missing)).concatenated(dim: 1)
  }

  private func mixed(_ parts: [Tensor], _ weights: [Double], isNormalized: Bool = true) -> Tensor {
    let sum = isNormalized ? weights.reduce(0, +) : 1
    let terms = zip(parts, weights).map { $0 * ($1 / sum) }
    return terms.dropFirst().reduce(terms[0], +)
  }

  private func states(of fragments: [CompelPrompt.Fragment], empty: Tensor) -> Tensor {
    let fragments = Fragments(fragments, tokenizer, length: chunkLength)
    var parts = [weighted(fragments.chunks, mask: nil, empty: empty)]
    var weights = [1.0]
    for (range, weight) in fragments.faint {
      let mask = fragments.mask(without: range)
      parts.append(weighted(fragments.chunks, mask: mask, empty: empty))
      weights.append(tan((1 - max(1e-5, weight)) * .pi / 2))
    }
    return mixed(parts, weights)
  }

  private func weighted(_ chunks: [PromptChunk], mask: [Int]?, empty: Tensor) -> Tensor {
    let mask = mask.map { Tensor($0, shape: [chunks.count, chunkLength]) }
    let all = states(run(chunks.map(\.ids), mask: mask))
    let parts = chunks.enumerated().map { row, chunk in
      let states = all.narrowed(dim: 0, start: row, length: 1)
      guard chunk.weights.contains(where: { $0 != 1 }) else { return states }
      let weights = Tensor(chunk.weights.map(Float.init), shape: [1, chunkLength])
      return interpolated(states, from: empty, weights: weights)
    }
    return parts.concatenated(dim: 1)
  }
}

/// The tokens of weighted texts, in chunks that end with a sentence, a phrase or a word.
private struct Fragments {
  private(set) var chunks: [PromptChunk] = []
  /// Where the fragments of a weight below 1 are among the tokens of all chunks, marks included.
  private(set) var faint: [(range: ClosedRange<Int>, weight: Double)] = []
  private let length: Int

  init(_ fragments: [CompelPrompt.Fragment], _ tokenizer: CLIPTokenizer, length: Int) {
    self.length = length
    let tokens = fragments.map { tokenizer.ids(of: $0.text) }
    let ids = tokens.flatMap { $0 }
    let weights = zip(fragments, tokens).flatMap { fragment, tokens in
      Array(repeating: fragment.weight, count: tokens.count)
    }
    var places: [Int] = []
    var start = 0
    repeat {
      let end = start + Self.split(ids[start...], tokenizer, most: length - 2)
      let missing = length - 2 - (end - start)
      places += (start..<end).map { chunks.count * length + 1 + $0 - start }
      chunks.append(
        PromptChunk(
          ids: [tokenizer.start] + ids[start..<end] + [tokenizer.end]
            + Array(repeating: tokenizer.padding, count: missing),
          weights: [1] + weights[start..<end] + Array(repeating: 1, count: missing + 1)))
      start = end
    } while start < ids.count
    var first = 0
    for (fragment, tokens) in zip(fragments, tokens) {
      let next = first + tokens.count
      if fragment.weight < 1 && !tokens.isEmpty {
        faint.append((places[first]...places[next - 1], fragment.weight))
      }
      first = next
    }
  }

  /// 0 for the tokens of a range, 1 for all others and for the ends of a chunk.
  func mask(without range: ClosedRange<Int>) -> [Int] {
    (0..<chunks.count * length).map { place in
      let isEnd = place % length == 0 || place % length == length - 1
      return range ~= place && !isEnd ? 0 : 1
    }
  }

  /// How many of the tokens the next chunk gets.
  private static func split(
    _ ids: ArraySlice<Int>, _ tokenizer: CLIPTokenizer, most: Int
  ) -> Int {
    guard ids.count > most else { return ids.count }
    let window = ids.prefix(most)
    func single(_ mark: String) -> Int? {
      let ids = tokenizer.ids(of: mark)
      return ids.count == 1 ? ids[0] : nil
    }
    let sentence = Set([single(".")])
    let phrase = sentence.union([single(","), single(";"), single(":")])
    let last =
      window.lastIndex { sentence.contains($0) } ?? window.lastIndex { phrase.contains($0) }
      ?? window.lastIndex(where: tokenizer.endsWord)
    return last.map { $0 - ids.startIndex + 1 } ?? most
  }
}
