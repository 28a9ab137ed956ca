internal import Foundation

/// The command that wrote an evaluation's page.
///
/// - Parameters:
///   - model: The model's name.
///   - data: The data set's folder; of one that is elsewhere the name alone is told.
///   - count: How many of a kind were asked for.
///   - usual: How many are made if no number is given.
///   - styles: The styles that were asked for, if any were.
///   - seed: The seed.
///   - output: The page's folder.
/// - Returns: The command, with what is not as usual.
func pageCommand(
  _ model: String, data: String, count: Int, usual: Int, styles: [String]? = nil, seed: UInt64,
  output: String
) -> String {
  let folder = data.hasPrefix("/") ? "data/\(URL(filePath: data).lastPathComponent)" : data
  var parts = ["inkwell evaluate --model \(model) --data \(folder)"]
  if count != usual { parts.append("--count \(count)") }
  if let styles { parts.append("--styles \(styles.joined(separator: ","))") }
  if seed != 0 { parts.append("--seed \(seed)") }
  return (parts + ["--output \(PageNumber.folder(output))"]).joined(separator: " ")
}
