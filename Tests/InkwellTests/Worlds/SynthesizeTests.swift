import Checkpoints
import Files
import Foundation
import Modalities
import TestSupport
import Testing

@testable import Inkwell

/// Data sets of drives, as one process or several make them.
@Suite("synthesized data sets")
struct SynthesizeTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func request(
    _ episodes: Int = 7, seed: UInt64 = 3, _ street: StreetSettings = StreetSettings(frames: 6)
  ) throws -> Synthesize.Request {
    try Synthesize.Request(episodes: episodes, seed: seed, episodesPerShard: 3, street: street)
  }

  private func make(
    _ name: String, _ request: Synthesize.Request, share: WorkShare = .whole
  ) throws -> Synthesize.Summary {
    try Synthesize(output: folder.file(name), share: share)(request)
  }

  private func files(_ name: String) throws -> [String: Data] {
    try runFiles(folder.file(name))
  }

  private func entries(_ name: String) throws -> [TarArchive.Entry] {
    try files(name).filter { $0.key.hasSuffix(".tar") }.sorted { $0.key < $1.key }.flatMap {
      try TarArchive.entries(of: $0.value, source: $0.key)
    }
  }

  @Test("each drive has its frames, masks, labels and caption, which belong together")
  func makes() throws {
    let summary = try make("set", request(7, StreetSettings(frames: 40, crossingRate: 1)))
    #expect(summary.made == 3 && summary.kept == 0 && summary.missing == 0)
    let manifest = try #require(summary.manifest)
    #expect(manifest.shards.map(\.episodes) == [3, 3, 1])
    #expect(manifest.counts.episodes == 7 && manifest.counts.frames == 280)
    #expect(manifest.counts.withCrossing == 7)
    #expect(manifest.counts.byWeather.values.reduce(0, +) == 7)
    let entries = try entries("set")
    #expect(
      entries.prefix(4).map(\.name) == [
        "00000000.frames.apng", "00000000.masks.apng", "00000000.json", "00000000.txt",
      ])
    #expect(entries.count == 28)
    for number in 0..<7 {
      let drive = try StreetEpisode(
        StreetSettings(frames: 40, crossingRate: 1).plan(of: number, seed: 3), frames: 40, side: 32)
      let own = entries[4 * number..<4 * number + 4].map(\.data)
      for (data, clip) in zip(own, [drive.frames, drive.masks]) {
        let file = try folder.write(data, to: "one.apng")
        #expect(try Clip(contentsOf: file, reading: .trusted) == clip)
      }
      let labels = try JSONDecoder().decode(EpisodeLabels.self, from: own[2])
      #expect(labels == EpisodeLabels(drive, number: number))
      #expect(labels.actions.count == 39 && labels.events.contains { $0.kind == .crossing })
      #expect(String(decoding: own[3], as: UTF8.self) == labels.caption)
    }
  }

  @Test("the manifest has the hash of each file, and reads as what was returned")
  func manifest() throws {
    let manifest = try #require(try make("set", request()).manifest)
    let files = try files("set")
    #expect(
      try JSONDecoder().decode(
        SynthesisManifest.self, from: try #require(files["manifest.json"])) == manifest)
    #expect(try manifest.request == request())
    for shard in manifest.shards {
      let bytes = try #require(files[shard.file])
      #expect(FileHash.sha256(of: bytes) == shard.sha256 && bytes.count == shard.bytes)
    }
    #expect(manifest.classes == ["meadow", "road", "line", "tree", "car", "vehicle", "deer"])
    #expect(manifest.actions == ["stay", "left", "right", "faster", "slower"])
  }

  @Test("any number of processes make the same bytes, in any order")
  func shares() throws {
    _ = try make("whole", request())
    let last = try make("parts", request(), share: WorkShare(rank: 1, of: 2))
    #expect(last.made == 1 && last.missing == 2 && last.manifest == nil)
    #expect(try files("parts")["manifest.json"] == nil)
    let first = try make("parts", request(), share: WorkShare(rank: 0, of: 2))
    #expect(first.made == 2 && first.missing == 0 && first.manifest != nil)
    #expect(try files("parts") == files("whole"))
  }

  @Test("a run that was stopped goes on, and ends with the bytes of one that was not")
  func resumes() throws {
    _ = try make("whole", request())
    let stop = StopSignal()
    #expect(throws: CancellationError.self) {
      try Synthesize(output: folder.file("cut"))(request(), until: stop) { progress in
        #expect(progress.count == 7)
        if progress.done == 5 { stop.request() }
      }
    }
    #expect(
      try files("cut").keys.sorted() == ["request.json", "shard-000000.json", "shard-000000.tar"])
    // A killed process may have written a part of a shard, or a whole one without its note.
    try folder.write([1, 2], to: "cut/.shard-000001.tar.partial")
    try folder.write([3, 4], to: "cut/shard-000002.tar")
    let summary = try make("cut", request())
    #expect(summary.made == 2 && summary.kept == 1)
    #expect(try files("cut") == files("whole"))
  }

  @Test("a shard that is not as it was noted is made again")
  func heals() throws {
    _ = try make("set", request())
    let whole = try files("set")
    try folder.write([1], to: "set/shard-000001.tar")
    let summary = try make("set", request())
    #expect(summary.made == 1 && summary.kept == 2)
    #expect(try files("set") == whole)
  }

  @Test("drives that are the same are kept once, within a shard and across")
  func removesDuplicates() throws {
    // Two frames of three streets, and one of five actions: 15 drives at most.
    let street = StreetSettings(frames: 2, weathers: [.day], crossingRate: 0, levels: 3)
    let manifest = try #require(try make("set", request(60, street)).manifest)
    var seen: [String] = []
    for number in 0..<60 {
      let drive = try StreetEpisode(street.plan(of: number, seed: 3), frames: 2, side: 32)
      if !seen.contains(drive.contentHash) { seen.append(drive.contentHash) }
    }
    #expect(seen.count <= 15 && seen.count > 3)
    #expect(manifest.counts.episodes == seen.count)
    #expect(manifest.counts.duplicates == 60 - seen.count)
    #expect(manifest.shards.reduce(0) { $0 + $1.episodes } == seen.count)
    #expect(try entries("set").count == 4 * seen.count)
    let parts = try (0..<4).map {
      try make("parts", request(60, street), share: WorkShare(rank: $0, of: 4))
    }
    #expect(parts.compactMap(\.manifest) == [manifest])
    #expect(try files("parts") == files("set"))
    #expect(try make("parts", request(60, street)).manifest == manifest)
    #expect(try files("parts") == files("set"))
  }

  @Test("a rate of 0 is never and of 1 always, and others are about as often as they say")
  func rates() {
    func crossings(_ rate: Double) -> Int {
      (0..<2000).filter {
        StreetSettings(crossingRate: rate).plan(of: $0, seed: 9).crossing != nil
      }.count
    }
    #expect(crossings(0) == 0 && crossings(1) == 2000)
    // Five standard deviations of a binomial of 2,000 at 0.1.
    #expect(abs(crossings(0.1) - 200) < 67)
    let careful = (0..<2000).filter {
      StreetSettings(carefulShare: 0.25).plan(of: $0, seed: 9).style == .careful
    }.count
    #expect(abs(careful - 500) < 97)
  }

  @Test("what is held out is so by the street alone")
  func splits() throws {
    let street = StreetSettings(frames: 3, levels: 20)
    var splits: [UInt64: Set<String>] = [:]
    for number in 0..<200 {
      let drive = try StreetEpisode(street.plan(of: number, seed: 1), frames: 3, side: 32)
      let labels = EpisodeLabels(drive, number: number)
      splits[labels.seed, default: []].insert(labels.split)
    }
    #expect(splits.count == 20 && splits.values.allSatisfy { $0.count == 1 })
  }
}

