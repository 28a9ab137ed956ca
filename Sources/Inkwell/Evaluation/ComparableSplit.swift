internal import Foundation

/// The fewest things of a split that can be compared.
private let fewest = 8

/// A split of a data set, of at least eight things.
///
/// - Parameters:
///   - split: The split's name.
///   - data: The data set's folder, as it was given.
///   - read: Reads the split.
/// - Returns: What was read.
/// - Throws: ``EvaluationError`` where there is too little, or what `read` throws.
func comparableSplit<Items: CaptionedSet>(
  _ split: String, of data: String, _ read: (String) throws -> Items
) throws -> Items {
  do {
    let items = try read(split)
    guard items.records.count >= fewest else {
      throw EvaluationError.tooFew(split: split, expected: fewest, found: items.records.count)
    }
    return items
  } catch is TrainingDataError where split == "heldout" {
    throw EvaluationError.nothingHeldOut(folder: data, splits: [split])
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
