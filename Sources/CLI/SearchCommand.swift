internal import ArgumentParser
internal import Foundation
internal import Inkwell
internal import Modalities

/// `inkwell search`: finds where in clips something happens.
struct SearchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Finds where in a folder's clips something happens, by an example or in words.",
    discussion: """
      inkwell search rushes/ --like knock.mp4
      inkwell search rushes/ --words "an orc falls" --described data/sprites --sheet found.png

      How often that finds what it is asked for, `inkwell search measure` measures.
      """,
    subcommands: [SearchFindCommand.self, SearchMeasureCommand.self],
    defaultSubcommand: SearchFindCommand.self)
}

/// `inkwell search find`, or without its name: finds places in clips.
struct SearchFindCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    // Not "clips", which a folder is easily called.
    commandName: "find",
    abstract: "Finds where in a folder's clips something happens.",
    discussion: """
      Each place gets a line: how like it is to what is looked for, the clip, and from when to when \
      in seconds; the likeliest first. Words are understood from a folder of clips with captions, \
      as `inkwell dataset sprites` makes one, and only as far as these show what they mean.

      Clips are looked at once; what was seen is kept in the cache.

      Exit codes: 0 the clips are searched, 5 with --strict, if one cannot be read, 1 the search \
      failed, 2 not enough memory, 3 a model or a file is not sound, 64 wrong usage, 130 interrupted.
      """)

  @Argument(help: "The folder of clips, and those inside it.", completion: .directory)
  var folder: String

  @Option(help: "A clip that shows what is looked for.", completion: .file())
  var like: String?

  @Option(help: "What is looked for, in words; with --described.")
  var words: String?

  @Option(
    help: "The folder of clips with captions that words are understood from.",
    completion: .directory)
  var described: String?

  @Option(help: "The most places to find.")
  var count = 10

  @Option(help: "The frames that are looked at as one.")
  var frames = 8

  @Option(
    help: "Write a picture of the places, four frames of each.",
    completion: .file(extensions: ["png"]))
  var sheet: String?

  @Flag(help: "Print a line of JSON for each place.")
  var json = false

  @Flag(help: "End with exit code 5 if a clip cannot be read.")
  var strict = false

  @Flag(help: "Replace a file that is there.")
  var force = false

  @OptionGroup var watching: Looking

  func run() async throws {
    try await reportingFailures {
      try OutputPattern.check([sheet].compactMap { $0.map { URL(filePath: $0) } }, replacing: force)
      var search = SearchClips(
        folder: folder, for: like.map { .example($0) } ?? .words(words ?? ""),
        described: described)
      (search.count, search.frames, search.cache) = (count, frames, watching.cache)
      let result = try watching { try search(until: $0, report: $1) }
      for match in result.matches {
        guard !json else {
          try printJSON(match)
          continue
        }
        let (from, to) = (seconds(match.start), seconds(match.end))
        print(
          String(format: "%.3f", match.likeness), match.file, "\(from)–\(to) s", separator: "\t")
      }
      for (file, reason) in result.skipped.sorted(by: { $0.key < $1.key }) where !watching.quiet {
        say("\(file) is skipped: \(reason)")
      }
      if let sheet { try write(result.matches, to: URL(filePath: sheet)) }
      if strict, !result.skipped.isEmpty { throw ExitCode.flagged }
    }
  }

  func validate() throws {
    guard (like == nil) != (words == nil) else {
      throw ValidationError("Say what to look for: --like CLIP or --words TEXT.")
    }
    guard words == nil || described != nil else {
      throw ValidationError("--words needs --described, a folder of clips with captions.")
    }
  }

  private func seconds(_ time: Double) -> String { String(format: "%.2f", time) }

  private func write(_ matches: [SearchClips.Match], to file: URL) throws {
    let cells = try matches.flatMap { match in
      let clip = try Clip(contentsOf: URL(filePath: match.file), reading: ClipReading())
      return (0..<4).map { place in
        let frame = match.firstFrame + place * (match.frames - 1) / 3
        let label = "\(URL(filePath: match.file).lastPathComponent), \(seconds(match.start)) s"
        return ContactSheet.Cell(clip[frame], label: place == 0 ? label : nil)
      }
    }
    try ContactSheet(columns: 4, side: 144)(cells).save(to: file, as: .png)
  }
}

/// `inkwell search measure`: measures how often a search finds what it is asked for.
struct SearchMeasureCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure",
    abstract: "Measures how often a search finds what it is asked for.",
    discussion: """
      Words are learnt from the clips of the split train; those of another split are searched, for \
      their own captions and by each of them as an example. Shares stand beside those of chance, \
      with ranges that hold the true ones with 95 % confidence.
      """)

  @Option(help: "The folder of clips with captions.", completion: .directory)
  var data: String

  @Option(help: "The split that is searched.")
  var split = "heldout"

  @Option(help: "The frames that are looked at as one.")
  var frames = 8

  @Flag(help: "Print the figures as JSON.")
  var json = false

  @OptionGroup var watching: Looking

  func run() async throws {
    try await reportingFailures {
      var measure = MeasureSearch(data: data)
      (measure.split, measure.frames, measure.cache) = (split, frames, watching.cache)
      let figures = try watching { try measure(until: $0, report: $1) }
      guard !json else { return try printJSON(figures) }
      for (what, share) in [
        (
          "own clip in the first \(figures.top) of \(figures.candidates) by its caption",
          figures.words
        ),
        ("likeliest of another thing shows the same action", figures.sameAction),
        ("likeliest of another thing shows the same group", figures.sameGroup),
      ] {
        guard let share else { continue }
        print("\(what): \(share)")
      }
    }
  }
}
