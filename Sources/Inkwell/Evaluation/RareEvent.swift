public import Evaluation

/// What a model's clips or drives are worth where few real ones show an event.
public struct RareEvent: Codable, Sendable, Hashable {
  /// How well a judge sees the event.
  public struct Sight: Codable, Sendable, Hashable {
    /// The share of what shows it in which it is seen.
    public let seen: Estimate
    /// The share of the rest in which it is seen.
    public let falselySeen: Estimate
  }

  /// How many real ones a judge of few has.
  static let realCount = 3

  /// The event: an action.
  public let action: String
  /// How many real ones that show it are left.
  public let real: Int
  /// How many the model makes.
  public let generated: Int
  /// The judge that learns from the few real ones.
  public let few: Sight
  /// The judge that learns from those and from the model's.
  public let withGenerated: Sight
  /// The judge that learns from all real ones.
  public let all: Sight

  /// What was measured, as a page tells it.
  ///
  /// - Parameter things: What a judge looks at, such as "clips".
  /// - Returns: A paragraph and a table in Markdown.
  func markdown(of things: String) -> String {
    func row(_ name: String, _ sight: Sight) -> [String] {
      [name, PageNumber.share(sight.seen), PageNumber.share(sight.falselySeen)]
    }
    return """
      A rare event: all but \(real) of the real \(things) of "\(action)" are taken away, and \
      \(generated) \(things) that the model made of it are put in their place.

      \(markdownTable([
        ["learnt from", "\(action) is seen where it is", "and where it is not"],
        row("few real \(things) of it", few), row("the model's besides", withGenerated),
        row("all real \(things)", all),
      ]))
      """
  }
}
