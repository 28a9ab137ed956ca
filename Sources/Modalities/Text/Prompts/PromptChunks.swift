/// A part of a prompt that a CLIP text encoder takes at once.
public struct PromptChunk: Sendable, Hashable {
  /// Numbers of tokens, from that of the beginning to that of the end and the padding behind it.
  public let ids: [Int]
  /// By how much each token counts; 1 for those at the ends.
  public let weights: [Double]

  package init(ids: [Int], weights: [Double]) {
    self.ids = ids
    self.weights = weights
  }
}

extension CLIPTokenizer {
  /// The chunks of a prompt of any length, as AUTOMATIC1111's web UI 1.10 makes them.
  ///
  /// A chunk that would be cut within a phrase ends at its last comma instead, if that is among the
  /// last tokens.
  ///
  /// - Parameters:
  ///   - prompt: The prompt.
  ///   - length: The tokens of a chunk without those at its ends; 75 for CLIP.
  ///   - backtrack: Among how many of the last tokens a comma is looked for; 20 in the web UI.
  /// - Returns: At least one chunk, each of `length + 2` tokens.
  public func chunks(
    of prompt: EmphasizedPrompt, length: Int = 75, backtrack: Int = 20
  ) -> [PromptChunk] {
    let commas = ids(of: ",")
    var builder = ChunkBuilder(
      tokenizer: self, comma: commas.count == 1 ? commas[0] : nil, length: length,
      backtrack: backtrack)
    for part in prompt.parts {
      switch part {
      case .chunkEnd: builder.endChunk()
      case .text(let text, let weight):
        for group in groups(of: text) { builder.append(group, weight: weight) }
      }
    }
    return builder.finished()
  }
}

/// The chunks that are full, and the tokens of the next.
private struct ChunkBuilder {
  let tokenizer: CLIPTokenizer
  let comma: Int?
  let length: Int
  let backtrack: Int
  private var chunks: [PromptChunk] = []
  private var ids: [Int] = []
  private var weights: [Double] = []
  /// The place of the last comma of the next chunk.
  private var lastComma: Int?

  init(tokenizer: CLIPTokenizer, comma: Int?, length: Int, backtrack: Int) {
    self.tokenizer = tokenizer
    self.comma = comma
    self.length = length
    self.backtrack = backtrack
  }

  /// Appends a token, or those of an added word, which no chunk's end parts.
  mutating func append(_ group: ArraySlice<Int>, weight: Double) {
    precondition(group.count <= length, "the numbers of a word fit in a chunk")
    if group.count == 1 && group.first == comma {
      lastComma = ids.count
    } else if ids.count == length, let comma = lastComma, ids.count - comma <= backtrack {
      let (laterIDs, laterWeights) = (ids[(comma + 1)...], weights[(comma + 1)...])
      ids.removeSubrange((comma + 1)...)
      weights.removeSubrange((comma + 1)...)
      endChunk()
      ids = Array(laterIDs)
      weights = Array(laterWeights)
    }
    if ids.count + group.count > length { endChunk() }
    ids += group
    weights += Array(repeating: weight, count: group.count)
  }

  mutating func endChunk() {
    let missing = length - ids.count
    var full = [tokenizer.start] + ids + [tokenizer.end]
    // What comes behind the first end is padding, also where a prompt spells the end out.
    if let end = full.firstIndex(of: tokenizer.end), tokenizer.padding != tokenizer.end {
      full = full[...end] + Array(repeating: tokenizer.padding, count: full.count - end - 1)
    }
    chunks.append(
      PromptChunk(
        ids: full + Array(repeating: tokenizer.padding, count: missing),
        weights: [1] + weights + Array(repeating: 1, count: missing + 1)))
    ids = []
    weights = []
    lastComma = nil
  }

  mutating func finished() -> [PromptChunk] {
    if !ids.isEmpty || chunks.isEmpty { endChunk() }
    return chunks
  }
}
