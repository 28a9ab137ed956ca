internal import Checkpoints
public import Foundation
public import Modalities

/// What is in a folder of pictures.
public struct DatasetInspection {
  /// The figures of a data set.
  public struct Figures: Codable, Sendable, Equatable {
    /// Pictures that can be read.
    public internal(set) var pictures = 0
    /// Pictures that cannot be read, with the reason.
    public internal(set) var broken: [String] = []
    /// Pictures by width and height.
    public internal(set) var sizes: [String: Int] = [:]
    /// Pictures by style.
    public internal(set) var styles: [String: Int] = [:]
    /// Pictures by group.
    public internal(set) var groups: [String: Int] = [:]
    /// The share of each group in what training draws, by the weights.
    public internal(set) var weightedGroups: [String: Double] = [:]
    /// Pictures by split.
    public internal(set) var splits: [String: Int] = [:]
    /// Pictures by licence.
    public internal(set) var licenses: [String: Int] = [:]
    /// Distinct bases, variants counted once.
    public internal(set) var bases = 0
    /// Distinct words in the captions.
    public internal(set) var words = 0
    /// Words that are in the captions of at least three pictures.
    public internal(set) var commonWords = 0
    /// The mean number of captions of a picture.
    public internal(set) var captionsPerPicture = 0.0
    /// Pictures that have the pixels of an earlier one.
    public internal(set) var duplicates = 0
    /// Pictures that have the pixels of one in another split.
    public internal(set) var leaks: [String] = []
  }

  /// The data set.
  public let folder: ImageFolder

  /// Its figures.
  public let figures: Figures

  private let broken: Set<String>

  /// Reads every picture of a data set once.
  /// - Parameter folder: A folder in the layout of `ImageFolder`.
  /// - Throws: `ImageFolderError`.
  public init(_ folder: URL) throws {
    self.folder = try ImageFolder(contentsOf: folder)
    var tally = Tally()
    var broken: [ImageFolder.Broken] = []
    self.folder.forEachPicture(broken: { broken.append($0) }, { tally.add($0) })
    self.broken = Set(broken.map(\.fileName))
    var figures = tally.finished()
    figures.broken = broken.map(\.description)
    self.figures = figures
  }

  /// A sheet of pictures spread evenly over the data set, with their captions.
  /// - Parameters:
  ///   - count: How many pictures to show at most, at least 1.
  ///   - isIncluded: Which pictures to choose from.
  /// - Returns: The sheet.
  /// - Throws: `ImageError`, or what reading a picture threw.
  public func contactSheet(
    count: Int, where isIncluded: (ImageFolder.Record) -> Bool = { _ in true }
  ) throws -> Image {
    precondition(count > 0, "a sheet shows at least one picture")
    let records = folder.records.filter { isIncluded($0) && !broken.contains($0.fileName) }
    let shown = min(count, records.count)
    let cells = try (0..<shown).map { index in
      let record = records[index * records.count / shown]
      return ContactSheet.Cell(try folder.image(record), label: record.text)
    }
    return try ContactSheet(columns: min(12, max(1, shown)), side: 96)(cells)
  }

  /// Writes a contact sheet to a PNG, JPEG or WebP file.
  /// - Parameters:
  ///   - count: How many pictures to show at most, at least 1.
  ///   - url: The file.
  /// - Throws: `ImageError`, `FileError`, or what reading a picture threw.
  public func saveContactSheet(count: Int, to url: URL) throws {
    try contactSheet(count: count).save(to: url)
  }
}

/// Counts the pictures of a data set one by one.
private struct Tally {
  private var figures = DatasetInspection.Figures()
  private var words: [Substring: Int] = [:]
  private var bases: Set<String> = []
  private var captions = 0
  private var splits: [String: (split: String, fileName: String)] = [:]

  mutating func add(_ picture: ImageFolder.Picture) {
    let (record, image) = (picture.record, picture.image)
    figures.pictures += 1
    figures.sizes["\(image.width) x \(image.height)", default: 0] += 1
    figures.styles[record.style ?? "none", default: 0] += 1
    figures.groups[record.group ?? "none", default: 0] += 1
    figures.licenses[record.license ?? "none", default: 0] += 1
    let split = record.split ?? "train"
    figures.splits[split, default: 0] += 1
    if split == "train" {
      figures.weightedGroups[record.group ?? "none", default: 0] += record.weight ?? 1
    }
    bases.insert(record.base ?? record.fileName)
    let texts = record.captions ?? [record.text]
    captions += texts.count
    let found = texts.flatMap { $0.lowercased().split { !$0.isLetter && !$0.isNumber } }
    for word in Set(found) { words[word, default: 0] += 1 }
    let hash = FileHash.sha256(of: image.pixels)
    if let first = splits[hash] {
      figures.duplicates += 1
      if first.split != split { figures.leaks.append("\(record.fileName) = \(first.fileName)") }
    } else {
      splits[hash] = (split, record.fileName)
    }
  }

  func finished() -> DatasetInspection.Figures {
    var figures = figures
    let total = figures.weightedGroups.values.reduce(0, +)
    figures.weightedGroups = figures.weightedGroups.mapValues { total > 0 ? $0 / total : 0 }
    figures.bases = bases.count
    figures.words = words.count
    figures.commonWords = words.values.count { $0 >= 3 }
    figures.captionsPerPicture = Double(captions) / Double(max(1, figures.pictures))
    return figures
  }
}

extension DatasetInspection.Figures: CustomStringConvertible {
  /// The figures for people to read.
  public var description: String {
    func list(_ title: String, _ counts: [String: Int]) -> [String] {
      let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      return ["\(title):"] + sorted.map { "  \($0.key): \($0.value)" }
    }
    var lines = ["\(pictures) pictures of \(bases) bases"]
    lines += list("sizes", sizes) + list("styles", styles) + list("splits", splits)
    lines += list("licences", licenses) + ["groups (and their share of the training draws):"]
    for (group, count) in groups.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      let share = ((weightedGroups[group] ?? 0) * 1000).rounded() / 10
      lines.append("  \(group): \(count) (\(share) %)")
    }
    let mean = (captionsPerPicture * 100).rounded() / 100
    lines.append("captions: \(mean) a picture, \(words) words, \(commonWords) of them on 3 or more")
    lines.append("\(duplicates) pictures have the pixels of an earlier one")
    lines += leaks.map { "the same picture in two splits: \($0)" }
    lines.append("\(broken.count) pictures are broken")
    return (lines + broken).joined(separator: "\n")
  }

  /// The figures as JSON.
  /// - Throws: What the encoder throws for a number that JSON cannot hold.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
