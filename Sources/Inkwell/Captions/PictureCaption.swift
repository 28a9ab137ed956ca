/// What a model says of a picture.
public struct PictureCaption: Codable, Sendable, Hashable {
  /// The picture's file.
  public let file: String
  /// The SHA-256 of the file.
  public let sha256: String
  /// What the model says most often; of several that are said as often, the first in the alphabet.
  public let text: String
  /// The share of the model's captions that are this one, in (0, 1].
  public let agreement: Double
  /// Whether enough of them agree.
  public let isSure: Bool
  /// The other captions, the most frequent first.
  public let others: [String]

  /// Takes what is said most often.
  ///
  /// - Parameters:
  ///   - said: The model's captions, at least one.
  ///   - file: The picture's file.
  ///   - sha256: The SHA-256 of the file.
  ///   - needed: The share of captions that must agree for the model to be sure.
  init(of said: [String], file: String, sha256: String, needed: Double) {
    let counts = Dictionary(said.map { ($0, 1) }, uniquingKeysWith: +)
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    self.file = file
    self.sha256 = sha256
    text = counts.first?.key ?? ""
    agreement = Double(counts.first?.value ?? 0) / Double(max(said.count, 1))
    // A picture of which nothing is said is not known either.
    isSure = agreement >= needed && !text.isEmpty
    others = counts.dropFirst().map(\.key)
  }
}
