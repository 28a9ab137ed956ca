internal import Foundation

/// What was tried, and how it did.
public struct Tuning: Codable, Sendable, Hashable {
  /// Settings, and what they cost and changed.
  public struct Trial: Codable, Sendable, Hashable {
    /// All settings of the pictures.
    public let options: Generate.Options
    /// The seconds that a picture took, on average.
    public let seconds: Double
    /// The peak signal-to-noise ratio to the pictures of many steps, in decibels: 20 can be told
    /// apart at a glance, 30 where one looks for it, 40 hardly.
    public let likeness: Double
  }

  /// What is asked of the best.
  public enum Limit: Codable, Sendable, Hashable {
    /// The fastest that is at least so much alike, in decibels.
    case likeness(Double)
    /// The most alike that takes at most so many seconds.
    case seconds(Double)
  }

  /// What is asked of the best.
  public let limit: Limit
  /// What was tried, in that order.
  public internal(set) var trials: [Trial] = []

  init(limit: Limit) { self.limit = limit }

  /// The best trial; none if no trial is within the limit.
  public var best: Trial? {
    switch limit {
    case .likeness(let least):
      trials.filter { $0.likeness >= least }.min { $0.seconds < $1.seconds }
    case .seconds(let most):
      trials.filter { $0.seconds <= most }.max { $0.likeness < $1.likeness }
    }
  }

  /// The trials that no other beats in both respects, fastest first.
  public var front: [Trial] {
    var most = -Double.infinity
    let ordered = trials.sorted { ($0.seconds, -$0.likeness) < ($1.seconds, -$1.likeness) }
    return ordered.filter { trial in
      guard trial.likeness > most else { return false }
      most = trial.likeness
      return true
    }
  }

  /// The trials that are worth trying again with less work a step: the best, and those of the front
  /// that take more time.
  func worthRefining(count: Int) -> [Trial] {
    let front = front
    let start = best.flatMap { front.firstIndex(of: $0) } ?? max(front.count - count, 0)
    return Array(front[start...].prefix(count))
  }
}

extension Tuning.Trial {
  /// The settings that differ from trial to trial, as `inkwell generate` takes them.
  public var flags: String {
    let cache = options.cache
    let fields: [(String, Any?)] = [
      ("sampler", options.sampler), ("steps", options.steps),
      ("cache-interval", cache?.interval), ("cache-threshold", cache?.threshold),
      ("cache-order", cache?.order), ("cache-depth", cache?.depth),
      ("merge-tokens", options.mergedTokens), ("guidance-end", options.guidanceEnd),
      ("precision", options.precision?.rawValue),
    ]
    let given = fields.compactMap { name, value in value.map { "--\(name) \($0)" } }
    return (given + (cache?.keepsWhole == true ? ["--cache-whole"] : [])).joined(separator: " ")
  }
}

extension Tuning {
  /// All trials and the best, as JSON.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(Written(best: best, trials: trials)), as: UTF8.self)
  }

  private struct Written: Encodable {
    let best: Trial?
    let trials: [Trial]
  }
}
