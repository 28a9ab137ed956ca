extension Street {
  /// Draws the weather over a frame; the mask stays as it is.
  func light(_ canvas: inout StreetCanvas) {
    switch weather {
    case .day: break
    case .night:
      canvas.recolor { shade, _, x, y in
        let share = isLit(x, y) ? 14 : 5
        return (shade.red * share / 16, shade.green * share / 16, shade.blue * share / 16 + 10)
      }
      drawRearLights(on: &canvas)
    case .rain:
      canvas.recolor { shade, _, _, _ in
        let grey = (shade.red + shade.green + shade.blue) / 3
        return (
          (shade.red + grey) * 3 / 8, (shade.green + grey) * 3 / 8,
          (shade.blue + grey) * 3 / 8 + 18
        )
      }
      drawDrops(12, height: 4, (150, 166, 196), on: &canvas)
    case .snow:
      canvas.recolor { shade, kind, _, _ in
        let share = Self.snow[kind] ?? 0
        func mixed(_ number: Int) -> Int { (number * (4 - share) + 236 * share) / 4 }
        return (mixed(shade.red), mixed(shade.green), mixed(shade.blue))
      }
      drawDrops(14, height: 2, (255, 255, 255), on: &canvas)
    }
  }

  /// How much of a thing the snow covers, in quarters.
  private static let snow: [StreetClass: Int] = [.meadow: 3, .road: 1, .line: 1, .tree: 2]

  /// Whether the car's headlights reach a place.
  private func isLit(_ x: Int, _ y: Int) -> Bool {
    let ahead = Self.carRow - y
    let aside = abs(2 * x + 1 - (2 * column + StreetThing.carSize.width))
    return (1...32).contains(ahead) && aside <= 8 + ahead / 2
  }

  private func drawRearLights(on canvas: inout StreetCanvas) {
    for thing in things {
      guard case .vehicle = thing.kind else { continue }
      for x in [thing.box.x, thing.box.x + thing.box.width - 2] {
        let light = StreetBox(x: x, y: thing.box.y + thing.box.height - 2, width: 2, height: 2)
        canvas.fill(light, (255, 48, 40), nil)
      }
    }
  }

  /// Drops or flakes at places that are random in each frame.
  private func drawDrops(
    _ count: Int, height: Int, _ shade: StreetCanvas.Shade, on canvas: inout StreetCanvas
  ) {
    var random = WorldRandom(seed, part: 1 << 32 + UInt64(time))
    for _ in 0..<count {
      let (x, y) = (2 * random.below(Self.size / 2), 2 * random.below(Self.size / 2))
      canvas.fill(StreetBox(x: x, y: y, width: 2, height: height), shade, nil)
    }
  }
}
