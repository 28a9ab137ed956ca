/// How large a picture is to become: a size such as `1024x768`, or a factor such as `1.5`.
public enum PictureTarget: Sendable, Hashable {
  /// A size in pixels.
  case size(PictureSize)
  /// So many times as wide and high, above 1 up to 8.
  case times(Double)

  /// Whether it is a factor.
  var isFactor: Bool { if case .times = self { true } else { false } }

  /// The size that a picture becomes.
  ///
  /// - Parameters:
  ///   - size: The picture's.
  ///   - unit: What both sides are rounded to a multiple of where a factor is given.
  /// - Returns: The size, not checked.
  func size(of size: PictureSize, unit: Int) -> PictureSize {
    switch self {
    case .size(let target): return target
    case .times(let factor):
      func side(_ side: Int) -> Int {
        max(Int((Double(side) * factor / Double(unit)).rounded()), 1) * unit
      }
      return PictureSize(width: side(size.width), height: side(size.height))
    }
  }

  /// Throws ``GenerateError`` for a size or a factor outside its range.
  func validate() throws(GenerateError) {
    switch self {
    case .size(let size): try size.validate()
    case .times(let factor):
      guard factor > 1, factor <= 8 else {
        throw .value("size", expected: "a factor above 1 up to 8", found: description)
      }
    }
  }
}

extension PictureTarget: LosslessStringConvertible {
  /// A number below 16 is a factor, any other whole one and two with an x between them are a size;
  /// nothing for another text.
  public init?(_ description: String) {
    if let factor = Double(description), factor < Double(PictureSize.sides.lowerBound) {
      self = .times(factor)
    } else if let size = PictureSize(description) {
      self = .size(size)
    } else {
      return nil
    }
  }

  /// The size, or the factor.
  public var description: String {
    switch self {
    case .size(let size): size.description
    case .times(let factor): "\(factor)"
    }
  }
}

extension PictureTarget: Codable {
  /// Reads a text such as `1024x768` or `1.5`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let target = PictureTarget(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "expected a size or a factor, found \(text)")
    }
    self = target
  }

  /// Writes a text such as `1024x768` or `1.5`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
