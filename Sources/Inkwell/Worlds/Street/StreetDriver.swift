/// Who drives the car of a street: draws actions that depend on a seed and on the street.
struct StreetDriver: Sendable {
  /// How somebody drives.
  enum Style: String, Codable, Sendable, Hashable, CaseIterable {
    /// Looks ahead, and takes the first action that hits nothing for a while.
    case careful
    /// Takes no notice of anything.
    case wandering
  }

  /// How many frames a careful driver looks ahead.
  private static let horizon = 10

  let style: Style
  private var random: WorldRandom
  /// How long the wandering driver's action, or the careful one's wish, still lasts.
  private var left = 0
  private var action = StreetAction.stay
  /// Where a careful driver would like to be, and how fast.
  private var wish = (column: Street.lanes[1], speed: 4)

  init(_ style: Style, _ random: WorldRandom) {
    self.style = style
    self.random = random
  }

  /// What the driver does next.
  mutating func action(on street: Street) -> StreetAction {
    switch style {
    case .wandering:
      if left == 0 {
        left = 2 + random.below(7)
        action = random.one(of: [
          .stay, .stay, .stay, .left, .left, .right, .right, .faster, .faster, .slower,
        ])
      }
      left -= 1
      return action
    case .careful:
      if left == 0 {
        left = 8 + random.below(16)
        wish = (random.one(of: Street.lanes), random.one(of: [2, 4, 6]))
      }
      left -= 1
      let choices = [wished(on: street), .stay, .left, .right, .slower]
      return choices.first { isSafe($0, on: street) } ?? .slower
    }
  }

  private func wished(on street: Street) -> StreetAction {
    if street.speed < wish.speed { return .faster }
    if street.speed > wish.speed { return .slower }
    if street.column > wish.column { return .left }
    return street.column < wish.column ? .right : .stay
  }

  /// Whether nothing is hit if the driver does this and then nothing; what is not yet to be seen
  /// does not count.
  private func isSafe(_ action: StreetAction, on street: Street) -> Bool {
    var ahead = street
    ahead.crossing = nil
    for number in 0..<Self.horizon {
      let events = ahead.step(number == 0 ? action : .stay)
      if events.contains(where: { $0.kind == .collision }) { return false }
    }
    return true
  }
}
