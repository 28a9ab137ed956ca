/// Many pictures in one, in rows, each with a label below it if it has one.
public struct ContactSheet: Sendable {
  /// A picture of the sheet.
  public struct Cell: Sendable {
    /// The picture.
    public let image: Image
    /// What stands below it.
    public let label: String?

    /// Makes a cell.
    /// - Parameters:
    ///   - image: The picture.
    ///   - label: What stands below it.
    public init(_ image: Image, label: String? = nil) {
      self.image = image
      self.label = label
    }
  }

  /// Pictures in a row, at least 1.
  public let columns: Int
  /// The longer side of a picture on the sheet, in pixels, at least 1.
  public let side: Int
  /// Pixels between pictures and around the sheet, at least 0.
  public let gap: Int
  /// The height of the labels' letters, in pixels.
  public let pointSize: Int

  /// Describes a sheet.
  /// - Parameters:
  ///   - columns: Pictures in a row, at least 1.
  ///   - side: The longer side of a picture on the sheet, in pixels, at least 1.
  ///   - gap: Pixels between pictures and around the sheet, at least 0.
  ///   - pointSize: The height of the labels' letters, in pixels.
  public init(columns: Int, side: Int, gap: Int = 4, pointSize: Int = 9) {
    precondition(columns > 0 && side > 0 && gap >= 0 && pointSize > 0, "a sheet has a size")
    self.columns = columns
    self.side = side
    self.gap = gap
    self.pointSize = pointSize
  }

  /// Composes the sheet on white.
  ///
  /// Pictures keep their proportions and are scaled to fit; labels are cut off after three lines.
  /// - Parameter cells: The pictures, row by row. Without any, the sheet is an empty row.
  /// - Returns: An RGB picture.
  /// - Throws: `ImageError`, for example if the sheet would be too large.
  public func callAsFunction(_ cells: [Cell]) throws(ImageError) -> Image {
    let labelled = cells.contains { $0.label != nil }
    let labelHeight = labelled ? 3 * (pointSize + pointSize / 2) + 2 : 0
    let rows = max(1, (cells.count + columns - 1) / columns)
    let width = columns * (side + gap) + gap
    let height = rows * (side + labelHeight + gap) + gap
    guard width <= Image.longestSide, height <= Image.longestSide,
      width * height <= Image.pixelLimit
    else { throw .size(width: width, height: height) }
    var sheet = Image(width: width, height: height, color: .white)
    for (index, cell) in cells.enumerated() {
      let x = gap + index % columns * (side + gap)
      let y = gap + index / columns * (side + labelHeight + gap)
      let picture = try fitted(cell.image)
      sheet.draw(picture, x: x + (side - picture.width) / 2, y: y + (side - picture.height) / 2)
      if let label = try text(cell.label, height: labelHeight) {
        sheet.draw(label, x: x + (side - label.width) / 2, y: y + side + 2)
      }
    }
    return sheet
  }

  private func fitted(_ image: Image) throws(ImageError) -> Image {
    let scale = Double(side) / Double(max(image.width, image.height))
    let width = max(1, Int((Double(image.width) * scale).rounded()))
    let height = max(1, Int((Double(image.height) * scale).rounded()))
    return try image.flattened().resized(width: width, height: height)
  }

  /// The label's ink, cut to the cell; nothing for a label without letters.
  private func text(_ label: String?, height: Int) throws(ImageError) -> Image? {
    guard let label, label.contains(where: { !$0.isWhitespace }) else { return nil }
    let ink = try Image.rendering(label, pointSize: pointSize, width: side)
    // A line that does not fit whole is left out: the last row is one without ink.
    let rows = ink.height <= height - 2 ? ink.height : ink.lastBlankRow(above: height - 2)
    guard rows > 0 else { return nil }
    var cut = Image(width: min(ink.width, side), height: rows, color: .white)
    cut.draw(ink, x: 0, y: 0)
    return cut
  }
}

extension Image {
  /// The number of rows down to the last white one above a row; 0 if there is none.
  fileprivate func lastBlankRow(above limit: Int) -> Int {
    let length = width * channels.rawValue
    return (1...limit).last { row in
      pixels[(row - 1) * length..<row * length].allSatisfy { $0 == 255 }
    } ?? 0
  }
}
