internal import Foundation
internal import Torch

extension StableDiffusionModel {
  func blended(
    _ prompt: ChangingPrompt, with others: [(prompt: ChangingPrompt, weight: Double)],
    by blending: Generate.Blending
  ) throws -> ChangingPrompt {
    guard !others.isEmpty else { return prompt }
    let parts = try ([prompt] + others.map(\.prompt)).map { part in
      guard let constant = part.constant else {
        throw GenerateError.value(
          "blend", expected: "prompts that are the same in all steps", found: "one that changes")
      }
      return constant
    }
    let lengths = parts.map { $0.states.shape[1] }
    guard Set(lengths).count == 1 else {
      throw GenerateError.value(
        "blend", expected: "prompts of as many tokens, such as short ones",
        found: lengths.map { "\($0)" }.joined(separator: " and "))
    }
    let weights = [1 - others.reduce(0) { $0 + $1.weight }] + others.map(\.weight)
    func mix(_ states: [Tensor]) -> Tensor {
      guard blending == .linear else { return slerp(states[0], states[1], weights[1]) }
      let terms = zip(states, weights).map { $0 * $1 }
      return terms.dropFirst().reduce(terms[0], +)
    }
    let pooled = parts.compactMap(\.pooled)
    return try checked {
      ChangingPrompt(
        StableDiffusionPrompt(
          states: mix(parts.map(\.states)), pooled: pooled.isEmpty ? nil : mix(pooled)))
    }
  }
}

/// The point on the arc from `a` to `b`, `[…, channels]`, at a share of the way; on the straight
/// line for vectors that are nearly parallel.
///
/// Shoemake 1985, https://doi.org/10.1145/325334.325242, of vectors of any length.
func slerp(_ a: Tensor, _ b: Tensor, _ share: Double) -> Tensor {
  func dot(_ x: Tensor, _ y: Tensor) -> Tensor { (x * y).sum(dims: [-1], keepingDims: true) }
  let lengths = (dot(a, a) * dot(b, b)).squareRoot()
  let cosines = (dot(a, b) / lengths).values(as: Double.self)
  let factors = cosines.map { cosine in
    let angle = acos(min(max(cosine, -1), 1))
    guard sin(angle) > 1e-4 else { return (1 - share, share) }
    return (sin((1 - share) * angle) / sin(angle), sin(share * angle) / sin(angle))
  }
  func column(_ values: [Double]) -> Tensor {
    Tensor(values, shape: lengths.shape.sizes).converted(to: a.dtype)
  }
  return column(factors.map(\.0)) * a + column(factors.map(\.1)) * b
}
