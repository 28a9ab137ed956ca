import Foundation
import Modalities
import TestSupport
import Testing

@testable import Inkwell

@Suite struct MusicDatasetTests {
  private func tunes(_ count: Int) throws -> [MusicBook.Tune] {
    try (0..<count).map { number in
      let bars = [String](repeating: "DEFG ABcd|", count: 16).joined()
      let entry = try #require(
        ABCBook("X:\(number)\nT:Tune \(number) -- Reel\nR:reel\nM:C|\nL:1/8\nK:D\n\(bars)\n")
          .entries.first)
      return MusicBook.Tune(book: .oNeill, file: "a.abc", tune: try ABCTune(entry))
    }
  }

  private var package: EmojiSources.Package {
    get throws { try #require(EmojiSources.music().packages.first) }
  }

  @Test("clips begin with a bar, at a tempo that is kept exactly, and name what they are")
  func plans() throws {
    for tune in try tunes(12) {
      let plan = try #require(MusicPlan(tune, number: 0))
      let clip = try plan.clip(package, license: "MIT")
      #expect(tune.tune.bars.contains(plan.start))
      #expect(MusicPlan.tempi.contains(clip.tempo) && clip.key == "D major" && clip.tonic == 2)
      #expect(
        clip.text == "a reel on the \(clip.instrument.rawValue), \(clip.tempo) bpm, D major")
      #expect(clip.captions.first == clip.text && Set(clip.captions).count == 5)
      // Quavers are quarters of the minims that a reel's beats are.
      let step = 60 / Double(clip.tempo) / 4
      for (index, onset) in clip.onsets.enumerated() {
        #expect(abs(onset - Double(index) * step) < 1e-4)
      }
      // A note that begins in the last hundredth of a second is left out.
      #expect(clip.onsets.count == Int(((MusicPlan.seconds - 0.01) / step).rounded(.up)))
      let octave = clip.instrument == .guitar ? -12 : 0
      #expect(clip.pitches.prefix(8) == [62, 64, 66, 67, 69, 71, 73, 74].map { $0 + octave }[...])
      let notes = plan.notes(by: MusicPerformer(plan.instrument))
      #expect(notes.allSatisfy { $0.end <= MusicPlan.seconds && $0.end > $0.start })
      #expect(plan.isAccented(0) && !plan.isAccented(step))
    }
  }

  @Test("instruments and tempi are drawn about equally often, and settings of a title never part")
  func draws() throws {
    let clips = try tunes(400).map { tune in
      try #require(MusicPlan(tune, number: 1)).clip(package, license: "MIT")
    }
    let counts = Dictionary(grouping: clips, by: \.instrument).mapValues(\.count)
    #expect(counts.count == 8 && counts.values.allSatisfy { (30...75).contains($0) })
    #expect(Set(clips.map(\.tempo)).count == 7)
    let heldOut = clips.count { $0.split == "heldout" }
    #expect((10...40).contains(heldOut))
    #expect(clips[0].base == "tune 0")
    let short = try #require(ABCBook("X:1\nT:A\nM:C\nL:1/8\nK:C\nCDEF|\n").entries.first)
    let tune = MusicBook.Tune(book: .ryan, file: "b.abc", tune: try ABCTune(short))
    #expect(MusicPlan(tune, number: 0) == nil)
  }

  @Test("half of the melodies are sung, the others played by another instrument, at the same times")
  func melodies() throws {
    let plans = try tunes(400).map { try #require(MusicPlan($0, number: 1)) }
    let sung = plans.count { MusicPerformer.voices.contains($0.follower) }
    #expect((160...240).contains(sung))
    for plan in plans {
      #expect(plan.follower != MusicPerformer(plan.instrument))
      let own = plan.notes(by: MusicPerformer(plan.instrument))
      let other = plan.notes(by: plan.follower)
      #expect(zip(own, other).allSatisfy { $0.start == $1.start && $0.end == $1.end })
      let octaves = plan.follower.octaves - MusicPerformer(plan.instrument).octaves
      #expect(zip(own, other).allSatisfy { $1.pitch - $0.pitch == 12 * octaves })
    }
    let clip = try plans[0].clip(package, license: "MIT", hasMelody: true)
    let name = try #require(clip.fileName.split(separator: "/").last)
    #expect(clip.melody == "melodies/\(name)" && clip.melodyBy == plans[0].follower.name)
    let alone = try plans[0].clip(package, license: "MIT")
    #expect(alone.melody == nil && alone.melodyBy == nil && alone.pitches == clip.pitches)
  }

  @Test(
    "kinds of tunes are read in the books' own words",
    arguments: [
      ("double jig", MusicKind.jig), ("slipjig", .slipJig), ("slip jig", .slipJig),
      ("reel", .reel), ("fling", .fling), ("highland fling", .fling), ("slide", nil),
    ])
  func kinds(field: String, kind: MusicKind?) {
    #expect(MusicKind(abc: field) == kind)
  }

  @Test("captions name the metre where the book names no kind, and airs are an air")
  func captions() {
    let plain = MusicCaptions(nil, meter: "6/8", .flute, tempo: 90, key: "A dorian")
    #expect(plain.main == "a tune in 6/8 on the flute, 90 bpm, A dorian")
    let air = MusicCaptions(.air, meter: "3/4", .piano, tempo: 70, key: "G major")
    #expect(air.all[2] == "an air in G major on the piano")
  }

  @Test("a score is a MIDI file: ends before beginnings, and times in ten-thousandths")
  func midi() {
    var score = MIDIScore()
    score.setProgram(40, at: 0)
    score.addNote(62, from: 0.0128, to: 0.5, velocity: 85)
    score.addNote(64, from: 0.5, to: 1, velocity: 100)
    let bytes = [UInt8](score.encoded(lasting: 2))
    let header: [UInt8] = [
      0x4D, 0x54, 0x68, 0x64, 0, 0, 0, 6, 0, 0, 0, 1, 0x27, 0x10, 0x4D, 0x54, 0x72, 0x6B, 0, 0, 0,
    ]
    let track: [UInt8] = [
      0, 0xFF, 0x51, 3, 0x0F, 0x42, 0x40,  // a crotchet is a second
      0, 0xB0, 120, 0, 0, 0xC0, 40,
      0x81, 0x00, 0x90, 62, 85,  // 128 ticks later
      0xA6, 0x08, 0x80, 62, 0,  // 4872 ticks later
      0, 0x90, 64, 100,
      0xA7, 0x08, 0x80, 64, 0,  // 5000 ticks later
      0xCE, 0x10, 0xFF, 0x2F, 0,  // 10000 ticks later
    ]
    #expect(bytes == header + [UInt8(track.count)] + track)
  }

  @Test("tunes are read of a package in order, and those that cannot be are named")
  func books() throws {
    let folder = try TemporaryFolder()
    #expect(throws: DatasetError.self) { try MusicBook.tunes(in: folder.url) { _, _ in } }
    try folder.write(
      "X:1\nT:The One\nM:C\nK:G\nGABc|\n\nX:2\nT:Two\nM:C\nK:none\nG\n".utf8,
      to: "music21/corpus/oneills1850/1.abc")
    try folder.write("X:1\nT:One\nM:C\nK:D\nDEFG|\n".utf8, to: "music21/corpus/ryansMammoth/1.abc")
    var leftOut: [String] = []
    let tunes = try MusicBook.tunes(in: folder.url) { leftOut.append("\($0): \($1)") }
    #expect(tunes.map(\.id) == ["oneills1850/1.abc/1", "ryansMammoth/1.abc/1"])
    #expect(tunes.map(\.base) == ["one", "one"])
    #expect(leftOut == ["oneills1850/1.abc/2: K: expected a key, found \"none\""])
  }

  @Test("what cannot be built is refused before anything is made")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let output = folder.file("out")
    for (clips, tunes, what) in [(0, nil, "clips of a tune"), (1, 0, "tunes")]
      as [(Int, Int?, String)]
    {
      let build = MusicDataset(output: output, clipsPerTune: clips, tunes: tunes)
      #expect(throws: DatasetError.count(what: what, found: 0)) { try build() }
    }
    let build = MusicDataset(output: output, sources: folder.file("nowhere"))
    #expect(throws: DatasetError.self) { try build() }
    #expect(try folder.contents().isEmpty)
  }

  @Test("parts of a sound have silence beyond its ends, and what is too loud is made softer")
  func parts() throws {
    let sound = try Sound(channels: 2, sampleRate: 1000, samples: [1, 2, 3, -4, 5, 6])
    #expect(try sound.part(1..<2).samples == [2, 5])
    #expect(try sound.part(-1..<4).samples == [0, 1, 2, 3, 0, 0, -4, 5, 6, 0])
    #expect(try sound.part(-3 ..< -1).samples == [0, 0, 0, 0])
    #expect(try sound.part(5..<6).samples == [0, 0])
    let soft = try sound.withinFullScale()
    #expect(soft.peak == 1 && soft.samples[0] == Float(1) / 6)
    #expect(try soft.withinFullScale() == soft)
  }
}
