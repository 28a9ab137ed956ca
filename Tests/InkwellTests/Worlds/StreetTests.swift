import Testing

@testable import Inkwell

/// The street's physics by exact answers.
@Suite("a street")
struct StreetTests {
  private func empty() -> Street {
    Street(seed: 1, weather: .day, hasTraffic: false)
  }

  private func vehicle(_ id: Int = 2, speed: Int, x: Int = 28, y: Int) -> StreetThing {
    .vehicle(id, .blue, speed: speed, x: x, y: y)
  }

  @Test("a car drives as far as its speed tells, which is even and from 0 to 6")
  func drives() {
    var street = empty()
    var distances: [Int] = []
    let actions: [StreetAction] =
      [.stay, .stay, .faster, .faster, .slower, .slower, .slower, .slower, .stay, .faster]
    for action in actions {
      #expect(street.step(action).isEmpty)
      distances.append(street.distance)
    }
    #expect(distances == [4, 8, 14, 20, 24, 26, 26, 26, 26, 28])
    #expect(street.time == 10 && street.column == 28 && street.speed == 2)
  }

  @Test("steering moves by two units up to the edges of the road, and not while the car stands")
  func steers() {
    var street = empty()
    for _ in 0..<20 { street.step(.left) }
    #expect(street.column == 14)
    for number in 1...20 {
      street.step(.right)
      #expect(street.column == min(14 + 2 * number, 42))
    }
    street.step(.slower)
    street.step(.slower)
    street.step(.left)
    #expect(street.speed == 0 && street.column == 42)
  }

  @Test(
    "a car before is hit when the gap is used up, and the car stands for six frames",
    arguments: [(0, 4), (2, 8)])
  func collides(speed: Int, frame: Int) {
    var street = empty()
    // The gap is 16 units; it is made up by 4 - speed in a frame, and hit when it is below 0.
    street.things = [vehicle(speed: speed, y: 44 - 14 - 16)]
    for number in 1...frame {
      #expect(street.step(.stay).isEmpty, "frame \(number)")
    }
    let hit = street.step(.stay)
    #expect(
      hit == [StreetEvent(frame: frame + 1, kind: .collision, object: 2, name: "blue car")])
    #expect(street.speed == 0 && street.things.isEmpty)
    let distance = street.distance
    for left in (0..<6).reversed() {
      street.step(.faster)
      #expect(street.speed == 0 && street.pauseLeft == left)
    }
    street.step(.faster)
    #expect(street.speed == 2 && street.distance == distance + 2)
  }

  @Test("a slower car is passed when it is behind, and waits behind a car that stands")
  func passes() {
    var street = empty()
    street.things = [vehicle(speed: 2, x: 40, y: 50)]
    // It falls back by 2 units a frame, and is behind from row 58 on.
    for _ in 1...3 { #expect(street.step(.stay).isEmpty) }
    #expect(
      street.step(.stay)
        == [StreetEvent(frame: 4, kind: .passing, object: 2, name: "blue car")])
    #expect(street.step(.stay).isEmpty)

    var standing = empty()
    standing.step(.slower)
    standing.step(.slower)
    standing.things = [vehicle(speed: 2, y: 62), vehicle(3, speed: 0, x: 16, y: 30)]
    let rows = (0..<4).map { _ in
      standing.step(.stay)
      return standing.things[0].box.y
    }
    // Row 58 touches the car that stands at 44 to 58, and is as far as it gets.
    #expect(rows == [60, 58, 58, 58] && standing.things[1].box.y == 30)
  }

  @Test("a car waits behind another of its lane that stands")
  func waits() {
    var street = empty()
    street.step(.slower)
    street.step(.slower)
    street.things = [vehicle(speed: 2, x: 16, y: 20), vehicle(3, speed: 0, x: 16, y: 4)]
    let rows = (0..<3).map { _ in
      street.step(.stay)
      return street.things[0].box.y
    }
    #expect(rows == [18, 18, 18])
  }

  @Test("a deer comes when it is time and the car drives, and runs two units a frame")
  func crosses() throws {
    var street = Street(seed: 4, weather: .day, crossing: 3, hasTraffic: false)
    street.step(.slower)
    street.step(.slower)
    for _ in 3...5 { #expect(street.step(.stay).isEmpty) }
    let events = street.step(.faster)
    #expect(events == [StreetEvent(frame: 6, kind: .crossing, object: 2, name: "deer")])
    let deer = try #require(street.things.first)
    guard case .deer(let fromLeft) = deer.kind else {
      Issue.record("\(deer) is no deer")
      return
    }
    #expect(deer.box.x == (fromLeft ? 6 : 50) && deer.box.y == -4)
    street.step(.stay)
    #expect(street.things[0].box.x == (fromLeft ? 8 : 48) && street.things[0].box.y == -2)
    #expect(street.crossing == nil)
  }

  @Test("a deer that runs into the car's side is hit")
  func deerIsHit() {
    var street = empty()
    street.step(.slower)
    street.step(.slower)
    // Its head is at 22 and the car's side at 28: three frames to touch, one more to hit.
    street.things = [
      StreetThing(
        id: 2, kind: .deer(fromLeft: true), box: StreetBox(x: 14, y: 46, width: 8, height: 6))
    ]
    for _ in 1...3 { #expect(street.step(.stay).isEmpty) }
    #expect(
      street.step(.stay) == [StreetEvent(frame: 6, kind: .collision, object: 2, name: "deer")])
  }

  @Test("traffic leaves a way through: never are all lanes taken by cars that stand side by side")
  func leavesAWay() {
    for seed in 0..<40 as Range<UInt64> {
      var street = Street(seed: seed, weather: .day)
      for _ in 0..<100 {
        street.step(.stay)
        for row in stride(from: 0, to: 64, by: 2) {
          let band = StreetBox(x: 0, y: row, width: 64, height: 2)
          let lanes = Set(street.things.filter { $0.box.overlaps(band) }.map(\.box.x))
          #expect(lanes.count < 3, "seed \(seed), frame \(street.time)")
        }
      }
    }
  }

  @Test("the same seed and actions give the same street, another seed another")
  func isAFunction() {
    func street(_ seed: UInt64) -> Street {
      var street = Street(seed: seed, weather: .rain, crossing: 9)
      for number in 0..<60 { street.step(StreetAction.allCases[number * 7 % 5]) }
      return street
    }
    #expect(street(3) == street(3))
    #expect(street(3).frame(side: 32).pixels == street(3).frame(side: 32).pixels)
    #expect(street(3).frame(side: 32).pixels != street(4).frame(side: 32).pixels)
  }

  @Test("a careful driver hits less than one who takes no notice")
  func drivers() {
    func hits(_ style: StreetDriver.Style) -> Int {
      (0..<40 as Range<UInt64>).reduce(0) { hits, seed in
        var street = Street(seed: seed, weather: .day)
        var driver = StreetDriver(style, WorldRandom(seed, part: 2))
        return (0..<80).reduce(hits) { hits, _ in
          let action = driver.action(on: street)
          return hits + street.step(action).filter { $0.kind == .collision }.count
        }
      }
    }
    #expect(hits(.careful) < hits(.wandering) / 4)
  }
}
