public import Foundation
internal import Modalities

/// The place of a picture among those that were made at a time.
///
/// It is noted because products of other sizes round otherwise in the last bit.
public struct PictureBatch: Codable, Sendable, Hashable {
  /// The number of pictures.
  public let size: Int
  /// The picture's place, counted from 0.
  public let place: Int
}

/// How a picture of a prompt was made.
public typealias Provenance = PictureProvenance<Generate.Request>

/// How a picture was made: what its file carries so that it can be made again.
public struct PictureProvenance<Request: PictureRequest>: Codable, Sendable, Hashable {
  /// The place of a picture among those that were made at a time.
  public typealias Batch = PictureBatch

  /// The version of this layout.
  public static var currentVersion: Int { 1 }

  /// The version of the layout.
  public let version: Int
  /// The task that made it; none for `Generate`.
  public let task: String?
  /// The program and its version.
  public let program: String
  /// What was asked for: one picture, and nothing left to the model.
  public let request: Request
  /// The SHA-256 of every file on which the picture depends, by its path in the model's folder.
  public let files: [String: String]
  /// The batch that the picture was made in.
  public let batch: Batch
  /// The threads of one operation.
  public let threads: Int
  /// How memory was saved, if that changed the picture.
  public let memory: MemorySaving?
  /// What computed the networks; ``Engine/eager`` if not noted.
  public let engine: Engine?

  init(
    request: Request, files: [String: String], batch: Batch, threads: Int,
    memory: MemorySaving? = nil, engine: Engine? = nil
  ) {
    version = Self.currentVersion
    task = Request.task
    program = "inkwell \(Program.version)"
    self.request = request
    self.files = files
    self.batch = batch
    self.threads = threads
    self.memory = memory
    self.engine = engine
  }

  /// Reads what a picture's file carries.
  ///
  /// - Parameter url: A PNG file.
  /// - Throws: ``ProvenanceError`` where it is not a PNG file of Inkwell's.
  public init(contentsOf url: URL) throws {
    let path = url.path(percentEncoded: false)
    self = try Self.decode(try provenanceText(of: url, file: path), file: path)
  }

  private static func decode(_ json: Data, file: String) throws -> PictureProvenance {
    let provenance: PictureProvenance = try decodedRecord(
      json, of: file, version: currentVersion)
    let (batch, threads) = (provenance.batch, provenance.threads)
    let isSound =
      (1...1024).contains(batch.size) && (0..<batch.size).contains(batch.place)
      && (1...1024).contains(threads) && provenance.request.total == 1
      && provenance.task == Request.task
    guard isSound else {
      throw ProvenanceError.malformed(
        file: file, reason: "expected one picture in a batch that it is part of")
    }
    return provenance
  }

  /// What a file says of itself in XMP.
  var xmp: XMP {
    XMP(creatorTool: program, description: request.subject(of: 0), source: Request.source)
  }

  /// The texts that a PNG file carries: the whole, and the line that other programs read.
  func texts() throws -> [PNGText] {
    [
      try PNGText(
        keyword: "parameters", text: request.parameters(files: files, program: program)),
      try PNGText(keyword: provenanceKeyword, text: recordText(self)),
    ]
  }
}

/// The keyword of the text in a PNG file.
private let provenanceKeyword = "inkwell"

/// What is read of a picture's file before the rest.
private struct ProvenanceHead: Decodable {
  let task: String?
}

/// The task that made a picture; none for `Generate`.
///
/// - Parameter url: A PNG file.
/// - Returns: The task's name.
/// - Throws: ``ProvenanceError`` where it is not a PNG file of Inkwell's.
public func pictureTask(of url: URL) throws -> String? {
  let path = url.path(percentEncoded: false)
  let json = try provenanceText(of: url, file: path)
  do {
    return try JSONDecoder().decode(ProvenanceHead.self, from: json).task
  } catch {
    throw ProvenanceError.malformed(file: path, reason: "\(error)")
  }
}

/// The JSON that a picture's file carries.
private func provenanceText(of url: URL, file: String) throws -> Data {
  let bytes: Data
  do {
    bytes = try Data(contentsOf: url)
  } catch {
    throw ProvenanceError.unreadable(file: file, reason: error.localizedDescription)
  }
  let texts: [PNGText]
  do throws(PNGError) {
    texts = try PNGText.read(from: bytes)
  } catch {
    throw ProvenanceError.unreadable(file: file, reason: "\(error)")
  }
  guard let text = texts.first(where: { $0.keyword == provenanceKeyword })?.text else {
    throw ProvenanceError.none(file: file)
  }
  return Data(text.utf8)
}

/// Why a picture cannot be made again.
public enum ProvenanceError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file cannot be read, or is no PNG file.
  case unreadable(file: String, reason: String)
  /// The file carries nothing of Inkwell's.
  case none(file: String)
  /// The file carries something of another version.
  case version(file: String, expected: Int, found: Int)
  /// What the file carries contradicts itself.
  case malformed(file: String, reason: String)
  /// The model is another one than the picture was made with.
  case otherModel(folder: String, changed: [String])
  /// The file that it began with is another one than then.
  case otherSource(file: String)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file): \(reason)"
    case .none(let file):
      "\(file): expected a picture that Inkwell made, found one that does not say how it was made"
    case .version(let file, let expected, let found):
      "\(file): version of its provenance: expected \(expected), found \(found)"
    case .malformed(let file, let reason):
      "\(file): what it says of its making does not hold together: \(reason)"
    case .otherModel(let folder, let changed):
      "\(folder): expected the model that the picture was made with; these files are others: "
        + changed.joined(separator: ", ")
    case .otherSource(let file):
      "\(file): expected the file that was begun with, found another"
    }
  }
}
