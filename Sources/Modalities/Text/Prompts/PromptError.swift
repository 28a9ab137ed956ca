/// What is wrong with a prompt, and where.
public struct PromptError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kinds of faults.
  public enum Fault: Sendable, Hashable {
    /// A weight that is no number.
    case weight(String)
    /// A bracket that is opened and not closed.
    case unclosed(Character)
    /// A bracket that is closed and was not opened.
    case unopened(Character)
    /// Brackets within brackets, more than any prompt needs.
    case tooDeep(limit: Int)
    /// An operator with another number of weights than it has prompts.
    case weightCount(operator: String, expected: Int, found: Int)
    /// An operator that is not followed here.
    case unsupported(operator: String)
    /// Something that the syntax has no place for.
    case unexpected(Character)
  }

  /// The fault.
  public let fault: Fault
  /// Where it is: characters before it, from 0, where an emoji of several code points counts once.
  public let position: Int

  /// What was expected, what was found, and where.
  public var description: String {
    switch fault {
    case .weight(let found): "prompt, character \(position): expected a number, found \(found)"
    case .unclosed(let bracket):
      "prompt, character \(position): expected \(bracket) to be closed, found the end"
    case .unopened(let bracket):
      "prompt, character \(position): expected an opening bracket before \(bracket), found none"
    case .tooDeep(let limit):
      "prompt, character \(position): expected at most \(limit) brackets within another, found more"
    case .weightCount(let name, let expected, let found):
      "prompt, character \(position): expected \(expected) weights in \(name), found \(found)"
    case .unsupported(let name):
      "prompt, character \(position): expected no operator \(name), which Inkwell does not follow"
    case .unexpected(let found):
      "prompt, character \(position): expected a prompt, found \(found)"
    }
  }
}
