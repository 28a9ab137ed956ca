internal import CFFmpeg
internal import CVips
internal import Files
public import Foundation

extension Clip {
  /// The bytes of a clip's file, the same for the same clip and version of the libraries.
  /// - Parameters:
  ///   - format: The file's format.
  ///   - comment: A text to keep inside, such as the request that made the clip.
  /// - Returns: The whole file.
  /// - Throws: `ClipError.unwritable` for a size, rate or comment that the format cannot hold,
  ///   `.library`, or an `ImageError`.
  public func encoded(as format: ClipFormat, comment: String? = nil) throws -> Data {
    try format.check(self)
    if let comment, comment.utf8.count > 1 << 20 || comment.unicodeScalars.contains("\0") {
      throw ClipError.unwritable(
        format: "a file", expected: "a comment of up to 1048576 bytes without U+0000",
        found: "\(comment.utf8.count) bytes")
    }
    switch format {
    case .mp4(let quality):
      return try encoded(CFFMPEG_MP4, quality: quality, comment: comment)
    case .webm(let quality):
      return try encoded(CFFMPEG_WEBM, quality: quality, comment: comment)
    case .gif: return try gif(comment: comment)
    case .apng: return try apng(comment: comment)
    }
  }

  /// Writes the clip to a file that is whole or not there.
  /// - Parameters:
  ///   - url: The file. What was there is replaced.
  ///   - format: The format; without one, the file name's extension decides.
  ///   - comment: A text to keep inside, such as the request that made the clip.
  /// - Throws: As `encoded(as:comment:)`, or a `FileError`.
  public func save(to url: URL, as format: ClipFormat? = nil, comment: String? = nil) throws {
    let format = try format ?? ClipFormat(fileName: url.lastPathComponent)
    try AtomicFile.write(encoded(as: format, comment: comment), to: url)
  }

  private func encoded(
    _ format: CFFmpegFormat, quality: Int, comment: String?
  ) throws(ClipError) -> Data {
    var bytes: UnsafeMutablePointer<UInt8>?
    var length = 0
    var message: UnsafeMutablePointer<CChar>?
    var text = Array((comment ?? "").utf8CString)
    let status = pixels.withUnsafeBufferPointer { pixels in
      text.withUnsafeMutableBufferPointer { text in
        var frames = CFFmpegFrames()
        // The writer only reads them.
        frames.pixels = UnsafeMutablePointer(mutating: pixels.baseAddress)
        frames.count = Int64(count)
        frames.width = Int32(width)
        frames.height = Int32(height)
        frames.rate_numerator = Int32(frameRate.numerator)
        frames.rate_denominator = Int32(frameRate.denominator)
        frames.comment = comment == nil ? nil : text.baseAddress
        return cffmpeg_write(
          CInt(format.rawValue), &frames, CInt(quality), &bytes, &length, &message)
      }
    }
    try FFmpeg.check(status, message, source: "encoding")
    defer { cffmpeg_free(bytes) }
    return Data(UnsafeBufferPointer(start: bytes, count: length))
  }

  private func apng(comment: String?) throws -> Data {
    let file = try encoded(CFFMPEG_APNG, quality: 0, comment: nil)
    var animated = Data(PNGChunk.signature)
    for chunk in try AnimatedPNG.animated(try PNGChunk.read(file), self) {
      animated.append(contentsOf: chunk.encoded)
    }
    guard let comment else { return animated }
    return try PNGText.embed(
      [PNGText(keyword: PNGText.clipKeyword, text: comment)], in: animated)
  }

  private func gif(comment: String?) throws -> Data {
    // Each frame ends at the tick that is nearest to its time.
    let ends = (0...count).map { (100 * Double($0) / frameRate.value).rounded() }
    var delays = zip(ends.dropFirst(), ends).map { Int32(10 * ($0 - $1)) }
    let tall = Image(checked: pixels, width: width, height: height * count, channels: .rgb)
    var bytes: UnsafeMutablePointer<UInt8>?
    var length = 0
    var message: UnsafeMutablePointer<CChar>?
    let status = Vips.lend(tall) {
      cvips_encode_gif(
        $0, Int32(height), &delays, Int32(count), &bytes, &length, &message)
    }
    try Vips.check(status, message, source: "encoding")
    defer { cvips_free(bytes) }
    let file = Data(UnsafeBufferPointer(start: bytes, count: length))
    guard let comment else { return file }
    let (header, blocks) = try GIFBlock.read(file, source: "encoding")
    var commented = header + GIFBlock.comment(comment)
    for block in blocks { commented += block.bytes }
    // The end.
    commented.append(0x3B)
    return Data(commented)
  }
}
