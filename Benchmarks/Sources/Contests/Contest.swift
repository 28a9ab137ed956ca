internal import Evaluation
internal import Foundation

/// One side of a comparison.
struct Contestant {
  /// What it is, for the table.
  let name: String
  /// The program and its arguments.
  let command: [String]
  /// What is added to its environment.
  var variables: [String: String] = [:]
  /// Why it is not run, if it is not.
  var obstacle: String?
}

/// The same work for several sides, which take turns, each in a process of its own.
struct Contest {
  /// What is done, for the heading.
  let title: String
  /// The sides; ratios are to the first one.
  var contestants: [Contestant]
  /// What the figures count.
  var unit = Unit.seconds
  /// Whether the whole process is what is measured.
  var isWhole = false
  /// The operations of a call, if they are known.
  var operations: Double?
  /// What they compute with, by which the share of the machine's peak is told.
  var precision = NetworkPrecision.float32
  /// The files of what the sides computed, by their names.
  var results: [String: URL] = [:]
  /// How far a side's result is from the reference's.
  var difference: (@Sendable (_ found: URL, _ reference: URL) throws -> String)?
  /// Whose result is the reference.
  var reference = "diffusers"

  /// What figures count; less is better.
  enum Unit: String, Codable {
    case seconds
    case megabytes
  }

  /// Runs all sides in turns.
  ///
  /// A side that fails takes no further turns; the others go on.
  ///
  /// - Parameter turns: The turns that each side takes; at least 1.
  /// - Returns: What each side reached.
  func run(turns: Int) -> Outcome {
    var samples = contestants.map { _ in [Sample]() }
    var obstacles = contestants.map(\.obstacle)
    for file in results.values { unlink(file.path(percentEncoded: false)) }
    for turn in 1...turns {
      for (index, contestant) in contestants.enumerated() where obstacles[index] == nil {
        note("\(title): turn \(turn) of \(turns), \(contestant.name)")
        do {
          let child = try Child.run(contestant.command, variables: contestant.variables)
          samples[index].append(
            try isWhole ? Sample(wholeOf: child) : Sample(readingFrom: child))
        } catch {
          obstacles[index] = "\(error)"
        }
      }
    }
    let standings = contestants.indices.map { index in
      Standing(
        name: contestants[index].name, samples: obstacles[index] == nil ? samples[index] : [],
        obstacle: obstacles[index],
        difference: obstacles[index] == nil ? distance(of: contestants[index].name) : nil)
    }
    return Outcome(
      title: title, unit: unit, operations: operations, standings: standings, precision: precision)
  }

  /// How far a side's result is from the reference's, in words.
  private func distance(of name: String) -> String? {
    guard name != reference, let difference, let found = results[name],
      let expected = results[reference],
      FileManager.default.fileExists(atPath: expected.path(percentEncoded: false))
    else { return nil }
    do {
      return try difference(found, expected)
    } catch {
      return "not compared: \(error)"
    }
  }

  /// What the sides of a contest reached.
  struct Outcome: Codable {
    let title: String
    let unit: Unit
    let operations: Double?
    let standings: [Standing]
    var precision = NetworkPrecision.float32
  }

  /// What one side reached.
  struct Standing: Codable {
    let name: String
    /// What each of its turns measured; empty where it was not run to the end.
    let samples: [Sample]
    /// Why it was not.
    let obstacle: String?
    /// How far its result is from the reference's.
    let difference: String?

    /// The median and the quartiles of all calls of all turns.
    var spread: Spread? { samples.isEmpty ? nil : Spread(samples.flatMap(\.calls)) }

    /// The median of the turns' first calls.
    var first: Double? {
      samples.compactMap(\.first).isEmpty ? nil : median(samples.compactMap(\.first))
    }

    /// The median of the processes' peak memory.
    var megabytes: Double? {
      let all = samples.compactMap(\.megabytes)
      return all.isEmpty ? nil : median(all)
    }

    /// How many times as much as another side it took, turn by turn.
    func ratio(to other: Standing) -> Spread? {
      guard !samples.isEmpty, samples.count == other.samples.count else { return nil }
      let ratios = zip(samples, other.samples).map { median($0.calls) / median($1.calls) }
      return Spread(ratios, from: 0, to: 1)
    }
  }
}

/// A median and the range around it.
struct Spread: Codable {
  let median: Double
  let lower: Double
  let upper: Double

  /// The median of some numbers and the quantiles that are asked for, else the quartiles.
  init(_ values: [Double], from low: Double = 0.25, to high: Double = 0.75) {
    median = quantile(values, 0.5)
    lower = quantile(values, low)
    upper = quantile(values, high)
  }
}

/// The median of some numbers; at least one.
func median(_ values: [Double]) -> Double { quantile(values, 0.5) }

/// Tells whoever waits how far a run is.
func note(_ sentence: String) {
  FileHandle.standardError.write(Data("benchmarks: \(sentence)\n".utf8))
}
