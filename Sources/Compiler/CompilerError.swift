package import Torch

/// What keeps a network from being compiled or from running so.
package enum CompilerError: Error, Sendable, Hashable, CustomStringConvertible {
  /// OpenVINO's runtime cannot be opened; why.
  case unavailable(String)
  /// What the network does and cannot be recorded, in LibTorch's words.
  case recording(String)
  /// An operation that has no counterpart here, by LibTorch's name.
  case unknownOperation(String)
  /// An operation with an argument that has none; what was expected and found.
  case argument(operation: String, expected: String, found: String)
  /// A type of numbers that compiled networks do not have.
  case type(DType)
  /// Inputs of other shapes or types than the network was compiled for.
  case inputs(expected: [String], found: [String])
  /// What OpenVINO said.
  case runtime(String)

  /// What was expected, what was found, and where.
  package var description: String {
    switch self {
    case .unavailable(let reason): reason
    case .recording(let reason): reason
    case .unknownOperation(let name): "compiled networks have no operation \(name)"
    case .argument(let operation, let expected, let found):
      "\(operation): expected \(expected) in a compiled network, found \(found)"
    case .type(let dtype): "compiled networks have no numbers of type \(dtype)"
    case .inputs(let expected, let found):
      "a compiled network's inputs: expected \(expected.joined(separator: ", ")), "
        + "found \(found.joined(separator: ", "))"
    case .runtime(let message): "OpenVINO: \(message)"
    }
  }
}
