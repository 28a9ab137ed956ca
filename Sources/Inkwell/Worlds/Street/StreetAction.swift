/// What the driver of the car does from one frame to the next.
public enum StreetAction: String, Codable, Sendable, Hashable, CaseIterable {
  /// Goes on as before.
  case stay
  /// Steers two units to the left, if the car drives.
  case left
  /// Steers two units to the right, if the car drives.
  case right
  /// Drives two units a frame faster.
  case faster
  /// Drives two units a frame slower.
  case slower

  /// The number that stands for the action, from 0.
  public var number: Int {
    switch self {
    case .stay: 0
    case .left: 1
    case .right: 2
    case .faster: 3
    case .slower: 4
    }
  }
}

/// The weather or the light of a street.
public enum StreetWeather: String, Codable, Sendable, Hashable, CaseIterable {
  /// A bright day.
  case day
  /// A night, with headlights.
  case night
  /// A grey day with rain.
  case rain
  /// A white day with snow.
  case snow
}
