package import Foundation

/// All files of a training's run by path, but for the lock and for the seconds that it took.
package func runFiles(_ folder: URL) throws -> [String: Data] {
  let root = folder.path(percentEncoded: false)
  var files: [String: Data] = [:]
  for path in try FileManager.default.subpathsOfDirectory(atPath: root) {
    let url = folder.appending(path: path)
    let isFolder = try url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory ?? false
    guard !isFolder, url.lastPathComponent != ".lock" else { continue }
    var data = try Data(contentsOf: url)
    if path.hasSuffix("state.json") {
      let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
      data = Data(lines.filter { !$0.contains("\"seconds\"") }.joined().utf8)
    }
    files[path] = data
  }
  return files
}
