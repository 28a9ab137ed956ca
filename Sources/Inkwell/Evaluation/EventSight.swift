public import Evaluation

/// How well a judge sees one event.
public struct EventSight: Codable, Sendable, Hashable {
  /// The share of what shows it in which it is seen.
  public let seen: Estimate
  /// The share of the rest in which it is seen.
  public let falselySeen: Estimate

  /// A table in Markdown of judges, by what they learnt from.
  static func table(of event: String, _ judges: [(learntFrom: String, sight: EventSight)]) -> String
  {
    markdownTable(
      [["learnt from", "\(event) is seen where it is", "and where it is not"]]
        + judges.map {
          [$0.learntFrom, PageNumber.share($0.sight.seen), PageNumber.share($0.sight.falselySeen)]
        })
  }
}
