/// A street seen from above, with a car that is driven by actions.
///
/// The screen is ``size`` by ``size`` units, and moves with the car. All positions are whole
/// numbers, so a street is the same on every machine: a function of its seed and of the actions.
/// The other cars keep their lanes, stand or drive slowly, and wait where something is before
/// them. A car that hits something stands for ``pause`` frames, whatever its driver does.
///
/// ```swift
/// var street = Street(seed: 7, weather: .night)
/// let events = street.step(.faster)
/// ```
public struct Street: Sendable, Hashable {
  /// The width and height of the screen in units.
  public static let size = 64
  /// The most units that the car drives in a frame.
  public static let topSpeed = 6
  /// The frames that a car stands after it has hit something.
  public static let pause = 6

  /// The columns of the road between the meadows.
  static let road = 14..<50
  /// The left sides of cars in the middle of the lanes.
  static let lanes = [16, 28, 40]
  /// The row of the car's front.
  static let carRow = 44
  /// The chance of another car in a frame, while there is room for it.
  static let trafficChance = 0.1

  /// What the street and all that happens on it depend on, beside the actions.
  public let seed: UInt64
  /// The weather or the light.
  public let weather: StreetWeather
  /// The number of steps that were made.
  public private(set) var time = 0
  /// The units that the car has driven.
  public private(set) var distance = 0
  /// The units that the car drives in a frame: an even number up to ``topSpeed``.
  public private(set) var speed = 4
  /// The column of the car's left side.
  public private(set) var column = lanes[1]
  /// The frames that the car still stands, after it has hit something.
  public private(set) var pauseLeft = 0

  /// What moves by itself.
  var things: [StreetThing] = []
  /// The step from which on a deer crosses as soon as the car drives, if one is still to come.
  var crossing: Int?
  private let hasTraffic: Bool
  private var random: WorldRandom
  private var nextID = 2

  /// A street at its start, where the car drives in the middle.
  ///
  /// - Parameters:
  ///   - seed: What the street depends on.
  ///   - weather: The weather or the light.
  ///   - crossing: The step from which on a deer crosses; none if not given.
  ///   - hasTraffic: Whether there are other cars.
  public init(
    seed: UInt64, weather: StreetWeather, crossing: Int? = nil, hasTraffic: Bool = true
  ) {
    self.seed = seed
    self.weather = weather
    self.crossing = crossing
    self.hasTraffic = hasTraffic
    random = WorldRandom(seed)
    guard hasTraffic else { return }
    for _ in 0..<2 where random.happens(0.5) { addVehicle(row: 2 * random.below(10)) }
  }

  /// The car that is driven.
  var car: StreetBox {
    StreetBox(
      x: column, y: Self.carRow, width: StreetThing.carSize.width,
      height: StreetThing.carSize.height)
  }

  /// Goes on by one frame.
  ///
  /// The others move first, then the car and the screen with it; then it is seen what was hit.
  ///
  /// - Parameter action: What the driver does.
  /// - Returns: What happens in the new frame.
  @discardableResult
  public mutating func step(_ action: StreetAction) -> [StreetEvent] {
    time += 1
    for index in things.indices { move(index) }
    drive(action)
    let events = collisions() + passings() + newcomers()
    things.removeAll { Self.isGone($0.box) }
    return events
  }

  /// Moves one of the others, unless the place before it is taken.
  private mutating func move(_ index: Int) {
    switch things[index].kind {
    case .deer(let fromLeft):
      things[index].box.x += fromLeft ? StreetThing.deerSpeed : -StreetThing.deerSpeed
    case .vehicle(_, let speed):
      var ahead = things[index].box
      ahead.y -= speed
      let isFree =
        !ahead.overlaps(car)
        && things.indices.allSatisfy { $0 == index || !ahead.overlaps(things[$0].box) }
      if isFree { things[index].box = ahead }
    }
  }

  private mutating func drive(_ action: StreetAction) {
    if pauseLeft > 0 {
      pauseLeft -= 1
      return
    }
    switch action {
    case .stay: break
    case .faster: speed = min(speed + 2, Self.topSpeed)
    case .slower: speed = max(speed - 2, 0)
    case .left where speed > 0: column = max(column - 2, Self.road.lowerBound)
    case .right where speed > 0:
      column = min(column + 2, Self.road.upperBound - StreetThing.carSize.width)
    case .left, .right: break
    }
    distance += speed
    for index in things.indices { things[index].box.y += speed }
  }

  /// What is hit is gone, and the car stands.
  private mutating func collisions() -> [StreetEvent] {
    let place = car
    let hit = things.filter { $0.box.overlaps(place) }
    guard !hit.isEmpty else { return [] }
    things.removeAll { $0.box.overlaps(place) }
    speed = 0
    pauseLeft = Self.pause
    return hit.map { event(.collision, $0) }
  }

  private mutating func passings() -> [StreetEvent] {
    var events: [StreetEvent] = []
    for index in things.indices {
      guard case .vehicle = things[index].kind, !things[index].isPassed,
        things[index].box.y >= car.y + car.height
      else { continue }
      things[index].isPassed = true
      events.append(event(.passing, things[index]))
    }
    return events
  }

  /// Deer and other cars that come from above.
  private mutating func newcomers() -> [StreetEvent] {
    guard speed > 0 else { return [] }
    if hasTraffic, random.happens(Self.trafficChance) {
      addVehicle(row: -StreetThing.carSize.height)
    }
    guard let start = crossing, time >= start else { return [] }
    crossing = nil
    let deer = StreetThing.deer(
      nextID, fromLeft: random.happens(0.5), y: 2 - StreetThing.deerSize.height)
    nextID += 1
    things.append(deer)
    return [event(.crossing, deer)]
  }

  /// Another car in a lane, if that leaves a way through.
  private mutating func addVehicle(row: Int) {
    let vehicle = StreetThing.vehicle(
      nextID, random.one(of: StreetPaint.allCases), speed: random.one(of: [0, 2, 2]),
      x: random.one(of: Self.lanes), y: row)
    let near = StreetBox(x: 0, y: row - 20, width: Self.size, height: 54)
    guard things.filter({ $0.box.overlaps(near) }).count < 2,
      !things.contains(where: { $0.box.x == vehicle.box.x && $0.box.overlaps(near) })
    else { return }
    nextID += 1
    things.append(vehicle)
  }

  private static func isGone(_ box: StreetBox) -> Bool {
    box.y >= size || box.y <= -24 || box.x >= size || box.x + box.width <= 0
  }

  private func event(_ kind: StreetEvent.Kind, _ thing: StreetThing) -> StreetEvent {
    StreetEvent(frame: time, kind: kind, object: thing.id, name: thing.name)
  }
}
