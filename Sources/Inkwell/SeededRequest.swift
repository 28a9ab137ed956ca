/// A request for several things, each with a seed of its own and something that it is to be.
public protocol SeededRequest: Codable, Sendable, Hashable {
  /// The number of things.
  var total: Int { get }

  /// The seed of the first; each next one has the next seed.
  var seed: UInt64 { get }

  /// What one is asked to be, counted from 0.
  func subject(of index: Int) -> String
}

extension SeededRequest {
  /// The seed of one of the things, counted from 0.
  public func seed(of index: Int) -> UInt64 { seed &+ UInt64(index) }
}
