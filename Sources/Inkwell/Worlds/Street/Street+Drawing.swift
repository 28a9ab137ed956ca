internal import Training

extension Street {
  /// The sides in pixels that frames can have: a unit is half a pixel, or one or more.
  public static let sides = [32, 64, 128, 256]

  /// The frame that the street shows now, and its mask.
  ///
  /// - Parameter side: The width and height in pixels, one of ``sides``.
  /// - Returns: The pixels of both, red, green and blue each, in rows from the top. The mask's red
  ///   is a ``StreetClass``, and `256 · blue + green` the number of the thing: 0 for what is none,
  ///   1 for the car that is driven, from 2 for what moves, from 1024 for trees.
  public func frame(side: Int) -> (pixels: [UInt8], mask: [UInt8]) {
    precondition(Self.sides.contains(side), "a side of \(side)")
    var canvas = StreetCanvas(side: side)
    drawRoad(on: &canvas)
    drawTrees(on: &canvas)
    for thing in things { draw(thing, on: &canvas) }
    drawCar(on: &canvas)
    light(&canvas)
    return (canvas.pixels, canvas.mask)
  }

  private func drawRoad(on canvas: inout StreetCanvas) {
    let all = StreetBox(x: 0, y: 0, width: Self.size, height: Self.size)
    canvas.fill(all, (86, 150, 62), .meadow)
    let width = Self.road.count
    canvas.fill(
      StreetBox(x: Self.road.lowerBound, y: 0, width: width, height: Self.size), (92, 92, 98), .road
    )
    for line in 1..<Self.lanes.count {
      let x = Self.road.lowerBound + line * width / Self.lanes.count - 1
      for y in stride(from: distance % 16 - 16, to: Self.size, by: 16) {
        canvas.fill(StreetBox(x: x, y: y, width: 2, height: 8), (226, 226, 214), .line)
      }
    }
  }

  /// A tree or none on each side of every stretch of 16 units, by the seed alone.
  private func drawTrees(on canvas: inout StreetCanvas) {
    // Stretch k reaches from 16 · k units before the start to 16 more.
    for stretch in distance / 16 - 1..<(distance + Self.size) / 16 + 1 {
      let y = Self.size - 16 * (stretch + 1) + distance
      let draw = mixed(seed ^ mixed(UInt64(bitPattern: Int64(stretch))))
      for side in 0..<2 {
        let bits = Int(draw >> UInt64(16 * side) & 0xFFFF)
        guard bits & 3 != 0 else { continue }
        let x = (side == 0 ? 0 : Self.road.upperBound) + (bits >> 2 & 3)
        // Numbers go round after 64,512 trees.
        let id = 1024 + (2 * (stretch + 1) + side) % 64_512
        drawTree(x: x + 1, y: y + 2 * (bits >> 4 & 3), isBush: bits >> 6 & 3 == 0, id, &canvas)
      }
    }
  }

  private func drawTree(
    x: Int, y: Int, isBush: Bool, _ id: Int, _ canvas: inout StreetCanvas
  ) {
    let shade = isBush ? (122, 104, 40) : (28, 92, 40)
    canvas.fill(StreetBox(x: x + 2, y: y, width: 4, height: 8), shade, .tree, id: id)
    canvas.fill(StreetBox(x: x, y: y + 2, width: 8, height: 4), shade, .tree, id: id)
    let middle = isBush ? (150, 130, 56) : (46, 120, 54)
    canvas.fill(StreetBox(x: x + 2, y: y + 2, width: 4, height: 4), middle, .tree, id: id)
  }

  private func draw(_ thing: StreetThing, on canvas: inout StreetCanvas) {
    switch thing.kind {
    case .vehicle(let paint, _):
      drawVehicle(thing.box, paint.shade, .vehicle, thing.id, on: &canvas)
    case .deer(let fromLeft):
      let box = thing.box
      let body = (150, 92, 44)
      canvas.fill(box, body, .deer, id: thing.id)
      let head = box.x + (fromLeft ? box.width - 2 : 0)
      canvas.fill(
        StreetBox(x: head, y: box.y, width: 2, height: 2), (236, 214, 176), .deer, id: thing.id)
    }
  }

  private func drawCar(on canvas: inout StreetCanvas) {
    // It blinks as long as it stands after it has hit something.
    let isBlinking = pauseLeft % 2 == 1
    let isBright = pauseLeft > 0 && pauseLeft % 2 == 0
    let shade = isBright ? (255, 240, 90) : isBlinking ? (255, 150, 40) : (214, 36, 36)
    drawVehicle(car, shade, .car, 1, on: &canvas)
  }

  private func drawVehicle(
    _ box: StreetBox, _ shade: StreetCanvas.Shade, _ kind: StreetClass, _ id: Int,
    on canvas: inout StreetCanvas
  ) {
    canvas.fill(box, shade, kind, id: id)
    for (y, height) in [(4, 2), (10, 2)] {
      canvas.fill(
        StreetBox(x: box.x + 2, y: box.y + y, width: 4, height: height), (40, 52, 70), kind, id: id)
    }
  }
}

extension StreetPaint {
  fileprivate var shade: StreetCanvas.Shade {
    switch self {
    case .blue: (44, 84, 208)
    case .white: (236, 236, 240)
    case .yellow: (232, 190, 36)
    }
  }
}
