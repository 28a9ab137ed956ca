import Checkpoints
import Evaluation
import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Inkwell

/// Searches of small clips, by a small network of random weights and a tiny text encoder.
@Suite struct SearchClipsTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TinyVideoModel.make()
  }

  @Test(
    "the parts of a clip overlap by half, and the last ends where it ends",
    arguments: [
      (10, 4, [0..<4, 2..<6, 4..<8, 6..<10]), (11, 4, [0..<4, 2..<6, 4..<8, 6..<10, 7..<11]),
      (4, 4, [0..<4]), (3, 4, [0..<3]), (2, 1, [0..<1, 1..<2]),
    ])
  func parts(count: Int, length: Int, expected: [Range<Int>]) {
    #expect(ClipShelf.parts(of: count, length: length) == expected)
  }

  @Test("an example finds where the same moves, and not itself; places do not overlap")
  func example() throws {
    try write(["a/long.apng": long(moving: 20..<28), "b.gif": long(moving: 0..<0)])
    try write(["example.apng": long(moving: 0..<8).part(start: 0, count: 8)])
    var search = search(.example(path("clips/example.apng")))
    search.frames = 8
    let result = try run(search)
    #expect(result.clips == 2 && result.skipped.isEmpty)
    let best = result.matches[0]
    #expect(best.file.hasSuffix("a/long.apng") && (17...23).contains(best.firstFrame))
    #expect(best.start == Double(best.firstFrame) / 10 && best.end == best.start + 0.8)
    #expect(best.likeness > result.matches[1].likeness && best.likeness <= 1)
    for (index, match) in result.matches.enumerated() {
      for other in result.matches[..<index] where other.file == match.file {
        let frames = match.firstFrame..<match.firstFrame + match.frames
        #expect(
          !frames.overlaps(other.firstFrame..<other.firstFrame + other.frames))
      }
    }
    // What was seen is kept, and the search is the same again.
    #expect(try run(search) == result)
    search.count = 1
    #expect(try run(search).matches == [best])
  }

  @Test("words find what clips with such captions show")
  func words() throws {
    try describe(count: 24)
    try write(["one.apng": TinyVideoModel.clip(8, shade: 12)])
    try write(["two.apng": TinyVideoModel.clip(8, shade: 242)])
    for (words, file) in [("a red cat", "one"), ("a green apple", "two")] {
      var search = search(.words(words), described: path("described"))
      search.steps = 600
      let matches = try run(search).matches
      #expect(matches[0].file.hasSuffix("\(file).apng"), "\(words)")
      #expect(matches[0].likeness > matches[1].likeness + 0.05)
    }
  }

  @Test("a broken clip is named and passed over")
  func broken() throws {
    try write(["a.apng": TinyVideoModel.clip(8)])
    try folder.write("no clip".utf8, to: "clips/b.mp4")
    try write(["c.apng": TinyVideoModel.clip(8, shade: 90)])
    let result = try run(search(.example(path("clips/a.apng"))))
    #expect(result.matches.map(\.file) == [path("clips/c.apng")] && result.clips == 1)
    #expect(result.skipped.keys.map { URL(filePath: $0).lastPathComponent } == ["b.mp4"])
  }

  @Test("what cannot be searched is refused")
  func refusals() throws {
    try write(["a.apng": TinyVideoModel.clip(8)])
    try FileManager.default.createDirectory(
      at: folder.file("empty"), withIntermediateDirectories: true)
    let example = SearchClips.Wanted.example(path("clips/a.apng"))
    #expect(throws: SearchError.noClips(folder: path("empty"))) {
      try run(search(example, in: "empty"))
    }
    #expect(throws: SearchError.self) { try run(search(example, in: "nowhere")) }
    #expect(throws: SearchError.noDescriptions) { try run(search(.words("a cat"))) }
    try describe(count: 3)
    #expect(throws: SearchError.tooFew(folder: path("described") + "/", expected: 8, found: 3)) {
      try run(search(.words("a cat"), described: path("described")))
    }
    try describe(count: 8)
    #expect(throws: SearchError.value("words", expected: "some", found: "\" \"")) {
      try run(search(.words(" "), described: path("described")))
    }
    for (key, expected) in [
      (\SearchClips.count, "1 to 10000"), (\.frames, "1 to 1000"), (\.steps, "1 to 1000000"),
    ] {
      var search = search(example)
      search[keyPath: key] = 0
      let error = #expect(throws: SearchError.self) { try run(search) }
      #expect(error?.description.hasSuffix("expected \(expected), found 0") == true)
    }
    #expect(throws: CheckpointError.self) { try run(search(.example(path("clips/none.mp4")))) }
  }

  @Test("a stop ends the search")
  func stops() throws {
    try write(["a.apng": TinyVideoModel.clip(8), "b.apng": TinyVideoModel.clip(8, shade: 90)])
    let stop = StopSignal()
    stop.request()
    #expect(throws: CancellationError.self) {
      try run(search(.example(path("clips/a.apng"))), until: stop)
    }
  }

  @Test("what a cache has of something else is named")
  func cache() throws {
    try write(["a.apng": TinyVideoModel.clip(8), "b.apng": TinyVideoModel.clip(8, shade: 90)])
    let search = search(.example(path("clips/a.apng")))
    let result = try run(search)
    let files = try FileManager.default.contentsOfDirectory(atPath: path("cache/clips"))
    #expect(files.count == 2)
    for name in files {
      let file = folder.file("cache/clips/\(name)")
      let known = try Checkpoint(contentsOf: file)
      try Safetensors.write(
        [Safetensors.Draft("clip", try known.tensor("clip"))], metadata: known.metadata, to: file)
      #expect(throws: SearchError.cache(file.path(percentEncoded: false))) { try run(search) }
      try FileManager.default.removeItem(at: file)
    }
    #expect(try run(search) == result)
  }

  @Test("the program finds, writes a sheet, and says what it cannot read")
  func program() throws {
    let weights = URL(filePath: #filePath, directoryHint: .notDirectory)
      .appending(path: "../../../../.deps/evaluation").standardizedFileURL
    func run(_ arguments: [String]) throws -> CommandRun.Output {
      try CommandRun(
        ["search"] + arguments + ["--cache", weights.path(percentEncoded: false)], in: folder
      ).finish()
    }
    for wrong in [[], ["--like", "a.gif", "--words", "a"], ["--words", "a"]] {
      #expect(try run(["clips"] + wrong).status == 64)
    }
    try write(["a.apng": TinyVideoModel.clip(8), "b.apng": TinyVideoModel.clip(8, shade: 90)])
    try folder.write("no clip".utf8, to: "clips/c.mp4")
    let found = try run(["clips", "--like", "clips/a.apng", "--sheet", "found.png", "--strict"])
    #expect(found.status == 5, "\(found.errors)")
    #expect(found.output.hasSuffix("\tclips/b.apng\t0.00–0.80 s\n"))
    #expect(found.errors.contains("clips/c.mp4 is skipped: "))
    let sheet = try Image(contentsOf: folder.file("found.png"))
    #expect(sheet.width > 4 * 144)
    let again = try run(["clips", "--like", "clips/a.apng", "--sheet", "found.png"])
    #expect(again.status == 1 && again.errors.contains("found.png"))
    let json = try run(["clips", "--like", "clips/a.apng", "--json", "--quiet"])
    let match = try JSONDecoder().decode(SearchClips.Match.self, from: Data(json.output.utf8))
    #expect(match.file == "clips/b.apng" && match.frames == 8 && json.errors.isEmpty)
  }

  @Test("shares of likeliest clips stand beside those of chance")
  func shares() throws {
    let found = try #require(MeasureSearch.share([1, 0, 3, 0], ["x", "x", "y", nil], !=))
    // Two of three find their like; each x has one like among three others, and y none.
    #expect(found.found == Estimate(successes: 2, of: 3))
    #expect(abs(found.chance - 2.0 / 9) < 1e-12)
    #expect("\(found)" == "66.7 % (20.8 to 93.9), by chance 22.2 %")
    // Only things of the other pair may be near.
    let apart = try #require(
      MeasureSearch.share([2, nil, 0, 0], ["x", "x", "y", "x"]) { $0 / 2 != $1 / 2 })
    #expect(apart.found == Estimate(successes: 1, of: 3) && abs(apart.chance - 0.5) < 1e-12)
    #expect(MeasureSearch.share([1, 0], ["x", nil], !=) == nil)
  }

  @Test("a measurement finds dark and light squares far above chance")
  func measure() throws {
    try describe(count: 24, heldOut: 12)
    var measure = MeasureSearch(data: path("described"))
    (measure.steps, measure.textModel) = (60, "clips")
    measure.cache = path("cache")
    let figures = try measure.run(
      TinyVideoModel.library(folder), network: EvaluateTests.network(), until: StopSignal()
    ) { _ in }
    #expect(figures.clips == 12 && figures.candidates == 2)
    let action = try #require(figures.sameAction)
    #expect(action.found.value == 1 && abs(action.chance - 5.0 / 11) < 1e-12)
    #expect(figures.sameGroup == nil)
    measure.split = "other"
    #expect(throws: SearchError.tooFew(folder: path("described"), expected: 8, found: 0)) {
      try measure.run(
        TinyVideoModel.library(folder), network: EvaluateTests.network(), until: StopSignal()
      ) { _ in }
    }
  }

  private func path(_ name: String) -> String { folder.file(name).path(percentEncoded: false) }

  private func search(
    _ wanted: SearchClips.Wanted, in name: String = "clips", described: String? = nil
  ) -> SearchClips {
    var search = SearchClips(folder: path(name), for: wanted, described: described)
    (search.textModel, search.cache) = ("clips", path("cache"))
    return search
  }

  private func run(
    _ search: SearchClips, until stop: StopSignal = StopSignal()
  ) throws -> SearchClips.Result {
    try search.run(
      TinyVideoModel.library(folder), network: EvaluateTests.network(), reading: .trusted,
      until: stop
    ) { _ in }
  }

  private func write(_ clips: [String: Clip]) throws {
    for (name, clip) in clips {
      let file = folder.file("clips/\(name)")
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try clip.save(to: file)
    }
  }

  /// A clip of 40 frames whose square moves in some of them alone.
  private func long(moving: Range<Int>) throws -> Clip {
    let images = (0..<40).map { number in
      var image = Image(width: 16, height: 16, color: Color(red: 200, green: 220, blue: 90))
      let x = max(0, min(number, moving.upperBound) - moving.lowerBound)
      image.draw(
        Image(width: 5, height: 5, color: Color(red: 40, green: 20, blue: 140)), x: x, y: 6)
      return image
    }
    return try Clip(images, frameRate: FrameRate(10))
  }

  /// Dark and light squares that move, with captions that say which.
  private func describe(count: Int, heldOut: Int = 0) throws {
    var lines: [String] = []
    try FileManager.default.createDirectory(
      at: folder.file("described"), withIntermediateDirectories: true)
    for index in 0..<count + heldOut {
      let isDark = index % 2 == 0
      let shade = UInt8((isDark ? 10 : 240) + index % 5)
      try TinyVideoModel.clip(8, shade: shade).save(to: folder.file("described/\(index).apng"))
      lines.append(
        """
        {"file_name": "\(index).apng", "text": "\(isDark ? "a red cat" : "a green apple")", \
        "action": "\(isDark ? "dark" : "light")", \
        "split": "\(index < count ? "train" : "heldout")"}
        """)
    }
    try folder.write(lines.joined(separator: "\n").utf8, to: "described/metadata.jsonl")
  }
}
