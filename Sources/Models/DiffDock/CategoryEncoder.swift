internal import Layers
internal import Torch

/// Features of what is known by choices: the sum of a row for each, and a map that sees numbers
/// too.
///
/// The reference's `AtomEncoder`.
struct CategoryEncoder: Sendable {
  private let tables: [Tensor]
  private let map: Linear?

  /// An encoder with the parts `atom_embedding_list` and, where there are numbers,
  /// `additional_features_embedder`.
  ///
  /// - Parameters:
  ///   - scope: Where the weights are.
  ///   - choices: How many each choice is of.
  ///   - numbers: How many numbers there are.
  ///   - channels: The features that are made.
  init(_ scope: Scope, choices: [Int], numbers: Int, channels: Int) {
    tables = choices.enumerated().map { index, count in
      (scope / "atom_embedding_list" / index)
        .parameter("weight", [count, channels], .xavierUniform)
    }
    map =
      numbers > 0
      ? Linear(scope / "additional_features_embedder", channels + numbers, channels) : nil
  }

  /// - Parameters:
  ///   - choices: Whole numbers, `[nodes, choices]`.
  ///   - numbers: `[nodes, numbers]`, where there are any.
  /// - Returns: `[nodes, channels]`.
  func callAsFunction(_ choices: Tensor, _ numbers: Tensor? = nil) -> Tensor {
    let rows = tables.enumerated().map { index, table in
      table.embedding(choices.selected(dim: 1, index: index))
    }
    let sum = rows.dropFirst().reduce(rows[0]) { $0 + $1 }
    guard let map, let numbers else { return sum }
    return map(concatenate(sum, numbers, dim: 1))
  }
}
