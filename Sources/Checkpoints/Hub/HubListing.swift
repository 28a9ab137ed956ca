internal import Foundation

/// A model on a hub at one commit, and the names of its files.
struct HubListing: Sendable {
  let repository: String
  /// 40 hexadecimal digits.
  let commit: String
  let files: [String]

  /// The longest listing that is read, in bytes.
  private static let limit = 16 << 20

  private struct Answer: Decodable {
    struct File: Decodable { let rfilename: String }
    let sha: String
    let siblings: [File]
  }

  /// Asks for the files of a model.
  ///
  /// - Parameters:
  ///   - repository: `owner/name`, or `name` for the oldest ones.
  ///   - revision: A branch, a tag or a commit.
  ///   - client: The hub.
  /// - Throws: ``HubError``.
  init(_ repository: String, revision: String, from client: HubClient) async throws {
    try Self.check(repository, revision: revision)
    let url = client.url(["api", "models"] + repository.split(separator: "/").map(String.init))
      .appending(component: "revision").appending(component: revision)
    let data = try await client.get(url).text(limit: Self.limit)
    let answer: Answer
    do {
      answer = try JSONDecoder().decode(Answer.self, from: data)
    } catch {
      throw HubError.answer(
        url: url.absoluteString, expected: "sha and siblings in JSON", found: "\(error)")
    }
    guard answer.sha.count == 40, answer.sha.allSatisfy(Self.isHexadecimal) else {
      throw HubError.answer(
        url: url.absoluteString, expected: "40 hexadecimal digits as sha", found: answer.sha)
    }
    for file in answer.siblings { try Self.check(path: file.rfilename) }
    self.repository = repository
    commit = answer.sha
    files = answer.siblings.map(\.rfilename)
  }

  static func isHexadecimal(_ character: Character) -> Bool {
    "0"..."9" ~= character || "a"..."f" ~= character
  }

  private static func check(_ repository: String, revision: String) throws(HubError) {
    let parts = repository.split(separator: "/", omittingEmptySubsequences: false)
    let isSound =
      (1...2).contains(parts.count)
      && parts.allSatisfy { part in
        (1...96).contains(part.count) && part.first != "." && part.first != "-"
          && !part.contains("--") && !part.contains("..")
          && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
      }
    guard isSound else { throw .name(repository, expected: "OWNER/NAME") }
    let steps = revision.split(separator: "/", omittingEmptySubsequences: false)
    let isPlain = steps.allSatisfy { step in
      !step.isEmpty && step.first != "." && step.first != "-"
        && step.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-+".contains($0)) }
    }
    guard isPlain, revision.count <= 200 else {
      throw .name(revision, expected: "a branch, a tag or a commit")
    }
  }

  /// A path that stays in its folder on any system.
  private static func check(path: String) throws(HubError) {
    let steps = path.split(separator: "/", omittingEmptySubsequences: false)
    let isSound =
      path.utf8.count <= 1000 && steps.count <= 20
      && steps.allSatisfy { step in
        !step.isEmpty && step != "." && step != ".." && step.utf8.count <= 255
          && step.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\\" && $0.value != 0x7F }
      }
    guard isSound else { throw .path(path) }
  }
}
