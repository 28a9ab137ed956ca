internal import Foundation

/// The weights that integrate the polynomial through values at some nodes.
///
/// Lagrange's polynomials are multiplied out, so the integral is exact:
/// `w[j] = Σ l[j][k] · moments[k]`, where `l[j][k]` is the coefficient of `c^k` in the polynomial
/// that is 1 at node `j` and 0 at the others. No quadrature is made.
///
/// - Parameters:
///   - nodes: Where the values are, in units of the step: 0 at its begin, 1 at its end.
///   - moments: The integrals over the step of `1, c, c², …`, as many as there are nodes.
/// - Returns: A weight for each node.
package func lagrangeWeights(at nodes: [Double], moments: [Double]) -> [Double] {
  nodes.indices.map { j in
    var polynomial = [1.0]
    for k in nodes.indices where k != j {
      let slope = 1 / (nodes[j] - nodes[k])
      var product = [Double](repeating: 0, count: polynomial.count + 1)
      for (power, factor) in polynomial.enumerated() {
        product[power] -= slope * nodes[k] * factor
        product[power + 1] += slope * factor
      }
      polynomial = product
    }
    return zip(polynomial, moments).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

/// `φ_k(z) = Σ z^n / (n + k)!`, the functions of exponential integrators: `φ_1(z) = (e^z - 1) / z`,
/// `φ_{k+1}(z) = (φ_k(z) - 1 / k!) / z`.
///
/// Hochbruck & Ostermann 2010, section 2.1, https://doi.org/10.1017/S0962492910000048. The
/// recursion cancels where `z` is small, and there the series is summed.
package func phi(_ k: Int, _ z: Double) -> Double {
  guard abs(z) < 2 else {
    let first = expm1(z) / z
    return (1..<k).reduce(first) { ($0 - 1 / factorial($1)) / z }
  }
  var (term, sum) = (1 / factorial(k), 0.0)
  for n in 1...30 {
    sum += term
    term *= z / Double(n + k)
  }
  return sum
}

/// The integrals `∫ e^{z (1 - c)} · c^k dc` from 0 to 1 for `k < count`: `k! · φ_{k+1}(z)`.
///
/// With `z = 0` they are those of a plain integral, `1 / (k + 1)`.
package func exponentialMoments(_ count: Int, _ z: Double) -> [Double] {
  (0..<count).map { factorial($0) * phi($0 + 1, z) }
}

private func factorial(_ n: Int) -> Double {
  n < 2 ? 1 : (2...n).reduce(1.0) { $0 * Double($1) }
}
