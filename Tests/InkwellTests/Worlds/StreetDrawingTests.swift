import Modalities
import Testing

@testable import Inkwell

/// What a street looks like, and what its mask says.
@Suite("a street's frames")
struct StreetDrawingTests {
  private func street(_ weather: StreetWeather = .day) -> Street {
    Street(seed: 1, weather: weather, hasTraffic: false)
  }

  private func pixels(_ mask: [UInt8], _ kind: StreetClass, id: Int) -> Int {
    stride(from: 0, to: mask.count, by: 3).filter {
      mask[$0] == kind.rawValue && Int(mask[$0 + 1]) + 256 * Int(mask[$0 + 2]) == id
    }.count
  }

  @Test("the mask has each thing's pixels exactly", arguments: [32, 64, 128])
  func masks(side: Int) {
    var street = street()
    street.things = [
      .vehicle(2, .white, speed: 0, x: 16, y: 10),
      // Half of it is above the screen.
      .vehicle(300, .blue, speed: 0, x: 40, y: -7),
      StreetThing(
        id: 4, kind: .deer(fromLeft: true), box: StreetBox(x: 0, y: 50, width: 8, height: 6)),
    ]
    let mask = street.frame(side: side).mask
    let scale = side * side / (32 * 32)
    #expect(pixels(mask, .car, id: 1) == 28 * scale)
    #expect(pixels(mask, .vehicle, id: 2) == 28 * scale)
    #expect(pixels(mask, .deer, id: 4) == 12 * scale)
    // Seven rows of units are three and a half of pixels at 32.
    #expect(pixels(mask, .vehicle, id: 300) == [32: 3 * 4, 64: 7 * 8, 128: 14 * 16][side])
  }

  @Test("what is before hides what is behind")
  func hides() {
    var street = street()
    street.things = [.vehicle(2, .white, speed: 0, x: 32, y: 50)]
    // The car is in rows 44 to 58 and columns 28 to 36: 4 x 8 units of the other are hidden.
    let mask = street.frame(side: 64).mask
    #expect(pixels(mask, .car, id: 1) == 112)
    #expect(pixels(mask, .vehicle, id: 2) == 112 - 32)
  }

  @Test("the colours of the day are those of the things, and the lines move with the car")
  func colors() {
    var street = street()
    let frame = street.frame(side: 64).pixels
    func color(_ frame: [UInt8], _ x: Int, _ y: Int) -> [UInt8] {
      Array(frame[3 * (64 * y + x)..<3 * (64 * y + x) + 3])
    }
    #expect(color(frame, 28, 44) == [214, 36, 36] && color(frame, 30, 48) == [40, 52, 70])
    #expect(color(frame, 25, 0) == [226, 226, 214] && color(frame, 25, 8) == [92, 92, 98])
    #expect(color(frame, 14, 0) == [92, 92, 98])
    street.step(.stay)
    let next = street.frame(side: 64).pixels
    #expect(color(next, 25, 3) == [92, 92, 98] && color(next, 25, 4) == [226, 226, 214])
    #expect(color(next, 28, 44) == [214, 36, 36])
  }

  @Test("weather changes the frame and leaves the mask", arguments: StreetWeather.allCases)
  func weather(weather: StreetWeather) {
    let (day, other) = (street(.day).frame(side: 32), street(weather).frame(side: 32))
    #expect(day.mask == other.mask)
    #expect((day.pixels == other.pixels) == (weather == .day))
  }

  @Test("headlights reach what is before the car, and nothing behind")
  func headlights() {
    let (day, night) = (street(.day).frame(side: 64).pixels, street(.night).frame(side: 64).pixels)
    func red(_ frame: [UInt8], _ x: Int, _ y: Int) -> Int { Int(frame[3 * (64 * y + x)]) }
    #expect(red(night, 32, 40) == red(day, 32, 40) * 14 / 16)
    #expect(red(night, 32, 62) == red(day, 32, 62) * 5 / 16)
    #expect(red(night, 32, 4) == red(day, 32, 4) * 5 / 16)
  }

  @Test("trees stand where they are while the car passes, and keep their numbers")
  func trees() {
    var street = street()
    func rows() -> [Int: Int] {
      let mask = street.frame(side: 64).mask
      var rows: [Int: Int] = [:]
      for place in stride(from: 0, to: mask.count, by: 3)
      where mask[place] == StreetClass.tree.rawValue {
        let id = Int(mask[place + 1]) + 256 * Int(mask[place + 2])
        rows[id] = max(rows[id] ?? 0, place / 3 / 64)
      }
      return rows
    }
    let before = rows()
    street.step(.stay)
    let after = rows()
    let both = before.keys.filter { (before[$0] ?? 63) < 59 }
    #expect(both.count > 2 && both.allSatisfy { $0 >= 1024 })
    for id in both { #expect(after[id] == before[id].map { $0 + 4 }, "tree \(id)") }
  }
}

@Suite("a drive")
struct StreetEpisodeTests {
  private func plan(_ weather: StreetWeather = .day, crossing: Int? = nil) -> StreetEpisode.Plan {
    StreetEpisode.Plan(
      seed: 11, weather: weather, crossing: crossing, style: .wandering, driverSeed: 5)
  }

  @Test("a drive has a mask for each frame, and an action between every two")
  func parts() throws {
    let drive = try StreetEpisode(plan(crossing: 4), frames: 40, side: 32)
    #expect(drive.frames.count == 40 && drive.masks.count == 40 && drive.actions.count == 39)
    #expect(drive.frames.width == 32 && drive.frames.frameRate.value == 10)
    let car = try #require(drive.objects.first)
    #expect(car == StreetEpisode.Object(id: 1, name: "car", first: 0, last: 39))
    let crossing = try #require(drive.events.first { $0.kind == .crossing })
    let deer = try #require(drive.objects.first { $0.name == "deer" })
    #expect(deer.id == crossing.object && deer.first == crossing.frame)
  }

  @Test("the caption says what happens")
  func captions() throws {
    let drive = try StreetEpisode(plan(.snow, crossing: 4), frames: 40, side: 32)
    var words = ["a red car drives along a street in the snow"]
    let passed = drive.events.filter { $0.kind == .passing }.count
    if passed > 0 { words.append("it passes \(passed) other car\(passed > 1 ? "s" : "")") }
    #expect(drive.caption.hasPrefix(words.joined(separator: ", ")))
    #expect(drive.caption.contains(", a deer crosses the street"))
    let alone = try StreetEpisode(plan(.night), frames: 1, side: 32)
    #expect(alone.caption == "a red car drives along a street at night" && alone.actions.isEmpty)
  }

  @Test("a drive is the same on every machine")
  func isPinned() throws {
    let hashes = try StreetWeather.allCases.map {
      try StreetEpisode(plan($0, crossing: 6), frames: 50, side: 32).contentHash.prefix(16)
    }
    #expect(
      hashes == ["d8e3239584b364bb", "db13ff013a3eae40", "50e9dc235569bee3", "15f3b45a5b54d230"])
  }
}
