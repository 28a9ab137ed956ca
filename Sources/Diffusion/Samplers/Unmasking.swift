public import Torch

/// Makes texts of tokens that are all hidden in the beginning, and of which some are said at each
/// step.
///
/// It runs absorbing diffusion back. With as many steps as tokens, in an order at random and at a
/// temperature of 1, a network that knows the true probabilities draws the data exactly.
public struct Unmasking: Sendable, Hashable, Codable {
  /// Which of the hidden tokens are said next.
  public enum Order: String, Sendable, Hashable, Codable, CaseIterable {
    /// Any of them, as the process has it (Austin et al. 2021, https://arxiv.org/abs/2107.03006).
    case random
    /// Those that the network is surest of (Chang et al. 2022, section 3.2,
    /// https://arxiv.org/abs/2202.04200, without their noise): fewer steps do, and texts are
    /// likelier than those of the data.
    case surest
  }

  /// Which tokens are said next.
  public var order: Order
  /// How many steps there are, at least 1; more than the tokens are as many as those.
  public var steps: Int
  /// What logits are divided by: 1 draws as the network says, 0 takes the likeliest token.
  public var temperature: Double

  /// Describes how texts are made.
  public init(order: Order = .random, steps: Int, temperature: Double = 1) {
    self.order = order
    self.steps = steps
    self.temperature = temperature
  }

  /// Makes texts, each of its own numbers at random, whatever texts are made beside it.
  ///
  /// - Parameters:
  ///   - length: The tokens of a text.
  ///   - objective: What the network was trained with.
  ///   - generators: The stream of each text.
  ///   - logits: What the network says of texts, `[batch, length]` in `int64`, some of whose tokens
  ///     are the mask: `[batch, length, tokens]`.
  /// - Returns: `[generators.count, length]`, `int64`, without a mask.
  /// - Throws: What `logits` throws.
  public func callAsFunction(
    length: Int, objective: MaskedObjective, generators: [Generator],
    logits: (Tensor) throws -> Tensor
  ) rethrows -> Tensor {
    let shape = [generators.count, length]
    var x = [Int](repeating: objective.mask, count: generators.count * length)
    let count = min(max(steps, 1), length)
    for step in 1...count {
      // Of n tokens, n · step / count are said after a step.
      let left = length - length * step / count
      let said = objective.said(try logits(Tensor(x, shape: shape)).converted(to: .float64))
      let drawn = draw(said, generators)
      let sureness = said.gathered(dim: -1, drawn.unsqueezed(-1)).values(as: Double.self)
      let tokens = drawn.values(as: Int.self)
      for (row, generator) in generators.enumerated() {
        let hidden = (row * length..<(row + 1) * length).filter { x[$0] == objective.mask }
        let scores =
          order == .surest
          ? hidden.map { sureness[$0] }
          : generator.uniform([hidden.count], dtype: .float64).values(as: Double.self)
        let ranked = zip(hidden, scores).sorted { $0.1 > $1.1 }
        for (place, _) in ranked.prefix(hidden.count - left) { x[place] = tokens[place] }
      }
    }
    return Tensor(x, shape: shape)
  }

  /// A token for each place, by Gumbel's trick.
  private func draw(_ said: Tensor, _ generators: [Generator]) -> Tensor {
    guard temperature > 0 else { return said.argmax(dim: -1) }
    let shape = Array(said.shape.sizes.dropFirst())
    let uniform = generators.map { $0.uniform(shape, dtype: .float64) }.stacked()
    let noise = -(-uniform.logarithm()).logarithm()
    return (said + temperature * noise).argmax(dim: -1)
  }
}
