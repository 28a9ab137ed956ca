internal import Foundation
public import Modalities
internal import Torch

/// A number that a molecule can be asked for.
public enum MoleculeProperty: String, Codable, Sendable, Hashable, CaseIterable {
  /// Fat-loving or water-loving: Crippen's logP.
  case logp
  /// The polar surface in square Å.
  case tpsa
  /// The weight in Da.
  case weight
  /// The share of carbons bound to four atoms, in [0, 1].
  case sp3

  /// The property of a molecule.
  public func value(in properties: MoleculeProperties) -> Double {
    switch self {
    case .logp: properties.logp
    case .tpsa: properties.tpsa
    case .weight: properties.weight
    case .sp3: properties.sp3
    }
  }
}

/// How a property is spread over the molecules that a model was trained on.
public struct PropertyScale: Codable, Sendable, Hashable {
  /// The mean.
  public var mean: Double
  /// The standard deviation, above 0.
  public var deviation: Double
  /// The least.
  public var least: Double
  /// The most.
  public var most: Double

  /// The scale of values.
  ///
  /// - Parameter values: At least one; equal ones have the deviation 1.
  init(of values: [Double]) {
    let count = Double(max(values.count, 1))
    mean = values.reduce(0, +) / count
    let mean = mean
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    deviation = variance > 0 ? variance.squareRoot() : 1
    least = values.min() ?? 0
    most = values.max() ?? 0
  }
}

/// What a network is told of properties: soft steps of each, so that it can tell values apart.
struct PropertyFeatures {
  /// The scale of each property, in the order in which the network has them.
  let scales: [PropertyScale]

  /// Where the bumps stand, in deviations from the mean.
  private static let bumps = (0..<13).map { Double($0) * 0.5 - 3 }
  /// The channels of a property: whether it is known, and the bumps.
  private static let width = bumps.count + 1

  /// The channels of so many properties.
  static func channels(_ properties: Int) -> Int { properties * width }

  /// What is told of known properties, the unknown ones being nothing.
  ///
  /// - Parameter rows: A value of each property for each molecule, or nothing.
  /// - Returns: `[rows.count, 1, channels]`.
  func callAsFunction(_ rows: [[Double?]]) -> Tensor {
    let values = rows.flatMap { row in
      zip(row, scales).flatMap { value, scale -> [Float] in
        guard let value else { return [Float](repeating: 0, count: Self.width) }
        let place = min(max((value - scale.mean) / scale.deviation, -4), 4)
        return [1]
          + Self.bumps.map { bump in
            let steps = (place - bump) / 0.5
            return Float(exp(-steps * steps / 2))
          }
      }
    }
    return Tensor(values, shape: [rows.count, 1, Self.channels(scales.count)])
  }
}
