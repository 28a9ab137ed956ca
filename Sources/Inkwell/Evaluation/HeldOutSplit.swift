internal import Foundation

/// What a data set has that was not trained on, at least eight.
///
/// - Parameters:
///   - data: The data set's folder, as it was given.
///   - read: Reads the split `heldout`.
/// - Returns: What was read.
/// - Throws: ``EvaluationError`` where there is too little, or what `read` throws.
func heldOutSplit<Items: CaptionedSet>(of data: String, _ read: () throws -> Items) throws -> Items
{
  do {
    let items = try read()
    guard items.records.count >= 8 else {
      throw EvaluationError.tooFew(split: "heldout", expected: 8, found: items.records.count)
    }
    return items
  } catch is TrainingDataError {
    throw EvaluationError.nothingHeldOut(folder: data, splits: ["heldout"])
  }
}

/// The lines of a folder's `metadata.jsonl` as a data set of ours has them.
///
/// - Throws: ``EvaluationError`` for a line that is of another data set.
func metadataLines<Line: Decodable>(in folder: URL) throws -> [Line] {
  let file = folder.appending(path: "metadata.jsonl")
  let text = try String(contentsOf: file, encoding: .utf8)
  let decoder = JSONDecoder()
  return try text.split(separator: "\n").enumerated().map { number, line in
    do {
      return try decoder.decode(Line.self, from: Data(line.utf8))
    } catch {
      throw EvaluationError.line(
        number + 1, file: file.path(percentEncoded: false), reason: "\(error)")
    }
  }
}
