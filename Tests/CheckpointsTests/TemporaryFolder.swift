import Foundation

/// A folder of a test's own, gone with the last reference.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appending(path: "checkpoints-tests-\(UUID().uuidString)", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit {
    do {
      try FileManager.default.removeItem(at: url)
    } catch {
      print("cannot remove \(url.path()): \(error)")
    }
  }

  /// A path in the folder.
  func file(_ name: String) -> URL {
    url.appending(path: name, directoryHint: .notDirectory)
  }

  /// Writes a file into the folder.
  func write(_ bytes: some Sequence<UInt8>, to name: String = "a.safetensors") throws -> URL {
    try Data(bytes).write(to: file(name))
    return file(name)
  }

  /// The names of all that is in the folder, hidden ones too.
  func contents() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: url.path()).sorted()
  }
}
