/// Which part of the work a process does, of several that do the whole.
public struct WorkShare: Sendable, Hashable {
  /// The number of the process, from 0.
  public let rank: Int
  /// The number of processes.
  public let count: Int

  /// All of the work.
  public static let whole = WorkShare(0, 1)

  /// A part of the work.
  ///
  /// - Parameters:
  ///   - rank: The number of the process, from 0 to below `count`.
  ///   - count: The number of processes.
  /// - Throws: ``SynthesizeError`` for numbers that do not fit together.
  public init(rank: Int, of count: Int) throws {
    guard count > 0, (0..<count).contains(rank) else {
      throw SynthesizeError.value(
        "rank", expected: "a number from 0 to below the number of processes",
        found: "\(rank) of \(count)")
    }
    self.init(rank, count)
  }

  /// The part that a launcher gave to the process: `RANK` of `WORLD_SIZE`, as torchrun sets them,
  /// else `SLURM_PROCID` of `SLURM_NTASKS`, else all.
  ///
  /// - Parameter environment: The process's environment.
  /// - Throws: ``SynthesizeError`` where only one of the two is set, or where they are no numbers
  ///   that fit together.
  public init(environment: [String: String]) throws {
    for (rankName, countName) in [("RANK", "WORLD_SIZE"), ("SLURM_PROCID", "SLURM_NTASKS")] {
      let (rank, count) = (environment[rankName], environment[countName])
      guard rank != nil || count != nil else { continue }
      guard let rank = rank.flatMap({ Int($0) }), let count = count.flatMap({ Int($0) }) else {
        throw SynthesizeError.value(
          "\(rankName) and \(countName)", expected: "two whole numbers",
          found: "\(rank ?? "none") and \(count ?? "none")")
      }
      try self.init(rank: rank, of: count)
      return
    }
    self = .whole
  }

  private init(_ rank: Int, _ count: Int) {
    self.rank = rank
    self.count = count
  }

  /// The things that the process does, of so many.
  func numbers(below total: Int) -> StrideTo<Int> { stride(from: rank, to: total, by: count) }
}