/// What is refused, and how the program says so.
@Suite("requests for synthesized data sets")
struct SynthesizeRefusalTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("a request reads as what was written, and one of another version is refused")
  func codes() throws {
    let request = try Synthesize.Request(
      episodes: 9, seed: .max, episodesPerShard: 2,
      street: StreetSettings(frames: 5, side: 64, weathers: [.snow, .day], levels: 4))
    let json = try request.json()
    #expect(try JSONDecoder().decode(Synthesize.Request.self, from: json) == request)
    let other = String(decoding: json, as: UTF8.self).replacing(
      "\"version\" : 1", with: "\"version\" : 2")
    #expect(throws: SynthesizeError.version(expected: 1, found: 2)) {
      try JSONDecoder().decode(Synthesize.Request.self, from: Data(other.utf8))
    }
  }

  @Test("numbers out of their ranges are refused by name")
  func refuses() {
    func message(
      _ episodes: Int = 1, perShard: Int = 1, _ change: (inout StreetSettings) -> Void = { _ in }
    ) -> String {
      var street = StreetSettings()
      change(&street)
      let error = #expect(throws: SynthesizeError.self) {
        try Synthesize.Request(episodes: episodes, episodesPerShard: perShard, street: street)
      }
      return error?.description ?? ""
    }
    #expect(message(0) == "episodes: expected 1 to 100,000,000, found 0")
    #expect(message(perShard: 10_001) == "episodesPerShard: expected 1 to 10,000, found 10001")
    #expect(message { $0.frames = 1001 } == "frames: expected 1 to 1,000, found 1001")
    #expect(message { $0.side = 48 } == "side: expected one of 32, 64, 128, 256, found 48")
    #expect(
      message { $0.weathers = [] } == "weathers: expected different ones, at least one, found none")
    #expect(message { $0.weathers = [.day, .day] }.hasSuffix("found day, day"))
    #expect(message { $0.crossingRate = 1.5 } == "crossingRate: expected 0 to 1, found 1.5")
    #expect(message { $0.carefulShare = .nan } == "carefulShare: expected 0 to 1, found nan")
    #expect(message { $0.levels = 0 } == "levels: expected at least 1, found 0")
  }

  @Test("the share of a process is what its launcher says")
  func shares() throws {
    #expect(try WorkShare(environment: [:]) == .whole)
    let torchrun = ["RANK": "2", "WORLD_SIZE": "4", "SLURM_PROCID": "0", "SLURM_NTASKS": "9"]
    #expect(try WorkShare(environment: torchrun) == WorkShare(rank: 2, of: 4))
    #expect(Array(try WorkShare(environment: torchrun).numbers(below: 11)) == [2, 6, 10])
    #expect(
      try WorkShare(environment: ["SLURM_PROCID": "1", "SLURM_NTASKS": "3"])
        == WorkShare(rank: 1, of: 3))
    for (environment, message) in [
      (["RANK": "1"], "RANK and WORLD_SIZE: expected two whole numbers, found 1 and none"),
      (
        ["SLURM_PROCID": "x", "SLURM_NTASKS": "2"],
        "SLURM_PROCID and SLURM_NTASKS: expected two whole numbers, found x and 2"
      ),
      (
        ["RANK": "4", "WORLD_SIZE": "4"],
        "rank: expected a number from 0 to below the number of processes, found 4 of 4"
      ),
      (
        ["RANK": "0", "WORLD_SIZE": "0"],
        "rank: expected a number from 0 to below the number of processes, found 0 of 0"
      ),
    ] {
      let error = #expect(throws: SynthesizeError.self) { try WorkShare(environment: environment) }
      #expect(error?.description == message)
    }
  }

  @Test("a folder of something else, of another request, or with a damaged note is refused")
  func folders() throws {
    let request = try Synthesize.Request(episodes: 1, street: StreetSettings(frames: 2))
    try folder.write([1], to: "other/a.txt")
    #expect(
      throws: SynthesizeError.occupied(path: folder.file("other").path(percentEncoded: false))
    ) { try Synthesize(output: folder.file("other"))(request) }
    let set = folder.file("set")
    _ = try Synthesize(output: set)(request)
    let larger = try Synthesize.Request(episodes: 2, street: StreetSettings(frames: 2))
    #expect(throws: SynthesizeError.otherRequest(path: set.path(percentEncoded: false))) {
      try Synthesize(output: set)(larger)
    }
    try folder.write("{".utf8, to: "set/shard-000000.json")
    let error = #expect(throws: SynthesizeError.self) { try Synthesize(output: set)(request) }
    #expect(error?.description.contains("shard-000000.json: expected the note of a shard") == true)
  }

  @Test("the program says what it made, and ends with the code of what is wrong")
  func command() throws {
    func run(_ arguments: String...) throws -> CommandRun.Output {
      try CommandRun(["synthesize"] + arguments, in: folder).finish()
    }
    let made = try run(
      "--output", "set", "--episodes", "4", "--frames", "3", "--weather", "rain",
      "--episodes-per-shard", "2")
    #expect(made.status == 0, "\(made.errors)")
    let lines = made.output.split(separator: "\n")
    #expect(lines.first == "2 shards were made, 0 were there")
    #expect(lines.contains("rain: 4 drives"))
    #expect(lines.last == "4 drives of 3 frames of 32 x 32 are in set")
    for (arguments, status, message) in [
      (["--side", "31"], 64 as Int32, "side: expected one of 32, 64, 128, 256, found 31"),
      (["--weather", "fog"], 64, "expected one of day, night, rain, snow, found fog"),
      (
        ["--output", "set", "--episodes", "5"], 1, "expected the same request as when it was begun"
      ),
    ] {
      let result = try CommandRun(["synthesize"] + arguments, in: folder).finish()
      #expect(result.status == status && result.errors.contains(message), "\(result.errors)")
    }
  }

  @Test("a process that is killed leaves what another goes on with")
  func killed() throws {
    let arguments = [
      "synthesize", "--episodes", "60", "--episodes-per-shard", "10", "--frames", "30", "--output",
    ]
    let whole = try CommandRun(arguments + ["whole"], in: folder).finish()
    #expect(whole.status == 0, "\(whole.errors)")
    let cut = try CommandRun(arguments + ["cut"], in: folder)
    let second = folder.file("cut/shard-000001.json").path(percentEncoded: false)
    while cut.isRunning, !FileManager.default.fileExists(atPath: second) { usleep(1000) }
    #expect(cut.kill())
    let last = try CommandRun(arguments + ["cut"], in: folder).finish()
    #expect(last.status == 0 && !last.output.hasPrefix("6 shards"), "\(last.output)")
    #expect(try runFiles(folder.file("cut")) == runFiles(folder.file("whole")))
  }
}
