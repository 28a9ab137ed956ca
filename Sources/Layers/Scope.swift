public import Torch

/// A place in a network's tree of names, where a layer asks for its weights.
///
/// `scope / "conv1"` is the place of a part; the parts' names are those of the reference
/// implementation, so that they are the keys of its checkpoints.
public struct Scope {
  let store: ParameterStore

  /// The names from the root, joined by dots.
  public let path: String

  /// The scope of a part.
  public static func / (scope: Scope, part: String) -> Scope {
    Scope(store: scope.store, path: scope.path.isEmpty ? part : "\(scope.path).\(part)")
  }

  /// The scope of a numbered part.
  public static func / (scope: Scope, part: Int) -> Scope {
    scope / String(part)
  }

  /// The weight of that name.
  ///
  /// - Parameters:
  ///   - name: The last part of the weight's name.
  ///   - shape: The shape that the layer needs.
  ///   - initializer: How the weight is drawn when nothing is loaded.
  /// - Returns: The weight; zeros where it is missing or misshapen, which the store reports.
  public func parameter(_ name: String, _ shape: [Int], _ initializer: Initializer) -> Tensor {
    store.parameter((self / name).path, shape, initializer)
  }
}
