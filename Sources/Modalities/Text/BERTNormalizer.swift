internal import Foundation

/// BERT's cleaning of a text, which remembers where each character came from.
///
/// The steps are those of Hugging Face's `BertNormalizer`, in its order: drop controls and unify
/// white space, set ideographs apart, strip accents, lower the case.
struct BERTNormalizer: Sendable {
  let cleansText: Bool
  let separatesIdeographs: Bool
  let stripsAccents: Bool
  let lowercases: Bool

  /// Cleans the scalars of a text.
  ///
  /// - Parameter scalars: A part of a text; its indices are the sources of the pieces.
  /// - Returns: The cleaned text.
  func callAsFunction(_ scalars: ArraySlice<Unicode.Scalar>) -> [SourcedScalar] {
    var pieces: [SourcedScalar] = []
    pieces.reserveCapacity(scalars.count)
    for (source, scalar) in zip(scalars.indices, scalars) {
      if cleansText && BERTCharacters.isRemoved(scalar) { continue }
      if cleansText && BERTCharacters.isSpace(scalar) {
        pieces.append(SourcedScalar(scalar: " ", source: source))
      } else if separatesIdeographs && BERTCharacters.isIdeograph(scalar) {
        pieces += [" ", scalar, " "].map { SourcedScalar(scalar: $0, source: source) }
      } else {
        pieces.append(SourcedScalar(scalar: scalar, source: source))
      }
    }
    if stripsAccents {
      pieces = decomposed(pieces).filter { !BERTCharacters.isAccent($0.scalar) }
    }
    return lowercases ? pieces.flatMap(\.lowercased) : pieces
  }

  /// Canonical decomposition (NFD): each character taken apart, and runs of combining marks put
  /// in the order of their classes.
  private func decomposed(_ pieces: [SourcedScalar]) -> [SourcedScalar] {
    guard pieces.contains(where: { !$0.scalar.isASCII }) else { return pieces }
    var result: [SourcedScalar] = []
    var marks: [SourcedScalar] = []
    func endRun() {
      result += Self.sortedByClass(marks)
      marks.removeAll(keepingCapacity: true)
    }
    for piece in pieces.lazy.flatMap(takenApart) {
      if Self.combiningClass(piece) != 0 {
        marks.append(piece)
      } else {
        if !marks.isEmpty { endRun() }
        result.append(piece)
      }
    }
    endRun()
    return result
  }

  private func takenApart(_ piece: SourcedScalar) -> [SourcedScalar] {
    guard piece.scalar.value >= 0xC0, BERTCharacters.isKnown(piece.scalar) else { return [piece] }
    return String(piece.scalar).decomposedStringWithCanonicalMapping.unicodeScalars.map {
      SourcedScalar(scalar: $0, source: piece.source)
    }
  }

  /// A stable sort: marks of one class keep their order.
  private static func sortedByClass(_ marks: [SourcedScalar]) -> [SourcedScalar] {
    marks.enumerated().sorted {
      (combiningClass($0.element), $0.offset) < (combiningClass($1.element), $1.offset)
    }.map(\.element)
  }

  private static func combiningClass(_ piece: SourcedScalar) -> UInt8 {
    piece.scalar.isASCII ? 0 : piece.scalar.properties.canonicalCombiningClass.rawValue
  }
}
