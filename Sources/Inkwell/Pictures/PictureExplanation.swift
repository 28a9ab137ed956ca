internal import Diffusion
internal import Files
public import Foundation
public import Modalities
internal import Models
internal import Torch

/// Where each word of a prompt acted in a picture, and what the picture was at every step.
///
/// The heat of words is that of Tang et al. 2022 (DAAM), https://arxiv.org/abs/2210.04885:
/// cross-attention, averaged over heads, layers and steps. It says where the network looked at a
/// word while it drew, not what it would have drawn without it.
public struct PictureExplanation: Sendable {
  /// A word of the prompt.
  public struct Word: Sendable {
    /// The word.
    public let text: String
    /// How much the places of the picture attended to it, in rows from the top: each a share of all
    /// that a place attended to, 0 … 1.
    public let heat: [Float]
    /// The width of a row of ``heat``.
    public let columns: Int

    /// The mean of ``heat``.
    public var share: Double {
      Double(heat.reduce(0, +)) / Double(max(heat.count, 1))
    }
  }

  /// The place of the picture among those of the run, counted from 0.
  public let index: Int
  /// The picture.
  public let image: Image
  /// The words of its prompt, in their order.
  public let words: [Word]
  /// What the network took the finished picture to be, after each step.
  public let steps: [Image]

  /// The picture with a word's heat laid over it: from black over red and yellow to white, where
  /// the word acted least and most.
  ///
  /// - Parameter word: One of ``words``.
  /// - Returns: A picture of the same size.
  /// - Throws: An `ImageError` or a `TorchError`.
  public func overlay(of word: Word) throws -> Image {
    let rows = word.heat.count / word.columns
    return try Image(
      tensor: checked {
        let heat = enlarged(
          Tensor(word.heat, shape: [rows, word.columns]), rows: image.height, columns: image.width)
        let (least, most) = (heat.minimum(dims: [0, 1]), heat.maximum(dims: [0, 1]))
        let level = (heat - least) / (most - least + 1e-8)
        // The three channels of a glowing body rise one after the other.
        let glow = [0, 1, 2].map { (level * 3 - Double($0)).clamped(min: 0.0, max: 1.0) }.stacked()
        let grey = ((image.tensor + 1) / 2).mean(dims: [0], keepingDims: true)
        return (glow * 0.6 + grey * 0.4) * 2 - 1
      })
  }

  /// Writes a picture for each word and for each step, and `words.json` with the words' shares.
  ///
  /// - Parameter folder: The folder; made if it is not there. Files of these names are replaced.
  /// - Throws: A `FileError` or an `ImageError`.
  public func save(to folder: URL) throws {
    struct Row: Encodable {
      let file: String
      let word: String
      let share: Double
    }
    try Folder.make(folder)
    var table: [Row] = []
    for (number, word) in words.enumerated() {
      let file = "\(Self.number(number + 1))-\(OutputPattern.name(of: word.text)).png"
      try overlay(of: word).save(to: folder.appending(path: file), as: .png)
      table.append(Row(file: file, word: word.text, share: word.share))
    }
    for (number, step) in steps.enumerated() {
      try step.save(
        to: folder.appending(path: "step-\(Self.number(number + 1)).png"), as: .png)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try AtomicFile.write(try encoder.encode(table), to: folder.appending(path: "words.json"))
  }

  private static func number(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

/// What is seen of a batch while it is made, for its pictures to be explained.
struct BatchWatch {
  let heat = HeatMaps()
  private(set) var steps: [[Image]] = []

  /// Adds what the pictures are after a step.
  mutating func add(_ step: SamplingStep, _ decode: (Tensor) throws -> [Image]) throws {
    steps.append(try decode(step.x0))
  }

  /// The words of a picture with their heat.
  ///
  /// - Parameters:
  ///   - place: The picture's place in the batch.
  ///   - words: The words of its prompt.
  ///   - size: The latents' height and width.
  /// - Returns: The words; none if no attention was seen.
  /// - Throws: A `TorchError`.
  func words(
    at place: Int, _ words: [TokenWord], size: (rows: Int, columns: Int)
  ) throws -> [PictureExplanation.Word] {
    guard let maps = try checked({ heat.maps(rows: size.rows, columns: size.columns) }) else {
      return []
    }
    let tokens = maps.selected(dim: 0, index: place)
    return try words.map { word in
      let values = try checked {
        tokens.narrowed(dim: 0, start: word.tokens.lowerBound, length: word.tokens.count)
          .mean(dims: [0]).values(as: Float.self)
      }
      return PictureExplanation.Word(text: word.text, heat: values, columns: size.columns)
    }
  }
}
