/// How a run stays within memory.
public struct MemoryPlan: Sendable, Hashable {
  /// The greatest memory that is expected of the process, in bytes.
  public let peak: Int
  /// The number of pictures at a time.
  public let batchSize: Int
  /// How memory is saved.
  public let saving: MemorySaving

  /// The plan that costs the least time: pictures one after another before strips, then one part of
  /// the model at a time, then half precision.
  ///
  /// - Parameters:
  ///   - needs: What the model needs.
  ///   - batchSize: The most pictures at a time.
  ///   - limit: The most memory, in bytes; any if not given.
  ///   - resident: What the process has in memory before.
  /// - Throws: ``MemoryError`` that says the least that is needed.
  init(
    _ needs: MemoryNeeds, batchSize: Int, limit: Int?, resident: Int
  ) throws(MemoryError) {
    var least = Int.max
    for saving in needs.savings {
      for pictures in (1...batchSize).reversed() {
        let peak = needs.peak(saving, pictures: pictures, resident: resident)
        least = min(least, peak)
        if peak <= limit ?? .max {
          self.peak = peak
          self.batchSize = pictures
          self.saving = saving
          return
        }
      }
    }
    throw .tooLittle(least: least, limit: limit ?? 0)
  }
}

extension MemoryPlan: CustomStringConvertible {
  /// What a person reads: `needs about 4.1 GB: decoding in strips`.
  public var description: String {
    let words = saving.words
    return "needs about \(byteText(peak))"
      + (words.isEmpty ? "" : ": \(words.joined(separator: ", "))")
  }
}

/// Why a run cannot stay within memory.
public enum MemoryError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The run needs more, whatever is saved.
  case tooLittle(least: Int, limit: Int)

  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .tooLittle(let least, let limit):
      "memory: expected \(byteText(least)) or more for this model at this size, "
        + "found a limit of \(byteText(limit))"
    }
  }
}

/// Bytes as a person reads them, such as `4.1 GB`: rounded up.
func byteText(_ bytes: Int) -> String {
  guard bytes >= 1_000_000_000 else { return "\((bytes + 999_999) / 1_000_000) MB" }
  let tenths = (bytes + 99_999_999) / 100_000_000
  return "\(tenths / 10).\(tenths % 10) GB"
}
