internal import Torch

/// What becomes of each of LibTorch's operations.
///
/// Shapes are those of the recording: they are fixed, so that whatever only names the elements anew
/// is one reshaping.
enum Emitters {
  /// Adds an operation to the graph.
  ///
  /// - Parameters:
  ///   - translation: What it is added to.
  ///   - operation: The operation and its arguments.
  /// - Returns: Its results.
  typealias Emitter =
    @Sendable (_ translation: inout Translation, _ operation: Operation) throws(CompilerError)
    -> [Graph.Node]

  /// By LibTorch's names.
  static let all: [String: Emitter] = [
    arithmetic, functions, comparisons, reductions, products, layers, resampling, shapes, parts,
    identities,
  ].reduce(into: [:]) { $0.merge($1) { first, _ in first } }
}
