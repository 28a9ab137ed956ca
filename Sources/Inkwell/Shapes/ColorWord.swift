public import Modalities
internal import Torch

/// A word for a colour: the eleven that English has as basic ones.
///
/// Berlin and Kay 1969, "Basic Color Terms".
public enum ColorWord: String, Codable, Sendable, Hashable, CaseIterable {
  case black, blue, brown, grey, green, orange, pink, purple, red, white, yellow

  /// The word that fits a colour best, by its hue, saturation and value.
  public init(_ color: Color) {
    let rgb = [color.red, color.green, color.blue].map { Double($0) / 255 }
    let value = max(rgb[0], rgb[1], rgb[2])
    let spread = value - min(rgb[0], rgb[1], rgb[2])
    let saturation = value > 0 ? spread / value : 0
    guard value >= 0.2 else { self = .black; return }
    guard saturation >= 0.15 else { self = value > 0.8 ? .white : .grey; return }
    switch Self.hue(rgb, value: value, spread: spread) {
    case ..<15, 345...:
      self = value < 0.35 ? .brown : value > 0.7 && saturation < 0.5 ? .pink : .red
    case ..<45: self = value < 0.7 || saturation < 0.6 ? .brown : .orange
    case ..<68: self = value < 0.5 ? .brown : .yellow
    case ..<170: self = .green
    case ..<260: self = .blue
    case ..<310: self = .purple
    default: self = .pink
    }
  }

  /// The angle of a colour among the hues, red at 0 and green at 120.
  private static func hue(_ rgb: [Double], value: Double, spread: Double) -> Double {
    let turn =
      value == rgb[0]
      ? (rgb[1] - rgb[2]) / spread
      : value == rgb[1] ? 2 + (rgb[2] - rgb[0]) / spread : 4 + (rgb[0] - rgb[1]) / spread
    return 60 * (turn < 0 ? turn + 6 : turn)
  }

  /// The word that fits most of the colours, if it fits at least half of them.
  public init?(mostOf colors: [Color]) {
    let counts = colors.reduce(into: [ColorWord: Int]()) { $0[ColorWord($1), default: 0] += 1 }
    let most = counts.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }
    guard let most, 2 * most.value >= colors.count else { return nil }
    self = most.key
  }

  /// A colour that everyone calls so: red, green and blue in [0, 1].
  var typical: [Float] {
    switch self {
    case .black: [0.08, 0.08, 0.08]
    case .blue: [0.15, 0.3, 0.75]
    case .brown: [0.45, 0.28, 0.15]
    case .grey: [0.5, 0.5, 0.5]
    case .green: [0.15, 0.55, 0.2]
    case .orange: [0.95, 0.5, 0.1]
    case .pink: [0.95, 0.55, 0.7]
    case .purple: [0.5, 0.2, 0.65]
    case .red: [0.8, 0.1, 0.1]
    case .white: [0.95, 0.95, 0.95]
    case .yellow: [0.95, 0.85, 0.15]
    }
  }

  /// Colours painted over in this one: light and dark places stay so.
  ///
  /// - Parameter colors: Red, green and blue in [0, 1], `[points, 3]`.
  /// - Returns: The same shape.
  func painted(over colors: Tensor) -> Tensor {
    let light = colors.mean(dims: [1], keepingDims: true)
    return (Tensor(typical) + 0.3 * (light - light.mean())).clamped(min: 0, max: 1)
  }
}

extension ColorWord {
  /// What is said of a thing in this colour.
  func caption(of thing: String) -> String { "\(rawValue) \(thing)".withArticle }
}

extension ImageFolder.Record {
  /// What a shape may be called: its name, and its kind if it has one of another word.
  var things: [String] {
    let kind = group.flatMap { FurnitureKind(rawValue: $0) }?.rawValue
    let found = [name, kind == name ? nil : kind].compactMap { $0 }
    return found.isEmpty ? [text] : found
  }
}
