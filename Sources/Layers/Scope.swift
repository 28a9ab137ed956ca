public import Torch

/// A place in a network's tree of names, where a layer asks for its weights.
///
/// `scope / "conv1"` is the place of a part; the parts' names are those of the reference
/// implementation, so that they are the keys of its checkpoints.
public struct Scope {
  let store: ParameterStore

  /// The names from the root, joined by dots.
  public let path: String

  /// Which edges of a picture meet for the layers below; none if not given.
  package var wrapping: Wrapping?

  /// The scope of a part.
  public static func / (scope: Scope, part: String) -> Scope {
    Scope(
      store: scope.store, path: scope.path.isEmpty ? part : "\(scope.path).\(part)",
      wrapping: scope.wrapping)
  }

  /// The scope of a numbered part.
  public static func / (scope: Scope, part: Int) -> Scope {
    scope / String(part)
  }

  /// The type that the layers compute in; float32 where the weights keep their own.
  package var dtype: DType { store.dtype ?? .float32 }

  /// What is added to the linear layer of this place; nothing to most.
  var addition: LowRank? { store.addition(path) }

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

  /// The weight of that name, a factor of products, which may be in a type of fewer bytes.
  ///
  /// The layer converts it to the type of what it multiplies it with.
  package func matrix(_ name: String, _ shape: [Int], _ initializer: Initializer) -> Matrix {
    store.matrix((self / name).path, shape, initializer)
  }

  /// The weight of that name, of which only a few rows are read at a time.
  ///
  /// Unless it is trained, it stays in the type and the place in which it is stored: a table of
  /// words is the largest weight of a text encoder, and a prompt needs some rows of it.
  ///
  /// - Returns: The weight, and the type to convert what is read of it to.
  func table(
    _ name: String, _ shape: [Int], _ initializer: Initializer
  ) -> (weight: Tensor, dtype: DType) {
    let weight = store.parameter((self / name).path, shape, initializer, .table)
    return (weight, store.dtype ?? weight.dtype)
  }
}
