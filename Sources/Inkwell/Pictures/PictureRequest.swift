public import Modalities

/// A request for pictures, of which a picture's file carries the part that made it.
public protocol PictureRequest: SeededRequest {
  /// The task, as a picture's file names it; `Generate` goes without a name.
  static var task: String? { get }

  /// The word for what a picture is asked to show, such as `prompt`.
  static var subject: String { get }

  /// Where its pictures come from, in IPTC's words.
  static var source: XMP.Source { get }

  /// The model's name, or its path.
  var model: String { get }

  /// The settings of one picture as AUTOMATIC1111's program writes them, which many others read.
  ///
  /// - Parameters:
  ///   - files: The SHA-256 of every file on which the picture depends.
  ///   - program: The program and its version.
  /// - Returns: Lines of text.
  func parameters(files: [String: String], program: String) -> String
}

extension PictureRequest {
  /// A model made them.
  public static var source: XMP.Source { .trainedAlgorithmicMedia }
}

/// Settings as AUTOMATIC1111's program writes them; those without a value are left out.
func parameterLine(_ fields: [(name: String, value: String?)]) -> String {
  fields.compactMap { name, value in value.map { "\(name): \($0)" } }.joined(separator: ", ")
}
