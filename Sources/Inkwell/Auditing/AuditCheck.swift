/// Something that is looked at in a picture to see whether it is as it should be.
public enum AuditCheck: String, Codable, CodingKeyRepresentable, Sendable, Hashable, CaseIterable {
  /// How unlikely its own words are among others, in nats.
  case words
  /// How far it is from other seeds of the same record, beside how far they are from one another.
  case seeds
  /// How far its strangest place is from all places of training pictures.
  case place
  /// How far the nearest training picture is.
  case unfamiliar
  /// How near the nearest training picture is.
  case copy
  /// How much its brightness varies.
  case contrast
  /// How much noise it has.
  case noise
  /// How badly its parts fit together along a straight line across the whole of it.
  case seam
  /// How large a square of exactly one colour is.
  case block
  /// How many pixels are at the ends of their range.
  case clipping

  /// Which values are suspicious.
  enum Tail: Sendable { case low, high }

  /// Which values are suspicious.
  var tail: Tail { self == .copy || self == .contrast ? .low : .high }

  /// What is found where a picture is flagged.
  public var meaning: String {
    switch self {
    case .words: "its words fit it badly"
    case .seeds: "it is unlike what other seeds give"
    case .place: "a place is unlike any of a training picture"
    case .unfamiliar: "it is unlike all training pictures"
    case .copy: "it is next to a training picture"
    case .contrast: "it is nearly of one colour"
    case .noise: "it is noisy"
    case .seam: "its parts do not fit together along a line"
    case .block: "a square in it is of exactly one colour"
    case .clipping: "its colours are cut off"
    }
  }

  /// What the value is counted in.
  public var unit: String {
    switch self {
    case .words: "nats"
    case .seeds: "times the others' distance"
    case .place, .unfamiliar, .copy: "of features"
    case .contrast, .noise, .seam: "levels"
    case .block: "of the side"
    case .clipping: "of the pixels"
    }
  }
}
