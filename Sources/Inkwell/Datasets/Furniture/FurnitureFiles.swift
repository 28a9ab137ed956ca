internal import Files
internal import Foundation

/// Makes the package's files such as their formats ask for.
///
/// Some files of materials name pictures on their makers' own disks; what uses those has its plain
/// colour. And some meshes have faces of two corners, which are lines and have no surface.
enum FurnitureFiles {
  /// Takes faces of fewer than three corners out of a mesh.
  ///
  /// - Parameter mesh: An OBJ file that may be changed.
  /// - Throws: What the file system throws.
  static func leaveOutLines(of mesh: URL) throws {
    let bytes = try Data(contentsOf: mesh)
    let kept = bytes.withUnsafeBytes { bytes in
      var (kept, rest, isWhole) = (Data(), bytes[...], true)
      while !rest.isEmpty {
        let end = rest.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? rest.endIndex
        let line = rest[..<end]
        rest = rest[end...]
        let isLine =
          line.starts(with: "f ".utf8) && line.split(whereSeparator: { $0 <= 32 }).count < 4
        if isLine { isWhole = false } else { kept.append(contentsOf: line) }
      }
      return isWhole ? nil : kept
    }
    if let kept { try AtomicFile.write(kept, to: mesh) }
  }

  /// Takes what is not there out of the files of materials of a mesh.
  ///
  /// - Parameter mesh: An OBJ file in a folder that may be changed.
  /// - Returns: How many files that are not there were named.
  /// - Throws: What the file system throws.
  static func leaveOutMissing(of mesh: URL) throws -> Int {
    let folder = mesh.deletingLastPathComponent()
    var missing = 0
    for name in try libraries(of: mesh) {
      let list = folder.appending(path: name)
      guard exists(list) else {
        missing += 1
        try AtomicFile.write(Data(), to: list)
        continue
      }
      let all = try lines(of: list)
      let kept = all.filter { isThere(words: Self.words(of: $0), in: folder) }
      guard kept.count < all.count else { continue }
      missing += all.count - kept.count
      try AtomicFile.write(Data(kept.joined(separator: [UInt8(ascii: "\n")])), to: list)
    }
    return missing
  }

  /// Whether a line names no picture, or one that is there.
  private static func isThere(words: [String], in folder: URL) -> Bool {
    guard words.first?.lowercased() == "map_kd", let last = words.dropFirst().last else {
      return true
    }
    // Options stand before the name.
    let name = words[1].hasPrefix("-") ? last : words.dropFirst().joined(separator: " ")
    let parts = name.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }
    return !parts.contains { $0.isEmpty || $0 == ".." }
      && exists(folder.appending(path: parts.joined(separator: "/")))
  }

  /// The names behind `mtllib`.
  private static func libraries(of mesh: URL) throws -> [String] {
    let bytes = try Data(contentsOf: mesh)
    var (names, rest) = ([String](), bytes[...])
    while let mark = rest.range(of: Data("mtllib ".utf8)) {
      rest = rest[mark.upperBound...]
      let line = rest.prefix { $0 != UInt8(ascii: "\n") }
      names.append(words(of: line).joined(separator: " "))
    }
    return names
  }

  private static func lines(of file: URL) throws -> [Data] {
    try Data(contentsOf: file).split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
  }

  private static func words(of line: Data) -> [String] {
    String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace).map(String.init)
  }

  private static func exists(_ file: URL) -> Bool {
    FileManager.default.fileExists(atPath: file.path(percentEncoded: false))
  }
}
