internal import Foundation
internal import Models

/// What the `model_index.json` of a kind of models says beside diffusers' keys, and which parts the
/// models of that kind have.
public protocol ModelDetails: Codable, Sendable, Hashable {
  /// diffusers' class of the pipeline.
  static var pipeline: String { get }
  /// The library and the class of every part, by the part's folder.
  static var parts: [String: [String]] { get }
  /// Every file on which what a model makes depends, relative to its folder.
  static var files: [String] { get }
  /// The parts that this model has beside those of its kind.
  var furtherParts: [String: [String]] { get }
  /// The files of these parts.
  var furtherFiles: [String] { get }
}

extension ModelDetails {
  /// None.
  public var furtherParts: [String: [String]] { [:] }
  /// None.
  public var furtherFiles: [String] { [] }

  /// All parts of this model.
  var allParts: [String: [String]] { Self.parts.merging(furtherParts) { own, _ in own } }
  /// All files on which what this model makes depends, relative to its folder.
  var allFiles: [String] { Self.files + furtherFiles }
}

/// The `model_index.json` of a model: diffusers' keys, and Inkwell's own in one more.
public struct FolderIndex<Details: ModelDetails>: Codable, Sendable, Hashable {
  /// What diffusers does not note.
  public typealias About = Details

  /// What diffusers does not note.
  public var about: Details
  private let parts: [String: [String]]

  /// The index of a model.
  init(_ about: Details) {
    self.about = about
    parts = about.allParts
  }

  /// Reads an index, whose parts are as yet any.
  public init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: Key.self)
    about = try keys.decode(Details.self, forKey: .about)
    parts = try Dictionary(
      uniqueKeysWithValues: about.allParts.keys.map { part in
        (part, try keys.decode([String].self, forKey: Key(part)))
      })
  }

  /// Writes the index.
  public func encode(to encoder: any Encoder) throws {
    var keys = encoder.container(keyedBy: Key.self)
    try keys.encode(Details.pipeline, forKey: .pipeline)
    for (part, kind) in parts { try keys.encode(kind, forKey: Key(part)) }
    try keys.encode(about, forKey: .about)
  }

  /// Reads the index of a folder.
  ///
  /// - Parameter folder: The folder.
  /// - Throws: ``ModelError`` for the index of another pipeline or of other parts, or a
  ///   `ConfigurationError`.
  init(of folder: URL) throws {
    let file = folder.appending(path: ModelFolder.indexFile)
    let path = file.path(percentEncoded: false)
    func check(_ key: String, _ expected: [String], _ found: [String]) throws(ModelError) {
      guard expected != found else { return }
      throw .unsupported(
        file: path, key: key, expected: expected.joined(separator: " "),
        found: found.joined(separator: " "))
    }
    let head: PipelineHead = try readConfiguration(from: file)
    try check(Key.pipeline.stringValue, [Details.pipeline], [head.pipeline])
    self = try readConfiguration(from: file)
    for (part, kind) in about.allParts.sorted(by: { $0.key < $1.key }) {
      try check(part, kind, parts[part] ?? [])
    }
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }

    static var pipeline: Key { Key("_class_name") }
    static var about: Key { Key("inkwell") }
  }
}

/// What is read of a `model_index.json` before the rest.
struct PipelineHead: Decodable {
  let pipeline: String
  enum CodingKeys: String, CodingKey { case pipeline = "_class_name" }
}
