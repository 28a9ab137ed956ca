public import Torch

/// Texts whose next symbol depends on the few before it alone: a baseline for what writes texts.
///
/// A Markov chain of the order that is asked for, whose probabilities are how often each symbol
/// stood behind the others in the texts that it learnt from.
public struct SymbolChain: Sendable {
  /// How many symbols before it the next one depends on.
  public let order: Int
  private let symbols: [String]
  /// What follows each context, and how often.
  private let followers: [[Int]: [Int: Int]]

  /// Learns from texts.
  ///
  /// - Parameters:
  ///   - texts: The symbols of each text.
  ///   - order: How many symbols before it the next one depends on, at least 1.
  public init(_ texts: [[String]], order: Int) {
    precondition(order > 0, "a chain of an order")
    var numbers: [String: Int] = [:]
    var symbols: [String] = []
    var followers: [[Int]: [Int: Int]] = [:]
    for text in texts {
      var context = [Int](repeating: Self.outside, count: order)
      for symbol in text {
        let number = numbers[symbol] ?? symbols.count
        if number == symbols.count {
          numbers[symbol] = number
          symbols.append(symbol)
        }
        followers[context, default: [:]][number, default: 0] += 1
        context = context.dropFirst() + [number]
      }
      followers[context, default: [:]][Self.outside, default: 0] += 1
    }
    self.order = order
    self.symbols = symbols
    self.followers = followers
  }

  /// What stands before a text and behind it.
  private static let outside = -1

  /// A text, of at most so many symbols.
  public func text(using generator: Generator, longest: Int) -> String {
    var context = [Int](repeating: Self.outside, count: order)
    var text = ""
    for draw in generator.uniform([longest], dtype: .float64).values(as: Double.self) {
      guard let next = follower(of: context, draw), next != Self.outside else { break }
      text += symbols[next]
      context = context.dropFirst() + [next]
    }
    return text
  }

  /// The symbol that a number in [0, 1) draws.
  private func follower(of context: [Int], _ draw: Double) -> Int? {
    guard let counts = followers[context]?.sorted(by: { $0.key < $1.key }) else { return nil }
    var left = draw * Double(counts.reduce(0) { $0 + $1.value })
    for (symbol, count) in counts {
      left -= Double(count)
      if left < 0 { return symbol }
    }
    return counts.last?.key
  }
}
