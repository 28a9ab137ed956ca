/// The width and height of a picture in pixels: `512` is a square, `640x384` is wider than high.
public struct PictureSize: Sendable, Hashable {
  /// The width.
  public let width: Int
  /// The height.
  public let height: Int

  /// The sides that a picture may have.
  public static let sides = 16...8192

  /// A size in pixels.
  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// A square.
  public init(square side: Int) {
    self.init(width: side, height: side)
  }

  /// Whether width and height are the same.
  public var isSquare: Bool { width == height }

  /// The same, each side no less than a least one.
  func atLeast(_ side: Int) -> PictureSize {
    PictureSize(width: max(width, side), height: max(height, side))
  }

  /// Throws unless both sides are within ``sides``.
  func validate(as name: String = "size") throws(GenerateError) {
    guard Self.sides.contains(width), Self.sides.contains(height) else {
      throw .value(
        name, expected: "\(Self.sides.lowerBound) to \(Self.sides.upperBound)",
        found: description)
    }
  }
}

extension PictureSize: ExpressibleByIntegerLiteral {
  /// A square.
  public init(integerLiteral side: Int) {
    self.init(square: side)
  }
}

extension PictureSize: LosslessStringConvertible {
  /// A side, or a width and a height with an x between them; nothing for another text.
  public init?(_ description: String) {
    let parts = description.split(separator: "x", omittingEmptySubsequences: false)
    let sides = parts.compactMap { Int($0) }
    guard sides.count == parts.count, let width = sides.first, let height = sides.last,
      sides.count <= 2
    else { return nil }
    self.init(width: width, height: height)
  }

  /// A side, or a width and a height with an x between them.
  public var description: String { isSquare ? "\(width)" : "\(width)x\(height)" }
}

extension PictureSize: Codable {
  /// Reads a whole number for a square, or a text such as `640x384`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    do {
      self.init(square: try container.decode(Int.self))
    } catch DecodingError.typeMismatch {
      let text = try container.decode(String.self)
      guard let size = PictureSize(text) else {
        throw DecodingError.dataCorruptedError(
          in: container, debugDescription: "expected a size such as 640x384, found \(text)")
      }
      self = size
    }
  }

  /// Writes a whole number for a square, or a text such as `640x384`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if isSquare { try container.encode(width) } else { try container.encode(description) }
  }
}
