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
