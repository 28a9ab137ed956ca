import Layers
import TestSupport
import Testing
import Torch

/// Expects the derivatives of a network's mean square to be those that a fixture has, under
/// `gradient.` and the names of weights; and the mean square to be its `loss`, if it has one.
///
/// The mean square must be within `tolerance`, as a part of it; derivatives, which add up more,
/// within `factor` times that. `result` is what the network, whose trainable weights `store` holds,
/// makes of the fixture's inputs.
func expectDerivatives(
  of golden: Golden, by store: ParameterStore, within tolerance: Double, times factor: Double = 2,
  sourceLocation: SourceLocation = #_sourceLocation, result: () throws -> Tensor
) throws {
  let expected = try golden.tensors("gradient").sorted { $0.key < $1.key }
  try #require(!expected.isEmpty, "no derivatives in the fixture", sourceLocation: sourceLocation)
  let weights = try expected.map { entry in
    try #require(
      store.parameters.first { $0.name == entry.key }, "\(entry.key)",
      sourceLocation: sourceLocation
    ).tensor
  }
  let (loss, gradients) = try checked {
    let y = try result()
    let loss = (y * y).mean()
    return (loss, loss.gradients(by: weights))
  }
  if golden.names.contains("loss") {
    #expect(relativeDistance(loss, try golden["loss"]) < tolerance, sourceLocation: sourceLocation)
  }
  for (gradient, (key, value)) in zip(gradients, expected) {
    #expect(
      relativeDistance(gradient, value) < factor * tolerance, "\(key)",
      sourceLocation: sourceLocation)
  }
}
