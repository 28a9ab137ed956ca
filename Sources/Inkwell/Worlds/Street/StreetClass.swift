/// What a pixel of a street shows, as its mask has it.
public enum StreetClass: UInt8, Codable, Sendable, Hashable, CaseIterable {
  /// The meadow beside the road.
  case meadow
  /// The road.
  case road
  /// The lines between the lanes.
  case line
  /// A tree beside the road.
  case tree
  /// The car that is driven.
  case car
  /// Another car.
  case vehicle
  /// A deer.
  case deer

  /// What it is called.
  public var name: String { "\(self)" }
}
