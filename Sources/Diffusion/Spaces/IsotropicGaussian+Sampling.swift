public import Torch

internal import Foundation

extension IsotropicGaussian {
  /// Draws rotation angles.
  ///
  /// By a table of the share below an angle, which is integrated from the exact density to about
  /// twelve digits, and a straight line between its 2,048 places.
  ///
  /// - Parameters:
  ///   - count: How many.
  ///   - generator: Where the random numbers come from.
  /// - Returns: Angles between 0 and π in radians.
  public func angles(_ count: Int, using generator: Generator) -> [Double] {
    let table = shares()
    return generator.uniform([count], dtype: .float64).values(as: Double.self)
      .map { table.angle(share: $0) }
  }

  /// Draws rotation vectors: an axis with the angle as its length, `[count, 3]` in `float64`.
  public func rotationVectors(_ count: Int, using generator: Generator) -> Tensor {
    let angles = Tensor(angles(count, using: generator), shape: [count, 1])
    let axes = generator.normal([count, 3], dtype: .float64)
    return axes / axes.vectorNorm(dims: [1], keepingDims: true) * angles
  }

  /// The mean square of the score of rotations that the distribution draws: its Fisher information.
  ///
  /// Narrow distributions have about `3 / epsilon²`, and wide ones less than that, down to 0. By
  /// Simpson's rule, to about ten digits.
  public var meanSquareScore: Double {
    // Past twelve scales the share is below e^-70.
    let places = 4096
    let angles = linspace(0, min(.pi, 12 * epsilon), places + 1)
    let weights = Tensor(
      angles.indices.map { $0 == 0 || $0 == places ? 1.0 : $0.isMultiple(of: 2) ? 2 : 4 })
    let shares = angleDensity(Tensor(angles)) * weights
    let scores = score(Tensor(angles))
    return (shares * scores * scores).sum().item() / shares.sum().item()
  }

  /// The shares of angles below the places of a table.
  func shares(places: Int = 2048) -> AngleTable {
    // Past twelve scales the share is below e^-70.
    let last = min(.pi, 12 * epsilon)
    let nodes = linspace(0, last, 2 * places + 1)
    let densities = angleDensity(Tensor(nodes)).values(as: Double.self)
    var shares = [0.0]
    for index in 0..<places {
      // Simpson's rule.
      let (a, b, c) = (densities[2 * index], densities[2 * index + 1], densities[2 * index + 2])
      shares.append(shares[index] + (nodes[2] - nodes[0]) / 6 * (a + 4 * b + c))
    }
    return AngleTable(step: nodes[2] - nodes[0], shares: shares)
  }
}

/// The share of angles below equidistant places, from the angle 0 on.
struct AngleTable {
  let step: Double
  let shares: [Double]

  /// The angle below which a share lies.
  func angle(share: Double) -> Double {
    let share = share * shares[shares.count - 1]
    var (low, high) = (0, shares.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if shares[middle] <= share { low = middle } else { high = middle }
    }
    return step * (Double(low) + (share - shares[low]) / (shares[high] - shares[low]))
  }
}
