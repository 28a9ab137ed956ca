internal import Files
public import Foundation
internal import Modalities

/// Builds the music data set: clips of folk tunes on eight instruments, with exact labels.
///
/// The result is a folder of FLAC files, mono at 16 kHz and 4.096 seconds long, with
/// `metadata.jsonl`, as Hugging Face's audiofolder has it, and `sources.json` and `LICENSES.md`.
/// The same sources and the same FluidSynth give the same bytes.
public struct MusicDataset: Codable, Sendable, Equatable {
  /// The rate of the clips, in Hz.
  public static let sampleRate = 16_000

  /// The folder to make; one that this made before is replaced as a whole.
  public var output: URL
  /// How many clips are played of each tune, `1...100`.
  public var clipsPerTune: Int
  /// How many tunes are played; all if not given.
  public var tunes: Int?
  /// Whether the notes of each clip are there by another performer as well, half of the time a
  /// voice: what a model that follows melodies learns from.
  public var melodies: Bool
  /// A folder of unpacked packages to use in place of downloads, one folder a package.
  public var sources: URL?
  /// Where downloads are kept; beside the output without one.
  public var cache: URL?

  /// Makes a request.
  public init(
    output: URL, clipsPerTune: Int = 3, tunes: Int? = nil, melodies: Bool = false,
    sources: URL? = nil, cache: URL? = nil
  ) {
    self.output = output
    self.clipsPerTune = clipsPerTune
    self.tunes = tunes
    self.melodies = melodies
    self.sources = sources
    self.cache = cache
  }

  /// What a build made.
  public struct Summary: Codable, Sendable, Equatable {
    /// The number of clips.
    public let clips: Int
    /// Of these, how many are held out.
    public let heldOut: Int
    /// The tunes that were read.
    public let tunes: Int
    /// The tunes that were not, by the reason.
    public let leftOut: [String: Int]
  }

  /// Fetches what is needed and builds the data set.
  /// - Parameter report: Is told what is being done, a sentence at a time.
  /// - Returns: What was made.
  /// - Throws: `DatasetError`, `SoundError`, or what the file system threw.
  public func callAsFunction(report: (String) -> Void = { _ in }) throws -> Summary {
    for (what, number) in [("clips of a tune", clipsPerTune), ("tunes", tunes ?? 1)]
    where !(1...100_000).contains(number) {
      throw DatasetError.count(what: what, found: number)
    }
    let place = DatasetPlace(output: output)
    try place.check()
    let packages = try EmojiSources.music().packages
    let folders = try withoutActuallyEscaping(report) { report in
      try place.folders(
        of: packages, sources: sources, cache: cache, fallback: "music-sources", report: report)
    }
    func folder(_ name: String) throws -> (EmojiSources.Package, URL) {
      guard let package = packages.first(where: { $0.name == name }), let folder = folders[name]
      else { throw DatasetError.missing(path: name, hint: "It is one of the pinned packages.") }
      return (package, folder)
    }
    let (corpus, scores) = try folder("music21")
    let (font, samples) = try folder("fluid-soundfont-gm")
    report("Reading tunes")
    var leftOut: [String: Int] = [:]
    let all = try MusicBook.tunes(in: scores) { leftOut[$1.description, default: 0] += 1 }
    let chosen = Array(all.prefix(tunes ?? all.count))
    let plans = chosen.flatMap { tune in
      (0..<clipsPerTune).compactMap { MusicPlan(tune, number: $0) }
    }
    let clips = plans.map { $0.clip(corpus, license: font.license, hasMelody: melodies) }
    do {
      Folder.discard(place.part)
      try Folder.make(place.part)
      let renderer = MusicRenderer(
        soundFont: samples.appending(path: "usr/share/sounds/sf2/FluidR3_GM.sf2"),
        folder: place.part)
      try renderer.render(plans, as: clips, report: report)
      try DatasetPlace.writeLists(
        clips, from: packages, change: "Tunes were played by FluidSynth with the sound font.",
        to: place.part)
      try Folder.replace(output, with: place.part)
    } catch {
      Folder.discard(place.part)
      throw error
    }
    return Summary(
      clips: clips.count, heldOut: clips.count { $0.split == "heldout" }, tunes: chosen.count,
      leftOut: leftOut)
  }
}

extension EmojiSources {
  /// The packages that music is made from, pinned in `Data/music/sources.json`.
  static func music() throws -> EmojiSources {
    try JSONDecoder().decode(EmojiSources.self, from: Data(PackageResources.music_sources_json))
  }
}
