/// What can go wrong between a shape and its file.
public enum ShapeError: Error, Equatable, CustomStringConvertible {
  /// Colours or normals that are not as many as the points, or a tensor of another shape.
  case shape(source: String, expected: String, found: String)
  /// No points, or no faces, where there ought to be some.
  case empty(source: String, expected: String)
  /// A number that is not finite.
  case notFinite(source: String, what: String, index: Int)
  /// A face that names a vertex that there is not.
  case index(source: String, face: Int, vertices: Int, found: Int)
  /// More than allowed; it was not read.
  case tooLarge(source: String, what: String, limit: Int, found: Int)
  /// A place in a file that does not read as its format says.
  case malformed(source: String, place: String, expected: String, found: String)
  /// The file ends before what it announces.
  case truncated(source: String, expected: String, found: Int)
  /// A file name that ends in no format that is read and written.
  case unknownExtension(String)
  /// A record that the file cannot carry.
  case record(reason: String)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .shape(let source, let expected, let found):
      "\(source): expected \(expected), found \(found)"
    case .empty(let source, let expected):
      "\(source): expected \(expected), found none"
    case .notFinite(let source, let what, let index):
      "\(source): expected finite numbers, found another in \(what) \(index)"
    case .index(let source, let face, let vertices, let found):
      "\(source): face \(face): expected one of \(vertices) vertices, found number \(found)"
    case .tooLarge(let source, let what, let limit, let found):
      "\(source): the shape is too large: expected at most \(limit) \(what), found \(found)"
    case .malformed(let source, let place, let expected, let found):
      "\(source): \(place): expected \(expected), found \(found)"
    case .truncated(let source, let expected, let found):
      "\(source): the file ends too early: expected \(expected), found \(found) bytes"
    case .unknownExtension(let name):
      "\(name): expected a name that ends in .obj, .ply or .glb"
    case .record(let reason):
      "what the shape is to say of itself: \(reason)"
    }
  }
}
