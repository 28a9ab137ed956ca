internal import Foundation

/// A line of the stamps' `metadata.jsonl`.
struct StampPicture: Codable, Equatable {
  /// The file's path inside the data set.
  let fileName: String
  /// What is said of the picture, the package's sentence.
  let text: String
  /// The same: a stamp has no other name.
  let name: String
  /// What it belongs to, such as "animals": the first folder that it is in.
  let group: String
  /// All folders that it is in, such as "animals/birds".
  let category: String
  /// The sentence in lower case: pictures of which the same is said are in one split.
  let base: String
  /// "train" or "heldout".
  let split: String
  /// The licence's SPDX identifier.
  let license: String
  /// The package and its version.
  let source: String

  enum CodingKeys: String, CodingKey {
    case fileName = "file_name"
    case text, name, group, category, base, split, license, source
  }

  /// The share of the sentences that are held out.
  static let heldOutShare = 0.1

  /// Describes a stamp.
  ///
  /// - Parameters:
  ///   - path: Its file below the package's stamps, without what the name ends in.
  ///   - sentence: What is said of it.
  ///   - package: The package.
  init(_ path: String, sentence: String, package: EmojiSources.Package) {
    let folders = path.split(separator: "/").dropLast()
    fileName = "\(path).png"
    (text, name) = (sentence, sentence)
    group = folders.first.map(String.init) ?? "other"
    category = folders.joined(separator: "/")
    base = sentence.lowercased()
    split = StableHash.fraction("inkwell stamp \(base)") < Self.heldOutShare ? "heldout" : "train"
    license = package.license
    source = package.label
  }
}
