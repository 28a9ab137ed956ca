internal import Foundation

/// What an animated PNG says beside its frames: PNG (third edition, W3C) section 11.3.6.
enum AnimatedPNG {
  /// The rate, if every frame is shown as long as the others.
  ///
  /// - Parameters:
  ///   - chunks: All chunks of a file.
  ///   - count: The number of its frames.
  /// - Returns: The rate; none if it varies or the file does not say.
  static func frameRate(_ chunks: [PNGChunk], count: Int) -> FrameRate? {
    let delays = chunks.filter { $0.type == "fcTL" && $0.data.count == 26 }.map {
      [number($0.data[20..<22]), number($0.data[22..<24])]
    }
    guard let first = delays.first, delays.count == count, delays.allSatisfy({ $0 == first })
    else { return nil }
    // A denominator of 0 stands for 100.
    let rate = Result { () throws(ClipError) in
      try FrameRate(first[1] == 0 ? 100 : first[1], over: first[0])
    }
    guard case .success(let found) = rate else { return nil }
    return found
  }

  /// A file of one frame as an animated one, which FFmpeg writes as a picture.
  ///
  /// - Parameters:
  ///   - chunks: All chunks of a file.
  ///   - clip: The clip.
  /// - Returns: The chunks with those of an animation, if they were not there.
  /// - Throws: `PNGError` for a chunk that is too long.
  static func animated(_ chunks: [PNGChunk], _ clip: Clip) throws(PNGError) -> [PNGChunk] {
    guard let start = chunks.firstIndex(where: { $0.type == "IDAT" }),
      !chunks.contains(where: { $0.type == "acTL" })
    else { return chunks }
    // One frame, without end.
    let animation = try PNGChunk(type: "acTL", data: bigEndian(1, 4) + bigEndian(0, 4))
    let sizes = [0, clip.width, clip.height, 0, 0].flatMap { bigEndian($0, 4) }
    let delay = bigEndian(clip.frameRate.denominator, 2) + bigEndian(clip.frameRate.numerator, 2)
    let frame = try PNGChunk(type: "fcTL", data: sizes + delay + [0, 0])
    return chunks[..<start] + [animation, frame] + chunks[start...]
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.reduce(0) { $0 << 8 | Int($1) }
  }

  private static func bigEndian(_ number: Int, _ bytes: Int) -> [UInt8] {
    (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }
}
