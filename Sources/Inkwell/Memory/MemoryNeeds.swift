internal import Models
internal import Torch

/// What a model needs in memory while it draws, part by part.
struct MemoryNeeds: Sendable {
  /// A part of the model, and what it works on when its turn comes.
  struct Part: Sendable {
    var weights: [WeightMemory.Weight]
    /// Whether LoRAs change the weights.
    var isChanged = false
    /// The weights of networks beside it, which stay in float32.
    var kept: [WeightMemory.Weight] = []
    /// The bytes that it works on besides, for so many pictures at a time; in strips or not.
    var working: @Sendable (_ pictures: Int, _ inStrips: Bool) -> Int
  }

  /// The parts in the order in which they run: text encoders, denoiser, autoencoder.
  var parts: [Part]
  /// Whether the last part runs before the others, or all run again.
  var isRepeated = false
  /// Whether all parts but the first are compiled, which then have their weights twice while one of
  /// them is.
  var isCompiled = false

  /// The greatest memory of a run, in bytes.
  ///
  /// - Parameters:
  ///   - saving: How memory is saved.
  ///   - pictures: The number of pictures at a time.
  ///   - resident: What the process has in memory before.
  /// - Returns: The bytes.
  func peak(_ saving: MemorySaving, pictures: Int, resident: Int) -> Int {
    let weights = parts.map {
      WeightMemory($0.weights, isHalf: saving.isHalf, isChanged: $0.isChanged)
    }
    let kept = parts.reduce(0) { sum, part in
      let memory = WeightMemory(part.kept, isHalf: false)
      return sum + memory.held + memory.mapped
    }
    let copies = isCompiled ? weights.dropFirst().reduce(0) { $0 + $1.held + $1.mapped } : 0
    let held = weights.reduce(kept + copies) { $0 + $1.held }
    let phases = parts.indices.map { index in
      let touched = isRepeated ? weights[...] : weights[...index]
      let mapped =
        saving.isOneAtATime ? weights[index].mapped : touched.reduce(0) { $0 + $1.mapped }
      // The library orders a weight anew while it multiplies, after it was converted.
      let ordered = (saving.isHalf ? 2 : 1) * weights[index].largest
      return mapped + ordered + parts[index].working(pictures, saving.inStrips)
    }
    // The allocator wastes some of what copies take: measured.
    return resident + Self.libraries + held + held / 16 + (phases.max() ?? 0)
  }

  /// What the libraries take when they are first used, tokenizers included: measured.
  static let libraries = 150_000_000

  /// What the program has in memory before it reads a model: measured.
  static let program = 170_000_000
}

/// How a run saves memory, at the price of time.
public struct MemorySaving: Codable, Sendable, Hashable {
  /// Whether the autoencoder works in strips of rows, which changes the rounding of float32.
  public var inStrips = false
  /// Whether a part of the model is in memory only while it runs, which changes nothing.
  public var isOneAtATime = false
  /// Whether matrices are kept in half precision, which changes pictures where the files have more.
  public var isHalf = false

  /// Nothing is saved.
  public init() {}

  /// From nothing to everything, the cheapest first.
  static let all: [MemorySaving] = [false, true].flatMap { isHalf in
    [false, true].flatMap { isOneAtATime in
      [false, true].map { inStrips in
        var saving = MemorySaving()
        (saving.inStrips, saving.isOneAtATime, saving.isHalf) = (inStrips, isOneAtATime, isHalf)
        return saving
      }
    }
  }

  /// What is done, in words; empty if nothing is.
  var words: [String] {
    [
      (inStrips, "decoding in strips"), (isOneAtATime, "one part of the model at a time"),
      (isHalf, "weights in half precision"),
    ].filter(\.0).map(\.1)
  }
}
