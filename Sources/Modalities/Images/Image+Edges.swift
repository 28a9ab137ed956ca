extension Image {
  /// The edges of the picture in white on black, as ControlNets for edges go by.
  ///
  /// Canny 1986, https://doi.org/10.1109/TPAMI.1986.4767851, without its smoothing: places where
  /// the colour changes most along the direction of change, those above `high`, and those above
  /// `low` that are connected to them. Equal to OpenCV's `Canny` with its standard of 3 × 3 Sobel
  /// filters and the sum of both derivatives' sizes; of the three colours, the one that changes
  /// most counts.
  ///
  /// - Parameters:
  ///   - low: The least change of an edge that goes on from another, at least 0.
  ///   - high: The least change of an edge that begins, at least `low`.
  /// - Returns: An RGB picture of the same size; transparent parts are taken as white.
  public func edges(low: Int = 100, high: Int = 200) -> Image {
    precondition(0 <= low && low <= high, "thresholds are at least 0, and the first is the lower")
    var thinned = Slopes(self).crests(above: low)
    // From every strong place on, the weak ones next to it.
    var open = thinned.indices.filter { thinned[$0] > high }
    var isEdge = [Bool](repeating: false, count: thinned.count)
    for place in open { isEdge[place] = true }
    while let place = open.popLast() {
      thinned[place] = 0
      for next in neighbors(of: place) where thinned[next] > 0 && !isEdge[next] {
        isEdge[next] = true
        open.append(next)
      }
    }
    let pixels = isEdge.flatMap { [UInt8](repeating: $0 ? 255 : 0, count: 3) }
    return Image(checked: pixels, width: width, height: height, channels: .rgb)
  }

  /// The up to eight places around one.
  private func neighbors(of place: Int) -> [Int] {
    let (x, y) = (place % width, place / width)
    return (max(y - 1, 0)...min(y + 1, height - 1)).flatMap { row in
      (max(x - 1, 0)...min(x + 1, width - 1)).map { row * width + $0 }
    }
  }
}

/// How much a picture's colours change from left to right and from top to bottom.
private struct Slopes {
  let width: Int
  let height: Int
  /// Of the colour that changes most at each place.
  private var right: [Int]
  private var down: [Int]

  /// Sobel's 3 × 3 filters; beyond its edge the picture goes on as it ends.
  init(_ image: Image) {
    let pixels = image.flattened().pixels
    (width, height) = (image.width, image.height)
    right = Array(repeating: 0, count: width * height)
    down = right
    for y in 0..<height {
      let rows = [max(y - 1, 0), y, min(y + 1, height - 1)].map { $0 * width }
      for x in 0..<width {
        let columns = [max(x - 1, 0), x, min(x + 1, width - 1)]
        for channel in 0..<3 {
          func color(_ row: Int, _ column: Int) -> Int {
            Int(pixels[3 * (rows[row] + columns[column]) + channel])
          }
          let (first, last) = (color(0, 0), color(2, 2))
          let (upper, lower) = (color(0, 2), color(2, 0))
          let right = upper + 2 * color(1, 2) + last - first - 2 * color(1, 0) - lower
          let down = lower + 2 * color(2, 1) + last - first - 2 * color(0, 1) - upper
          let place = y * width + x
          if channel == 0 || abs(right) + abs(down) > size(place) {
            (self.right[place], self.down[place]) = (right, down)
          }
        }
      }
    }
  }

  private func size(_ place: Int) -> Int { abs(right[place]) + abs(down[place]) }

  /// The change at each place where it is above a threshold and none along its direction is larger;
  /// 0 elsewhere.
  func crests(above low: Int) -> [Int] {
    (0..<width * height).map { place in
      let own = size(place)
      return own > low && isCrest(place, own) ? own : 0
    }
  }

  /// Of two equal changes one counts: the upper or the left one; along a diagonal neither does.
  private func isCrest(_ place: Int, _ own: Int) -> Bool {
    let (x, y) = (place % width, place / width)
    func near(_ dx: Int, _ dy: Int) -> Int {
      guard 0..<width ~= x + dx, 0..<height ~= y + dy else { return 0 }
      return size((y + dy) * width + x + dx)
    }
    let (right, down) = (right[place], down[place])
    // The tangent of 22.5°, and 2 more for that of 67.5°, as OpenCV rounds them.
    let flat = abs(right) * 13573
    if abs(down) << 15 < flat { return own > near(-1, 0) && own >= near(1, 0) }
    if abs(down) << 15 > flat + abs(right) << 16 { return own > near(0, -1) && own >= near(0, 1) }
    let side = (right < 0) == (down < 0) ? 1 : -1
    return own > near(-side, -1) && own > near(side, 1)
  }
}
