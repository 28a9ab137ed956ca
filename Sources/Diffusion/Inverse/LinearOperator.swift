public import Torch

/// A linear way to measure samples: `y = A x`.
public protocol LinearOperator: Sendable {
  /// Measures samples: `A x`.
  func callAsFunction(_ x: Tensor) -> Tensor

  /// Spreads measurements over samples: `Aᵀ y`.
  func adjoint(_ y: Tensor) -> Tensor

  /// Applies a function of the squared singular values to measurements: `f(A Aᵀ) y`.
  ///
  /// - Parameters:
  ///   - y: Measurements.
  ///   - f: A function of a squared singular value, which may be 0.
  /// - Returns: The measurements, each of their singular parts multiplied by its `f`.
  func spectrum(_ y: Tensor, _ f: (Double) -> Double) -> Tensor
}

extension LinearOperator {
  /// The smallest samples with these measurements, by Moore and Penrose: `A⁺ y`.
  ///
  /// Singular values below 1e-6 count as 0.
  public func pseudoInverse(_ y: Tensor) -> Tensor {
    adjoint(spectrum(y) { $0 > 1e-12 ? 1 / $0 : 0 })
  }

  /// Applies a function of the squared singular values to samples: `f(Aᵀ A) x`.
  ///
  /// - Parameters:
  ///   - x: Samples.
  ///   - f: A function of a squared singular value; parts that are not measured have 0.
  /// - Returns: The samples, each of their singular parts multiplied by its `f`.
  func sampleSpectrum(_ x: Tensor, _ f: (Double) -> Double) -> Tensor {
    let unmeasured = f(0)
    return unmeasured * x
      + adjoint(spectrum(self(x)) { $0 > 1e-12 ? (f($0) - unmeasured) / $0 : 0 })
  }
}

/// What was measured of samples: `y = A x0 + sigma · noise`.
public struct LinearMeasurement: Sendable {
  /// How it was measured.
  public let `operator`: any LinearOperator

  /// What was measured, `[batch, …]`.
  public let y: Tensor

  /// The standard deviation of the noise; 0 if there is none.
  public let sigma: Double

  /// Measurements of samples.
  ///
  /// - Parameters:
  ///   - y: What was measured, `[batch, …]`.
  ///   - operator: How it was measured.
  ///   - sigma: The standard deviation of the noise, at least 0.
  public init(_ y: Tensor, by operator: any LinearOperator, sigma: Double = 0) {
    precondition(sigma >= 0, "the deviation \(sigma) of the noise is negative")
    self.y = y
    self.operator = `operator`
    self.sigma = sigma
  }

  /// What the measurements say more than samples do: `y - A x0`.
  public func residual(of x0: Tensor) -> Tensor { y - `operator`(x0) }

  /// Samples with what was measured in place of their own, `x0 + A⁺ (y - A x0)`.
  public func replaced(in x0: Tensor) -> Tensor {
    x0 + `operator`.pseudoInverse(residual(of: x0))
  }
}
