/// A character of a cleaned text, which remembers where it came from.
struct SourcedScalar: Sendable {
  let scalar: Unicode.Scalar
  /// The offset, in Unicode scalars, of the character in the text that it came from.
  let source: Int

  /// The character in lower case, which may be several; no neighbour changes it.
  var lowercased: [SourcedScalar] {
    if scalar.isASCII {
      let isUpper = "A"..."Z" ~= scalar
      let lower = isUpper ? Unicode.Scalar(UInt8(scalar.value) | 0x20) : scalar
      return [SourcedScalar(scalar: lower, source: source)]
    }
    return scalar.properties.lowercaseMapping.unicodeScalars.map {
      SourcedScalar(scalar: $0, source: source)
    }
  }
}
