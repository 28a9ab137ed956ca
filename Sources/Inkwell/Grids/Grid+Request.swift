internal import Foundation

extension Grid {
  /// Which pictures stand beside each other.
  public struct Request: Codable, Sendable, Hashable {
    /// What all pictures have in common: one picture of one prompt.
    public let drawing: Generate.Request
    /// What differs from column to column.
    public let columns: Axis?
    /// What differs from row to row.
    public let rows: Axis?

    /// Describes a sheet.
    ///
    /// - Parameters:
    ///   - drawing: What all pictures have in common: one picture of one prompt.
    ///   - columns: What differs from column to column.
    ///   - rows: What differs from row to row; one of both must be given.
    /// - Throws: ``GridError`` for a setting that there is not, or ``GenerateError`` for a value
    ///   that a picture cannot have.
    public init(drawing: Generate.Request, columns: Axis? = nil, rows: Axis? = nil) throws {
      self.drawing = drawing
      self.columns = columns
      self.rows = rows
      try validate()
    }

    /// Reads a request, whose values must be those that ``init(drawing:columns:rows:)`` takes.
    public init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      try self.init(
        drawing: keys.decode(Generate.Request.self, forKey: .drawing),
        columns: keys.decodeIfPresent(Axis.self, forKey: .columns),
        rows: keys.decodeIfPresent(Axis.self, forKey: .rows))
    }

    private func validate() throws {
      guard columns != nil || rows != nil else {
        throw GenerateError.value("grid", expected: "columns or rows", found: "neither")
      }
      guard drawing.total == 1 else {
        throw GenerateError.value(
          "grid", expected: "one picture of one prompt in each place", found: "\(drawing.total)")
      }
      try columns?.validate("columns")
      try rows?.validate("rows")
      if let columns, let rows, columns.setting == rows.setting,
        columns.setting != Axis.replacing
      {
        throw GenerateError.value(
          "rows", expected: "another setting than the columns'", found: rows.setting)
      }
      _ = try cells
    }
  }
}

extension Grid.Request {
  /// The request of each picture, row by row.
  var cells: [Generate.Request] {
    get throws {
      try (0..<rowCount).flatMap { row in
        let drawing = try rows?.request(drawing, at: row) ?? drawing
        return try (0..<columnCount).map { try columns?.request(drawing, at: $0) ?? drawing }
      }
    }
  }

  /// The number of columns.
  public var columnCount: Int { columns?.values.count ?? 1 }

  /// The number of rows.
  public var rowCount: Int { rows?.values.count ?? 1 }

  /// The same sheet of a model of another name, or from another place.
  func of(_ model: String) throws -> Grid.Request {
    let other = try Generate.Request(
      prompts: drawing.prompts, model: model, seed: drawing.seed, options: drawing.options)
    return try Self(drawing: other, columns: columns, rows: rows)
  }
}

extension Grid.Request: PictureRequest {
  /// `grid`.
  public static var task: String? { "grid" }

  /// What a picture is asked to show is its prompt.
  public static var subject: String { "prompt" }

  /// The model's name, or its path.
  public var model: String { drawing.model }

  /// One: the sheet.
  public var total: Int { 1 }

  /// The seed of the pictures, unless it differs.
  public var seed: UInt64 { drawing.seed }

  /// The prompt of the pictures, unless it differs.
  public func subject(of index: Int) -> String { drawing.subject(of: 0) }

  /// What the pictures have in common as AUTOMATIC1111's program writes it, and what differs.
  public func parameters(files: [String: String], program: String) -> String {
    let axes = [("Columns", columns), ("Rows", rows)].compactMap { name, axis in
      axis.map { ", \(name): \"\($0.description.replacing("\"", with: "\\\""))\"" }
    }
    return drawing.parameters(files: files, program: program) + axes.joined()
  }
}
