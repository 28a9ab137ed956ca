internal import Checkpoints
internal import Modalities

/// A drive on a street: frames, masks, actions, and what is to be said of it.
struct StreetEpisode: Sendable, Equatable {
  /// What a drive depends on.
  struct Plan: Sendable, Hashable {
    /// The street's seed.
    var seed: UInt64
    /// The weather or the light.
    var weather: StreetWeather
    /// The step from which on a deer crosses, if one does.
    var crossing: Int?
    /// How the car is driven.
    var style: StreetDriver.Style
    /// What the driver's actions depend on, beside the street.
    var driverSeed: UInt64
  }

  /// A thing that can be seen, with the first and the last frame whose mask has it.
  struct Object: Codable, Sendable, Hashable {
    let id: Int
    let name: String
    let first: Int
    let last: Int
  }

  let plan: Plan
  let frames: Clip
  let masks: Clip
  /// What is done from each frame to the next, one less than frames.
  let actions: [StreetAction]
  let events: [StreetEvent]
  let objects: [Object]

  /// Drives.
  ///
  /// - Parameters:
  ///   - plan: What the drive depends on.
  ///   - frames: The number of frames, at least 1.
  ///   - side: The width and height in pixels.
  /// - Throws: `ClipError` for a rate that no clip has.
  init(_ plan: Plan, frames: Int, side: Int) throws {
    self.plan = plan
    var street = Street(seed: plan.seed, weather: plan.weather, crossing: plan.crossing)
    var driver = StreetDriver(plan.style, WorldRandom(plan.driverSeed, part: 2))
    var film = StreetFilm(side: side)
    film.show(street)
    var actions: [StreetAction] = []
    var events: [StreetEvent] = []
    for _ in 1..<max(frames, 1) {
      let action = driver.action(on: street)
      events += street.step(action)
      actions.append(action)
      film.show(street)
    }
    self.actions = actions
    self.events = events
    objects = film.objects
    self.frames = try film.frames()
    masks = try film.masks()
  }

  /// What tells the drive from others: the SHA-256 of its pixels and actions.
  var contentHash: String {
    FileHash.sha256(of: frames.pixels + actions.map { UInt8($0.number) })
  }

  /// What can be seen, in a sentence.
  var caption: String {
    var parts = ["a red car drives \(plan.weather.phrase)"]
    let passed = events.filter { $0.kind == .passing }.count
    if passed > 0 { parts.append("it passes \(passed) other car\(passed > 1 ? "s" : "")") }
    for event in events {
      switch event.kind {
      case .crossing: parts.append("a deer crosses the street")
      case .collision: parts.append("the car hits a \(event.name)")
      case .passing: break
      }
    }
    return parts.joined(separator: ", ")
  }
}

/// The frames of a drive as they are shown.
struct StreetFilm {
  /// Frames in a second.
  static let rate = 10

  let side: Int
  private var count = 0
  private var pixels: [UInt8] = []
  private var mask: [UInt8] = []
  private var seen: [Int: (name: String, first: Int, last: Int)] = [:]

  init(side: Int) {
    self.side = side
  }

  /// Adds the frame that a street shows now.
  mutating func show(_ street: Street) {
    let shown = street.frame(side: side)
    pixels += shown.pixels
    mask += shown.mask
    let names = Dictionary(
      uniqueKeysWithValues: street.things.map { ($0.id, $0.name) } + [(1, "car")])
    var visible: Set<Int> = []
    for place in stride(from: 0, to: shown.mask.count, by: 3) {
      visible.insert(Int(shown.mask[place + 1]) + Int(shown.mask[place + 2]) << 8)
    }
    for (id, name) in names where visible.contains(id) {
      seen[id] = (name, seen[id]?.first ?? count, count)
    }
    count += 1
  }

  /// What was seen but for trees, by number.
  var objects: [StreetEpisode.Object] {
    seen.sorted { $0.key < $1.key }.map {
      StreetEpisode.Object(
        id: $0.key, name: $0.value.name, first: $0.value.first, last: $0.value.last)
    }
  }

  /// The frames.
  func frames() throws(ClipError) -> Clip { try clip(pixels) }

  /// Their masks.
  func masks() throws(ClipError) -> Clip { try clip(mask) }

  private func clip(_ pixels: [UInt8]) throws(ClipError) -> Clip {
    try Clip(
      count: count, width: side, height: side, frameRate: FrameRate(Self.rate), pixels: pixels)
  }
}

extension StreetWeather {
  fileprivate var phrase: String {
    switch self {
    case .day: "along a street by day"
    case .night: "along a street at night"
    case .rain: "along a street in the rain"
    case .snow: "along a street in the snow"
    }
  }
}
