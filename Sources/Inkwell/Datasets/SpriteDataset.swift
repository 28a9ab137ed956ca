internal import Files
public import Foundation
internal import Modalities

/// Builds the data set of sprite animations: the units of The Battle for Wesnoth, who attack, move
/// and die, with captions.
///
/// The result is a folder of animated PNG files of ``frames`` frames with `metadata.jsonl`, as
/// Hugging Face's videofolder has it, and `sources.json` and `LICENSES.md`, which say where the
/// clips are from. The same package gives the same bytes.
public struct SpriteDataset: Codable, Sendable, Equatable {
  /// The width and height of the clips in pixels.
  public static let side = SpriteDrawing.side
  /// The number of frames of every clip, at ten in a second.
  public static let frames = SpriteAnimation.length

  /// The folder to make.
  ///
  /// One that this made before is replaced as a whole.
  public var output: URL
  /// A folder of unpacked packages to use in place of downloads, one folder a package.
  public var sources: URL?
  /// Where downloads are kept; beside the output without one.
  public var cache: URL?

  /// Makes a request.
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
    /// The number of clips.
    public let clips: Int
    /// The number of units.
    public let units: Int
    /// Clips by what is done in them.
    public let byAction: [String: Int]
    /// The number of clips that are held out.
    public let heldOut: Int
    /// The number of units that are held out.
    public let heldOutUnits: Int
  }

  /// Fetches what is needed and builds the data set.
  /// - Parameter report: Is told what is being done, a sentence at a time.
  /// - Returns: What was made.
  /// - Throws: `DatasetError`, `ImageError`, `ClipError`, or what the file system threw.
  public func callAsFunction(report: (String) -> Void = { _ in }) throws -> Summary {
    let place = DatasetPlace(output: output)
    try place.check()
    let packages = try EmojiSources.sprites().packages
    let folders = try withoutActuallyEscaping(report) { report in
      try place.folders(
        of: packages, sources: sources, cache: cache, fallback: "sprite-sources", report: report)
    }
    let package = packages[0]
    guard let folder = folders[package.name] else {
      throw DatasetError.missing(path: package.name, hint: "The units are from this package.")
    }
    let core = folder.appending(path: "usr/share/games/wesnoth/1.16/data/core")
    let pictures = core.appending(path: "images/units")
    let units = try SpriteUnits(core.appending(path: "units"))
    let animations = SpriteAnimation.all(try Self.files(in: pictures), of: units)
    guard !animations.isEmpty else {
      throw DatasetError.missing(
        path: pictures.path(percentEncoded: false), hint: "No animation of a unit is there.")
    }
    report("Drawing \(animations.count) animations")
    do {
      return try draw(animations, from: pictures, of: package, to: place)
    } catch {
      Folder.discard(place.part)
      throw error
    }
  }

  /// The files below a folder, by paths inside it.
  private static func files(in folder: URL) throws -> [String] {
    let path = folder.path(percentEncoded: false)
    guard let files = FileManager.default.enumerator(atPath: path) else {
      throw DatasetError.missing(path: path, hint: "It is part of the package wesnoth-1.16-data.")
    }
    return files.compactMap { $0 as? String }.sorted()
  }

  private func draw(
    _ animations: [SpriteAnimation], from folder: URL, of package: EmojiSources.Package,
    to place: DatasetPlace
  ) throws -> Summary {
    if FileManager.default.fileExists(atPath: place.part.path(percentEncoded: false)) {
      try Folder.remove(place.part)
    }
    try Folder.make(place.part)
    let drawing = SpriteDrawing(folder: folder)
    var clips: [SpriteClip] = []
    for animation in animations {
      let teams = Self.teams(of: animation)
      for (team, mirrored) in zip(teams, [false, true]) {
        let pictures = try drawing.pictures(of: animation, team: team)
        for (number, files) in animation.clips.enumerated() {
          let clip = SpriteClip(
            animation, number: number, mirrored: mirrored,
            team: pictures.showsTeam ? team : nil, package: package)
          let file = place.part.appending(path: clip.fileName)
          try Folder.make(file.deletingLastPathComponent())
          try pictures.clip(files, mirrored: mirrored).encoded(as: .apng).write(to: file)
          clips.append(clip)
        }
      }
    }
    try DatasetPlace.writeLists(
      clips, from: [package],
      change: "The units were given a side's colours, laid on a plain ground, and cut or scaled to "
        + "\(Self.side) x \(Self.side); one of each two clips is mirrored.",
      to: place.part)
    try Folder.replace(output, with: place.part)
    return Summary(clips)
  }

  /// Two different teams for an animation and its mirror image, by the animation alone.
  private static func teams(of animation: SpriteAnimation) -> [SpriteTeam] {
    let teams = SpriteTeam.allCases
    let draw = StableHash.fraction("inkwell sprite team \(animation.stem)")
    let pair = Int(draw * Double(teams.count * (teams.count - 1)))
    let (first, step) = (pair / (teams.count - 1), 1 + pair % (teams.count - 1))
    return [teams[first], teams[(first + step) % teams.count]]
  }
}

extension SpriteDataset.Summary {
  fileprivate init(_ clips: [SpriteClip]) {
    let heldOut = clips.filter { $0.split != "train" }
    self.init(
      clips: clips.count, units: Set(clips.map(\.base)).count,
      byAction: clips.reduce(into: [:]) { $0[$1.action.rawValue, default: 0] += 1 },
      heldOut: heldOut.count, heldOutUnits: Set(heldOut.map(\.base)).count)
  }
}

extension EmojiSources {
  /// The package that the sprites are from, pinned in `Data/sprites/sources.json`.
  static func sprites() throws -> EmojiSources {
    try JSONDecoder().decode(EmojiSources.self, from: Data(PackageResources.sprites_sources_json))
  }
}
