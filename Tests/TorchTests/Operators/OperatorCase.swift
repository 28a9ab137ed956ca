import Testing
import Torch

/// A call of one operator with the arguments that `operators.py` gives the reference.
struct OperatorCase: Sendable {
  /// The overload's name, with `:variant` where it has several cases.
  let name: String
  /// Calls the operator.
  let run: @Sendable ([Tensor]) -> [Tensor]

  /// The overload's name.
  var overload: String { String(name.prefix { $0 != ":" }) }

  /// A case whose operator gives one tensor.
  static func one(
    _ name: String, _ run: @escaping @Sendable ([Tensor]) -> Tensor
  ) -> OperatorCase {
    OperatorCase(name: name) { [run($0)] }
  }

  /// A case whose operator gives two.
  static func two(
    _ name: String, _ run: @escaping @Sendable ([Tensor]) -> (Tensor, Tensor)
  ) -> OperatorCase {
    OperatorCase(name: name) { x in
      let (first, second) = run(x)
      return [first, second]
    }
  }

  /// A case whose operator gives several.
  static func many(
    _ name: String, _ run: @escaping @Sendable ([Tensor]) -> [Tensor]
  ) -> OperatorCase {
    OperatorCase(name: name, run: run)
  }

  /// A case whose operator changes a tensor, and gives it back.
  static func change(
    _ name: String, _ run: @escaping @Sendable (Tensor, [Tensor]) -> Tensor
  ) -> OperatorCase {
    OperatorCase(name: name) { x in
      let target = x[0].cloned()
      let result = run(target, x)
      return result.isIdentical(to: target) ? [target] : []
    }
  }

  /// All cases, in the order of Scripts/operators.txt.
  static let all =
    arithmetic + elementwise + comparison + reductions + matrices + networks + shapes + changes
}

extension OperatorCase: CustomTestStringConvertible {
  var testDescription: String { name }
}
