internal import Files
public import Foundation
internal import Modalities

/// Builds the data set of stamps: photographs and drawings with a sentence about each.
///
/// The result is a folder of square PNG files with `metadata.jsonl`, `sources.json` and
/// `LICENSES.md`. The same package gives the same pictures.
public struct StampDataset: Codable, Sendable, Equatable {
  /// The folder to make.
  ///
  /// One that this made before is replaced as a whole.
  public var output: URL
  /// The width and height of every picture, 8 … 512.
  public var size = 128
  /// A folder of unpacked packages to use in place of downloads, one folder a package.
  public var sources: URL?
  /// Where downloads are kept; beside the output without one.
  public var cache: URL?

  /// Makes a request.
  ///
  /// - Parameters:
  ///   - output: The folder to make.
  ///   - sources: A folder of unpacked packages to use in place of downloads.
  ///   - cache: Where downloads are kept; beside the output without one.
  public init(output: URL, sources: URL? = nil, cache: URL? = nil) {
    self.output = output
    self.sources = sources
    self.cache = cache
  }

  /// What a build made.
  public struct Summary: Codable, Sendable, Equatable {
    /// The number of pictures.
    public let pictures: Int
    /// Pictures by what they belong to.
    public let byGroup: [String: Int]
    /// The number of pictures that are held out.
    public let heldOut: Int
    /// The files that are left out, because nothing is said of them or they cannot be read.
    public let leftOut: [String]
  }

  /// Fetches what is needed and builds the data set.
  ///
  /// - Parameter report: Is told what is being done, a sentence at a time.
  /// - Returns: What was made.
  /// - Throws: `DatasetError`, or what the file system threw.
  public func callAsFunction(report: (String) -> Void = { _ in }) throws -> Summary {
    guard (8...512).contains(size) else { throw DatasetError.size(size) }
    let place = DatasetPlace(output: output)
    try place.check()
    let package = try EmojiSources.stamps().packages[0]
    let folders = try withoutActuallyEscaping(report) { report in
      try place.folders(
        of: [package], sources: sources, cache: cache, fallback: "stamps-sources",
        report: report)
    }
    let stamps = (folders[package.name] ?? output).appending(path: "usr/share/tuxpaint/stamps")
    guard isFolder(stamps) else {
      throw DatasetError.missing(
        path: stamps.path(percentEncoded: false),
        hint: "The package \(package.name) ought to have it.")
    }
    if FileManager.default.fileExists(atPath: place.part.path(percentEncoded: false)) {
      try Folder.remove(place.part)
    }
    try Folder.make(place.part)
    do {
      report("Drawing stamps of \(size) x \(size)")
      let (pictures, leftOut) = try draw(stamps, of: package, to: place.part)
      try DatasetPlace.writeLists(
        pictures, from: [package],
        change: "Each picture is a stamp on white, scaled to \(size) x \(size).", to: place.part)
      try Folder.replace(output, with: place.part)
      return Summary(
        pictures: pictures.count,
        byGroup: pictures.reduce(into: [:]) { $0[$1.group, default: 0] += 1 },
        heldOut: pictures.count { $0.split != "train" }, leftOut: leftOut)
    } catch {
      Folder.discard(place.part)
      throw error
    }
  }

  private func draw(
    _ stamps: URL, of package: EmojiSources.Package, to output: URL
  ) throws -> (pictures: [StampPicture], leftOut: [String]) {
    var (pictures, leftOut) = ([StampPicture](), [String]())
    for path in try Self.files(in: stamps) {
      let file = stamps.appending(path: path)
      guard let sentence = try Self.sentence(about: file) else {
        leftOut.append(path)
        continue
      }
      let image: Image
      do {
        image = try picture(of: file)
      } catch is ImageError {
        leftOut.append(path)
        continue
      }
      let stamp = StampPicture(
        String(path.dropLast(file.pathExtension.count + 1)), sentence: sentence, package: package)
      let target = output.appending(path: stamp.fileName)
      try Folder.make(target.deletingLastPathComponent())
      try image.save(to: target)
      pictures.append(stamp)
    }
    return (pictures, leftOut)
  }

  /// The files of pictures, sorted; of a drawing that is there as PNG and as SVG the latter, and
  /// none that only shows another from the other side.
  private static func files(in stamps: URL) throws -> [String] {
    let paths = try FileManager.default.subpathsOfDirectory(
      atPath: stamps.path(percentEncoded: false))
    var chosen: [String: String] = [:]
    for path in paths.sorted() {
      guard path.hasSuffix(".png") || path.hasSuffix(".svg") else { continue }
      let stem = String(path.dropLast(4))
      if !stem.hasSuffix("_mirror") && !stem.hasSuffix("_flip") { chosen[stem] = path }
    }
    return chosen.values.sorted()
  }

  /// The English sentence about a stamp: the first line of the text beside it, if it says anything.
  private static func sentence(about file: URL) throws -> String? {
    let text = file.deletingPathExtension().appendingPathExtension("txt")
    guard FileManager.default.fileExists(atPath: text.path(percentEncoded: false)) else {
      return nil
    }
    let data = try Data(contentsOf: text)
    let line =
      String(decoding: data, as: UTF8.self)
      .split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
    let sentence = line.trimmingCharacters(in: .whitespaces)
    return sentence.isEmpty ? nil : sentence
  }

  /// A stamp as a square on white.
  private func picture(of file: URL) throws -> Image {
    // Drawn larger, so that Lanczos' kernel decides how edges look, as of photographs.
    let image =
      file.pathExtension == "svg"
      ? try Image(
        trustedSVG: Data(contentsOf: file), width: max(256, 2 * size),
        source: file.lastPathComponent)
      : try Image(contentsOf: file)
    return try image.flattened().centeredInSquare().resized(width: size, height: size)
  }
}

extension EmojiSources {
  /// The package that the stamps are from, pinned in `Data/stamps/sources.json`.
  static func stamps() throws -> EmojiSources {
    try JSONDecoder().decode(EmojiSources.self, from: Data(PackageResources.stamps_sources_json))
  }
}
