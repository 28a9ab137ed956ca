internal import Foundation
internal import Modalities

/// Draws the animations of units.
struct SpriteDrawing {
  /// The width and height of the clips.
  static let side = 64
  /// What is behind the units.
  static let ground = Color(red: 226, green: 218, blue: 200)
  /// Most pictures show a tenth of a second in the game.
  static let rate = 10
  /// The longest side of what is cut to fit and not scaled.
  private static let longestCut = 72

  /// The folder of the units' pictures.
  let folder: URL

  /// An animation's pictures, all of the clips' size.
  struct Pictures {
    fileprivate let images: [String: Image]
    /// Whether the unit wears its team's colour.
    let showsTeam: Bool

    /// The clip of some of the pictures, looking to the right as they are drawn, or to the left.
    func clip(_ files: [String], mirrored: Bool) throws -> Clip {
      let chosen = files.compactMap { images[$0] }
      let shown = mirrored ? try chosen.map { try $0.mirrored() } : chosen
      return try Clip(shown, frameRate: FrameRate(SpriteDrawing.rate))
    }
  }

  /// Draws the pictures of an animation, so that all of them show the same part of the field.
  ///
  /// What is wider or higher than ``longestCut`` is scaled down by Lanczos' kernel; of the rest,
  /// what is beyond the edges is cut off.
  func pictures(of animation: SpriteAnimation, team: SpriteTeam) throws -> Pictures {
    let files = Set(animation.clips.joined())
    let shades = team.shades
    var (sprites, showsTeam): ([String: Image], Bool) = ([:], false)
    for file in files.sorted() {
      let image = try Image(contentsOf: folder.appending(path: file))
      let (colored, changed) = try image.recolored(shades)
      sprites[file] = colored
      showsTeam = showsTeam || changed
    }
    let frame = Frame(around: Array(sprites.values))
    return Pictures(images: try sprites.mapValues { try frame.cut($0) }, showsTeam: showsTeam)
  }

  /// The square of the field that a clip shows; pictures are laid on it by their centres, as the
  /// game does.
  private struct Frame {
    private let side: Int
    /// From the pictures' centre to the square's.
    private let (dx, dy): (Int, Int)

    /// The square around all that is visible.
    init(around sprites: [Image]) {
      var (left, right, top, bottom) = (Int.max, Int.min, Int.max, Int.min)
      for sprite in sprites {
        guard let box = sprite.visibleBox else { continue }
        left = min(left, box.x.lowerBound - sprite.width / 2)
        right = max(right, box.x.upperBound - sprite.width / 2)
        top = min(top, box.y.lowerBound - sprite.height / 2)
        bottom = max(bottom, box.y.upperBound - sprite.height / 2)
      }
      guard left < right, top < bottom else {
        (side, dx, dy) = (SpriteDrawing.side, 0, 0)
        return
      }
      let longer = max(right - left, bottom - top)
      side = longer <= SpriteDrawing.longestCut ? SpriteDrawing.side : longer
      (dx, dy) = ((left + right) / 2, (top + bottom) / 2)
    }

    func cut(_ sprite: Image) throws -> Image {
      var square = Image(width: side, height: side, color: SpriteDrawing.ground)
      square.draw(
        sprite.flattened(on: SpriteDrawing.ground), x: side / 2 - sprite.width / 2 - dx,
        y: side / 2 - sprite.height / 2 - dy)
      guard side != SpriteDrawing.side else { return square }
      return try square.resized(width: SpriteDrawing.side, height: SpriteDrawing.side)
    }
  }
}

extension Image {
  /// The least columns and rows that hold everything but faint shadows; none if all is transparent.
  fileprivate var visibleBox: (x: Range<Int>, y: Range<Int>)? {
    guard channels == .rgba else { return (0..<width, 0..<height) }
    var (left, right, top, bottom) = (width, -1, height, -1)
    for y in 0..<height {
      for x in 0..<width where pixels[4 * (y * width + x) + 3] > 64 {
        (left, right) = (min(left, x), max(right, x))
        (top, bottom) = (min(top, y), max(bottom, y))
      }
    }
    return right < 0 ? nil : (left..<right + 1, top..<bottom + 1)
  }

  /// The opaque picture with left and right exchanged.
  fileprivate func mirrored() throws -> Image {
    var mirrored: [UInt8] = []
    mirrored.reserveCapacity(pixels.count)
    for y in 0..<height {
      for x in (0..<width).reversed() { mirrored += self[x, y] }
    }
    return try Image(width: width, height: height, channels: channels, pixels: mirrored)
  }
}
