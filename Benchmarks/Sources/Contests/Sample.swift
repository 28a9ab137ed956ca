internal import Foundation

/// What a measured process says of itself: the last line that it writes is this in JSON.
struct Sample: Codable {
  /// Seconds of each repeat, or megabytes; not empty.
  var calls: [Double]
  /// The seconds of the first call, which sets up and compiles.
  var first: Double?
  /// The most memory that the process had, in megabytes; its parent measures that.
  var megabytes: Double?

  init(calls: [Double], first: Double? = nil) {
    (self.calls, self.first) = (calls, first)
  }

  /// What a process was measured to take, where it measures nothing itself.
  init(wholeOf outcome: Child.Outcome) {
    calls = [outcome.seconds]
    megabytes = outcome.peakMegabytes
  }

  /// What a process said of itself.
  init(readingFrom outcome: Child.Outcome) throws {
    do {
      self = try JSONDecoder().decode(Sample.self, from: Data(outcome.lastLine.utf8))
    } catch {
      throw ChildError(description: "expected figures in JSON, found \"\(outcome.lastLine)\"")
    }
    guard !calls.isEmpty else { throw ChildError(description: "expected figures, found none") }
    megabytes = outcome.peakMegabytes
  }

  /// Writes it for the parent.
  func report() throws { print(String(decoding: try JSONEncoder().encode(self), as: UTF8.self)) }
}
