extension Redraw {
  /// Which part of a picture is drawn anew.
  public enum Region: Sendable, Hashable {
    /// What is white in a picture of the same size; grey is blended if the mask is soft.
    case mask(String, isSoft: Bool)
    /// What lies beyond the edges.
    case beyond(Margins)
    /// As much of each place as the grey of a picture of the same size says (a change map): in
    /// which share of the steps it is drawn freely, white in all, black in none.
    case changed(String)
    /// What surrounds the picture where it is seen from farther away, by a factor above 1 up to 8;
    /// the result is as large.
    case zoomedOut(Double)
    /// What comes into view where the view moves to a side; the result is as large.
    case panned(Margins)
  }

  /// How far a picture is extended beyond its edges, in pixels, 0 … 4,096.
  public struct Margins: Codable, Sendable, Hashable {
    /// To the left.
    public var left: Int
    /// Upwards.
    public var top: Int
    /// To the right.
    public var right: Int
    /// Downwards.
    public var bottom: Int

    /// Margins on all sides.
    public init(left: Int = 0, top: Int = 0, right: Int = 0, bottom: Int = 0) {
      self.left = left
      self.top = top
      self.right = right
      self.bottom = bottom
    }
  }
}

extension Redraw.Region {
  /// Throws ``GenerateError`` for a value outside its range.
  func validate() throws(GenerateError) {
    switch self {
    case .mask, .changed: break
    case .beyond(let margins): try margins.validate("margins")
    case .zoomedOut(let factor):
      guard factor > 1, factor <= 8 else {
        throw .value("zoom out", expected: "above 1 up to 8", found: "\(factor)")
      }
    case .panned(let sides):
      try sides.validate("pan")
      guard sides.left == 0 || sides.right == 0, sides.top == 0 || sides.bottom == 0 else {
        throw .value("pan", expected: "one of two opposite sides", found: "both")
      }
    }
  }
}

extension Redraw.Margins {
  /// Throws unless there is a margin, and none is too wide.
  fileprivate func validate(_ name: String) throws(GenerateError) {
    let all = [left, top, right, bottom]
    guard all.allSatisfy({ (0...4096).contains($0) }), all.contains(where: { $0 > 0 }) else {
      throw .value(name, expected: "0 to 4096 each, and one that is not 0", found: "\(all)")
    }
  }
}
