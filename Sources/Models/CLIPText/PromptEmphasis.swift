package import Torch

/// How the weights of a prompt's tokens act on their states.
public enum PromptEmphasis: String, Codable, Sendable, CaseIterable {
  /// Every state is multiplied by its weight, and then all by one number that brings back their
  /// mean: what AUTOMATIC1111's web UI calls "Original".
  case restoringMean
  /// Every state is multiplied by its weight: what the web UI calls "No norm".
  case plain
  /// No state is changed.
  case ignored

  /// - Parameters:
  ///   - states: Of one chunk, `[1, tokens, channels]`.
  ///   - weights: `[1, tokens]`.
  /// - Returns: `[1, tokens, channels]`.
  package func callAsFunction(_ states: Tensor, weights: Tensor) -> Tensor {
    guard self != .ignored else { return states }
    let weighted = states * weights.converted(to: states.dtype).unsqueezed(-1)
    return self == .plain ? weighted : weighted * (states.mean() / weighted.mean())
  }
}

/// States moved away from those of the empty prompt, or towards them, as compel weighs tokens:
/// `empty + weight · (states - empty)`; a state whose weight is 1 stays as it is to the last bit.
///
/// - Parameters:
///   - states: `[1, tokens, channels]`.
///   - empty: The states of the empty prompt, `[1, tokens, channels]`.
///   - weights: `[1, tokens]`.
/// - Returns: `[1, tokens, channels]`.
package func interpolated(_ states: Tensor, from empty: Tensor, weights: Tensor) -> Tensor {
  let weights = weights.converted(to: states.dtype).unsqueezed(-1)
  return weights.equal(to: 1).choosing(states, else: empty + (states - empty) * weights)
}
