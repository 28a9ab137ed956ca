public import Torch

/// Guidance by a picture and by what is to be done to it, with all estimates from one call.
///
/// Brooks et al. 2023, equation 3, https://arxiv.org/abs/2211.09800:
/// `neither + pictureScale · (picture - neither) + scale · (both - picture)`, where `picture` knows
/// the picture and `both` the instruction too. Where both scales are 1 it is `both`. Estimates that
/// do not count are not made.
public struct InstructionGuided<Branches: Denoiser>: Denoiser {
  private let scales: InstructionScales
  private let branches: Branches
  private let rescale: Double
  private let space: PredictionType

  /// The guided denoiser.
  ///
  /// - Parameters:
  ///   - scales: How much the picture and the instruction count.
  ///   - branches: A denoiser over `[branches · batch, …]`: every sample for the first of the
  ///     scales' ``InstructionScales/branches``, then every sample for the next.
  ///   - rescale: How much of the deviation that guidance adds is taken away again, 0 … 1, as by
  ///     ``RescaledGuidance``.
  ///   - space: What the deviation is measured on.
  public init(
    _ scales: InstructionScales, _ branches: Branches, rescale: Double = 0,
    space: PredictionType = .x0
  ) {
    precondition((0...1).contains(rescale), "factor \(rescale) is not between 0 and 1")
    self.scales = scales
    self.branches = branches
    self.rescale = rescale
    self.space = space
  }

  /// Estimates `x0` with one call.
  public func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    let weights = scales.branches.map { scales.weight(of: $0) }
    let all = try branches(weights.map { _ in x }.concatenated(), at: level)
    let parts = all.chunked(weights.count, dim: 0)
    let guided = zip(weights, parts).dropFirst()
      .reduce(weights[0] * parts[0]) { sum, next in sum + next.0 * next.1 }
      .converted(to: all.dtype)
    guard rescale > 0 else { return guided }
    func output(_ x0: Tensor) -> Tensor {
      space.output(x0: x0, epsilon: level.epsilon(in: x, of: x0), at: level)
    }
    let held = rescaled(output(guided), towards: output(parts[parts.count - 1]), factor: rescale)
    return try space.x0(from: held, x: x, at: level).converted(to: all.dtype)
  }
}

/// How much a picture and an instruction count; 1 is as much as the denoiser was trained for.
public struct InstructionScales: Sendable, Hashable {
  /// What an estimate knows.
  public enum Branch: Sendable, Hashable, CaseIterable {
    /// Nothing.
    case neither
    /// The picture.
    case picture
    /// The picture and the instruction.
    case both
  }

  /// How much the instruction counts.
  public var instruction: Double
  /// How much the picture counts.
  public var picture: Double

  /// Scales.
  public init(instruction: Double, picture: Double) {
    self.instruction = instruction
    self.picture = picture
  }

  /// The estimates that count, that of both the last.
  public var branches: [Branch] { Branch.allCases.filter { $0 == .both || weight(of: $0) != 0 } }

  /// The factor of an estimate; all sum to 1.
  public func weight(of branch: Branch) -> Double {
    switch branch {
    case .neither: 1 - picture
    case .picture: picture - instruction
    case .both: instruction
    }
  }
}
