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

/// The text of a prompt, taken apart scalar by scalar.
struct PromptText {
  let scalars: [Unicode.Scalar]

  init(_ text: String) {
    self.init(Array(text.unicodeScalars))
  }

  init(_ scalars: [Unicode.Scalar]) {
    self.scalars = scalars
  }

  subscript(range: Range<Int>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars[range])
    return String(view)
  }

  /// The fault at the place of a scalar.
  func error(_ fault: PromptError.Fault, at place: Int) -> PromptError {
    PromptError(fault: fault, position: self[0..<min(place, scalars.count)].count)
  }
}

extension Unicode.Scalar {
  /// White space as Python's regular expressions have it.
  var isPythonSpace: Bool {
    properties.isWhitespace || 0x1C...0x1F ~= value
  }

  /// A letter, a numeral or `_`: what Python's regular expressions take for a part of a word.
  var isPythonWord: Bool {
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .decimalNumber, .letterNumber, .otherNumber:
      true
    default: self == "_"
    }
  }
}

extension ArraySlice<Unicode.Scalar> {
  /// The places where a word stands for itself, with nothing of a word on either side.
  func places(of word: String) -> [Range<Int>] {
    let word = Array(word.unicodeScalars)
    var places: [Range<Int>] = []
    var place = startIndex
    while place + word.count <= endIndex {
      let range = place..<place + word.count
      let isFree =
        (place == startIndex || !self[place - 1].isPythonWord)
        && (range.upperBound == endIndex || !self[range.upperBound].isPythonWord)
      if isFree && self[range].elementsEqual(word) {
        places.append(range)
        place = range.upperBound
      } else {
        place += 1
      }
    }
    return places
  }

  /// What is left without white space at its ends.
  func trimmed(leading: Bool = true, trailing: Bool = true) -> ArraySlice<Unicode.Scalar> {
    var rest = leading ? drop { $0.isPythonSpace } : self
    while trailing, rest.last?.isPythonSpace == true { rest.removeLast() }
    return rest
  }
}
