extension ContactSheet {
  /// Composes a table: the sheet with a heading above each column and one before each row.
  ///
  /// - Parameters:
  ///   - cells: The pictures, row by row.
  ///   - columnHeadings: What stands above the columns; as many as there are, or none.
  ///   - rowHeadings: What stands before the rows; as many as there are, or none.
  /// - Returns: An RGB picture.
  /// - Throws: `ImageError`, for example if the sheet would be too large.
  public func callAsFunction(
    _ cells: [Cell], columnHeadings: [String], rowHeadings: [String]
  ) throws(ImageError) -> Image {
    let sheet = try self(cells)
    let rows = max(1, (cells.count + columns - 1) / columns)
    let above = try headings(columnHeadings, width: side)
    let before = try headings(rowHeadings, width: side / 2)
    let left = before.isEmpty ? 0 : gap + (before.compactMap { $0?.width }.max() ?? 0)
    let top = above.isEmpty ? 0 : gap + (above.compactMap { $0?.height }.max() ?? 0)
    let (width, height) = (left + sheet.width, top + sheet.height)
    guard width <= Image.longestSide, height <= Image.longestSide,
      width * height <= Image.pixelLimit
    else { throw .size(width: width, height: height) }
    var table = Image(width: width, height: height, color: .white)
    table.draw(sheet, x: left, y: top)
    let (across, down) = (side + gap, (sheet.height - gap) / rows)
    for (column, text) in above.enumerated() {
      guard let text else { continue }
      let x = left + gap + column * across + (side - text.width) / 2
      table.draw(text, x: x, y: top - text.height)
    }
    for (row, text) in before.enumerated() {
      guard let text else { continue }
      table.draw(text, x: left - text.width, y: top + gap + row * down + (side - text.height) / 2)
    }
    return table
  }

  /// The ink of texts, which break at a width; nothing for one without letters.
  private func headings(_ texts: [String], width: Int) throws(ImageError) -> [Image?] {
    var headings: [Image?] = []
    for text in texts {
      let isBlank = text.allSatisfy(\.isWhitespace)
      headings.append(
        isBlank ? nil : try Image.rendering(text, pointSize: pointSize, width: width))
    }
    return headings
  }
}
