/// Actions for one frame after the other, as a user writes them: "faster 10, left 4, stay".
struct WorldScript: Sendable, Hashable {
  /// The most frames that an action is held for.
  private static let longest = 100_000

  /// The action of each frame.
  let actions: [StreetAction]

  /// Reads a script: actions between commas, each with the number of frames that it is held for, 1
  /// if there is none.
  ///
  /// - Throws: `GenerateError.value` that names the part that does not read.
  init(_ text: String) throws {
    let known = StreetAction.allCases.map(\.rawValue).joined(separator: ", ")
    actions = try text.split(separator: ",", omittingEmptySubsequences: false).flatMap { part in
      let words = part.split(separator: " ")
      let count = words.count == 2 ? Int(words[1]) ?? 0 : 1
      guard (1...2).contains(words.count), let action = StreetAction(rawValue: String(words[0])),
        (1...Self.longest).contains(count)
      else {
        throw GenerateError.value(
          "actions",
          expected: "\(known), each with a number of frames or none, separated by commas",
          found: part.isEmpty ? "" : "\"\(part)\"")
      }
      return [StreetAction](repeating: action, count: count)
    }
  }

  /// The actions of so many frames: the script's again and again.
  func actions(_ frames: Int) -> [StreetAction] {
    (0..<frames).map { actions[$0 % actions.count] }
  }
}
