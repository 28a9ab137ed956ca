public import Foundation
internal import Modalities

/// Finds the edges in a picture, for a ControlNet that goes by them.
///
/// ```swift
/// let edges = FindEdges(picture: "bridge.jpg", size: PictureSize(width: 768, height: 512))
/// try edges(writing: URL(filePath: "edges.png"))
/// ```
///
/// Canny 1986, as OpenCV 5 has it: `Image.edges(low:high:)` of the library Modalities.
public struct FindEdges: Sendable, Hashable {
  /// The path of the picture.
  public var picture: String
  /// The size that it is brought to before, by Lanczos' kernel; its own if not given.
  public var size: PictureSize?
  /// The least change of an edge that goes on from another, 0 … 2,040.
  public var low: Int
  /// The least change of an edge that begins, `low` … 2,040.
  public var high: Int

  /// Names a picture; the thresholds are those that ControlNets were trained with.
  public init(picture: String, size: PictureSize? = nil, low: Int = 100, high: Int = 200) {
    self.picture = picture
    self.size = size
    self.low = low
    self.high = high
  }

  /// Finds the edges and writes them, white on black.
  ///
  /// - Parameters:
  ///   - file: A PNG file.
  ///   - replaces: Whether a file that is there is replaced.
  /// - Throws: ``GenerateError`` for a threshold outside its range, ``OutputError`` for a file that
  ///   is there, or what reading or writing throws.
  public func callAsFunction(writing file: URL, replacing replaces: Bool = false) throws {
    try GenerateError.check("high", high, in: 0...2040)
    try GenerateError.check("low", low, in: 0...high)
    try size?.validate()
    try OutputPattern.check([file], replacing: replaces)
    var image = try Image(contentsOf: URL(filePath: picture)).flattened()
    if let size { image = try image.resized(width: size.width, height: size.height) }
    try image.edges(low: low, high: high).save(to: file)
  }
}
