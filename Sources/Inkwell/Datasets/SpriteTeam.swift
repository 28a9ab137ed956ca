internal import Modalities

/// A side of a game, whose colour its units wear in the place of the magenta that they are drawn in.
public enum SpriteTeam: String, Codable, Sendable, CaseIterable {
  case red, blue, green, purple, orange

  /// The colour of the magenta's middle shade, of the lightest and of the darkest.
  ///
  /// As `team-colors.cfg` of Wesnoth 1.16 has them.
  private var range: (middle: [Int], lightest: [Int], darkest: [Int]) {
    let white = [0xFF, 0xFF, 0xFF]
    return switch self {
    case .red: ([0xFF, 0x00, 0x00], white, [0, 0, 0])
    case .blue: ([0x2E, 0x41, 0x9B], white, [0x0F, 0x0F, 0x0F])
    case .green: ([0x62, 0xB6, 0x64], white, [0, 0, 0])
    case .purple: ([0x93, 0x00, 0x9D], white, [0, 0, 0])
    case .orange: ([0xFF, 0x7E, 0x00], white, [0x0F, 0x0F, 0x0F])
    }
  }

  /// The shades of magenta that stand for the team's colour; the first is the middle one.
  private static let magenta = [
    0xF49AC1, 0x3F0016, 0x55002A, 0x690039, 0x7B0045, 0x8C0051, 0x9E005D, 0xB10069, 0xC30074,
    0xD6007F, 0xEC008C, 0xEE3D96, 0xEF5BA1, 0xF172AC, 0xF287B6, 0xF4A7C6, 0xF6B0CA, 0xF8C7D8,
    0xFAD7E4,
  ]

  /// The team's shade for each of magenta, by its `0xRRGGBB`.
  ///
  /// Shades darker than the middle one lie between the darkest and the middle colour by how bright
  /// they are, lighter ones between that and the lightest.
  var shades: [Int: [UInt8]] {
    let (middle, lightest, darkest) = range
    func brightness(_ color: Int) -> Double {
      Double((color >> 16) + (color >> 8 & 0xFF) + (color & 0xFF)) / 3
    }
    let reference = brightness(Self.magenta[0])
    return Dictionary(
      uniqueKeysWithValues: Self.magenta.map { shade in
        let own = brightness(shade)
        let isDark = own <= reference
        let share = isDark ? own / reference : (255 - own) / (255 - reference)
        let colors = zip(middle, isDark ? darkest : lightest).map {
          UInt8(share * Double($0) + (1 - share) * Double($1))
        }
        return (shade, colors)
      })
  }
}

extension Image {
  /// The picture with other colours in the place of some, and whether it had any of them.
  ///
  /// - Parameter colors: The new colours by the old ones' `0xRRGGBB`.
  /// - Returns: The picture, with an alpha, and whether a visible pixel has changed.
  /// - Throws: `ImageError`.
  func recolored(_ colors: [Int: [UInt8]]) throws -> (image: Image, changed: Bool) {
    guard channels == .rgba else { return (self, false) }
    var (pixels, changed) = (pixels, false)
    for start in stride(from: 0, to: pixels.count, by: 4) {
      let color = Int(pixels[start]) << 16 | Int(pixels[start + 1]) << 8 | Int(pixels[start + 2])
      guard pixels[start + 3] > 0, let new = colors[color] else { continue }
      for channel in 0..<3 { pixels[start + channel] = new[channel] }
      changed = true
    }
    return (try Image(width: width, height: height, channels: .rgba, pixels: pixels), changed)
  }
}
