internal import Foundation

/// What a record says of how something was made.
///
/// - Parameters:
///   - json: The record.
///   - file: The file that it is from, for errors.
///   - expected: The version of the layout that is read.
/// - Returns: The record, whose values are as yet any.
/// - Throws: ``ProvenanceError`` for another version, or for what is no such record.
func decodedRecord<Record: Decodable>(
  _ json: Data, of file: String, version expected: Int
) throws(ProvenanceError) -> Record {
  let record: Record
  do {
    let version = try JSONDecoder().decode(RecordHead.self, from: json).version
    guard version == expected else {
      throw ProvenanceError.version(file: file, expected: expected, found: version)
    }
    record = try JSONDecoder().decode(Record.self, from: json)
  } catch let error as ProvenanceError {
    throw error
  } catch {
    throw .malformed(file: file, reason: "\(error)")
  }
  return record
}

/// A record as files carry it: JSON on one line, the same for equal records.
func recordText(_ record: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(record), as: UTF8.self)
}

/// What is read of a record before the rest.
private struct RecordHead: Decodable { let version: Int }
