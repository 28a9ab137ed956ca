/// A rectangle of whole units, from its left upper corner.
struct StreetBox: Sendable, Hashable {
  var x: Int
  var y: Int
  let width: Int
  let height: Int

  /// Whether two have a point inside both.
  func overlaps(_ other: StreetBox) -> Bool {
    x < other.x + other.width && other.x < x + width && y < other.y + other.height
      && other.y < y + height
  }
}

/// Something on a street that moves by itself.
struct StreetThing: Sendable, Hashable {
  /// What it is.
  enum Kind: Sendable, Hashable {
    /// Another car, which drives so many units a frame.
    case vehicle(StreetPaint, speed: Int)
    /// A deer, which crosses the street.
    case deer(fromLeft: Bool)
  }

  /// The width and length of every car.
  static let carSize = (width: 8, height: 14)
  /// The length and height of a deer.
  static let deerSize = (width: 8, height: 6)
  /// How many units a deer runs in a frame.
  static let deerSpeed = 2

  /// Its number, from 2 in the order of appearance; 1 is the car that is driven.
  let id: Int
  /// What it is.
  let kind: Kind
  /// Where it is on the screen.
  var box: StreetBox
  /// Whether the car that is driven has passed it.
  var isPassed = false

  /// Another car, in one of the lanes or between.
  static func vehicle(
    _ id: Int, _ paint: StreetPaint, speed: Int, x: Int, y: Int
  ) -> StreetThing {
    StreetThing(
      id: id, kind: .vehicle(paint, speed: speed),
      box: StreetBox(x: x, y: y, width: carSize.width, height: carSize.height))
  }

  /// A deer at one side of the street.
  static func deer(_ id: Int, fromLeft: Bool, y: Int) -> StreetThing {
    let x = fromLeft ? Street.road.lowerBound - deerSize.width : Street.road.upperBound
    return StreetThing(
      id: id, kind: .deer(fromLeft: fromLeft),
      box: StreetBox(x: x, y: y, width: deerSize.width, height: deerSize.height))
  }

  /// What it is called.
  var name: String {
    switch kind {
    case .vehicle(let paint, _): "\(paint.rawValue) car"
    case .deer: "deer"
    }
  }
}

/// The colour of another car.
enum StreetPaint: String, Codable, Sendable, Hashable, CaseIterable {
  case blue
  case white
  case yellow
}

/// Something that happens on a street.
public struct StreetEvent: Codable, Sendable, Hashable {
  /// What happens.
  public enum Kind: String, Codable, Sendable, Hashable, CaseIterable {
    /// A deer begins to cross the street.
    case crossing
    /// The car hits something.
    case collision
    /// The car leaves another one behind.
    case passing
  }

  /// The first frame that shows it, from 0.
  public let frame: Int
  /// What happens.
  public let kind: Kind
  /// The number of the other thing in the masks.
  public let object: Int
  /// What the other thing is, such as "deer" or "blue car".
  public let name: String
}
