internal import Foundation
internal import Modalities

/// The pictures that files and folders name.
struct PictureFiles {
  /// A picture's file.
  struct File {
    let path: String
    /// Whether the file itself was named, not a folder that it is in.
    let isNamed: Bool
  }

  private let files: [File]

  /// What the names of pictures end in, in folders.
  static let types: Set<String> = [
    "png", "jpg", "jpeg", "webp", "gif", "tif", "tiff", "avif", "heic",
  ]

  /// Finds the pictures.
  ///
  /// - Parameter paths: Files, and folders whose pictures, and those of folders in them, are meant;
  ///   what begins with a dot is passed over.
  /// - Throws: `ImageFolderError` for a folder without pictures.
  init(_ paths: [String]) throws {
    files = try paths.flatMap { path -> [File] in
      guard isFolder(URL(filePath: path)) else { return [File(path: path, isNamed: true)] }
      let inside = Self.pictures(in: path)
      guard !inside.isEmpty else { throw PictureFilesError.none(folder: path) }
      return inside.map { File(path: $0, isNamed: false) }
    }
  }

  /// How many there are.
  var count: Int { files.count }

  /// Gives the pictures, some at a time.
  func inBatches(of size: Int, _ body: (ArraySlice<File>) throws -> Void) rethrows {
    for start in stride(from: 0, to: files.count, by: size) {
      try body(files[start..<min(start + size, files.count)])
    }
  }

  /// The pictures of a folder, behind the folder's path as it was given.
  private static func pictures(in folder: String) -> [String] {
    let start = folder.hasSuffix("/") ? folder : folder + "/"
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return names.filter { name in
      let isHidden = name.split(separator: "/").contains { $0.hasPrefix(".") }
      let type = URL(filePath: name).pathExtension.lowercased()
      return !isHidden && types.contains(type) && !isFolder(URL(filePath: start + name))
    }.sorted().map { start + $0 }
  }
}

/// What is wrong with a folder of pictures.
public enum PictureFilesError: Error, Sendable, Hashable, CustomStringConvertible {
  /// There is no picture in the folder.
  case none(folder: String)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .none(let folder):
      "\(folder): expected pictures (\(PictureFiles.types.sorted().joined(separator: ", "))), "
        + "found none"
    }
  }
}
