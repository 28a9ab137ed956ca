internal import Foundation
internal import Modalities

/// A picture's file with what it says of its making.
struct AuditedFile {
  let path: String
  let image: Image
  /// What it was asked to show, if that is known.
  let prompt: String?
  /// How `inkwell generate` made it, if it did.
  let record: Provenance?

  /// Reads a picture.
  init(_ path: String, prompt: String?) throws {
    let url = URL(filePath: path)
    self.path = path
    image = try Image(contentsOf: url)
    record = try Self.record(of: url)
    self.prompt = try record?.request.prompts[0] ?? Self.prompt(of: path) ?? prompt
  }

  /// Reads pictures; those of folders that cannot be read are named with the reason.
  static func all(
    _ paths: [String], prompt: String?
  ) throws -> (files: [AuditedFile], broken: [String: String]) {
    var files: [AuditedFile] = []
    var broken: [String: String] = [:]
    try PictureFiles(paths).inBatches(of: 1) { batch in
      for file in batch {
        do {
          files.append(try AuditedFile(file.path, prompt: prompt))
        } catch  where !file.isNamed {
          broken[file.path] = "\(error)"
        }
      }
    }
    return (files, broken)
  }

  private static func record(of url: URL) throws -> Provenance? {
    do {
      guard try pictureTask(of: url) == Generate.Request.task else { return nil }
      return try Provenance(contentsOf: url)
    } catch ProvenanceError.none, ProvenanceError.unreadable {
      return nil
    }
  }

  /// The prompt of a record in the words of any program.
  private static func prompt(of path: String) throws -> String? {
    do {
      return try InspectPicture(path: path)().prompt
    } catch PictureSettingsError.none, PictureSettingsError.unreadable {
      return nil
    }
  }
}
