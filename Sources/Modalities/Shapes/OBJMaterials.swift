internal import Foundation

/// The colours of the materials that an OBJ file's library describes.
///
/// A material's colour is its diffuse one, `Kd`; where it has a picture, `map_Kd`, that is
/// multiplied with the picture's mean.
struct OBJMaterials {
  /// The colour of each material, in [0, 1].
  private(set) var colors: [String: SIMD3<Float>] = [:]

  private let source: String

  /// Reads a library of materials and the pictures that it names, in the folder of the OBJ file.
  ///
  /// - Parameters:
  ///   - library: The library's name. One outside of the folder is refused.
  ///   - folder: The folder.
  /// - Throws: `ShapeError`, `ImageError`, or what reading a file threw.
  init(library: String, in folder: URL) throws {
    let url = try Self.file(library, in: folder, source: library)
    try self.init(
      [UInt8](try ShapeFile.bytes(of: url)), source: url.path(percentEncoded: false)
    ) { name in
      try Image(contentsOf: Self.file(name, in: folder, source: library)).meanColor
    }
  }

  /// Reads a library of materials.
  init(
    _ bytes: [UInt8], source: String, meanColor: (String) throws -> SIMD3<Float>
  ) throws {
    self.source = source
    var scanner = TextScanner(bytes[...])
    var name: String?
    var pictures: [String: SIMD3<Float>] = [:]
    while let line = scanner.text() {
      let words = line.split { $0 == " " || $0 == "\t" }
      guard let key = words.first?.lowercased() else { continue }
      let rest = words.dropFirst().joined(separator: " ")
      if key == "newmtl" {
        guard !rest.isEmpty else { throw fault(scanner.line, "a material's name", line) }
        name = rest
        colors[rest] = colors[rest] ?? SIMD3(repeating: 0.8)
        continue
      }
      guard let name, key == "kd" || key == "map_kd" else { continue }
      if key == "kd" {
        let rgb = words.dropFirst().prefix(3).compactMap { Float($0) }
        guard rgb.count == 3, rgb.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
          throw fault(scanner.line, "three numbers of a colour", line)
        }
        colors[name] = SIMD3(rgb[0], rgb[1], rgb[2])
      } else if let file = words.dropFirst().last {
        // Options come before the name; names with spaces have none here.
        let file = words.dropFirst().first?.hasPrefix("-") == true ? String(file) : rest
        pictures[name] = try meanColor(file)
      }
    }
    for (name, mean) in pictures { colors[name] = (colors[name] ?? .one) * mean }
  }

  /// A file below a folder, never one elsewhere.
  private static func file(_ name: String, in folder: URL, source: String) throws -> URL {
    let parts = name.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }
    guard !parts.contains(where: { $0.isEmpty || $0 == ".." }), !name.utf8.contains(0) else {
      throw ShapeError.malformed(
        source: source, place: "a file's name", expected: "a path below the OBJ file's folder",
        found: String(name.prefix(60)).debugDescription)
    }
    return folder.appending(path: parts.joined(separator: "/"))
  }

  private func fault(_ number: Int, _ expected: String, _ line: String) -> ShapeError {
    .malformed(
      source: source, place: "line \(number)", expected: expected,
      found: String(line.prefix(60)).debugDescription)
  }
}

extension Image {
  /// The mean of all pixels, in [0, 1]; transparent parts count as white.
  var meanColor: SIMD3<Float> {
    let pixels = flattened().pixels
    var sums = SIMD3<Int>.zero
    for place in stride(from: 0, to: pixels.count, by: 3) {
      sums &+= SIMD3(Int(pixels[place]), Int(pixels[place + 1]), Int(pixels[place + 2]))
    }
    return SIMD3<Float>(SIMD3<Double>(sums) / Double(255 * (pixels.count / 3)))
  }
}
