import Foundation
import Layers
import TestSupport
import Torch

@testable import Models

/// A network of `Tests/Golden/adm.py`, whose weights are drawn here as they are there.
struct ADMFixture<Configuration: Codable> {
  let configuration: Configuration
  let golden: Golden
  private let shapes: [String: [Int]]

  private struct File: Decodable {
    let sizes: Configuration
    let weights: [String: [Int]]
  }

  init(_ name: String) throws {
    let file: File = try readConfiguration(from: Golden.file("\(name).json"))
    configuration = file.sizes
    shapes = file.weights
    golden = try Golden("\(name).safetensors")
  }

  /// The network's own names, sorted; the place of one is its seed.
  var names: [String] { shapes.keys.sorted() }

  /// The weights that the script has drawn.
  var weights: WeightSource {
    let (names, shapes) = (names, shapes)
    return WeightSource(names: names) { name in
      let seed = names.firstIndex(of: name) ?? 0
      let shape = shapes[name] ?? []
      let noise = Generator(seed: UInt64(seed)).normal(shape)
      let inputs = shape.dropFirst().reduce(1, *)
      return shape.count > 1 ? noise / Double(inputs).squareRoot() : noise * 0.3
    }
  }

  /// The largest relative distance of an output, and of the mean of its squares by every weight
  /// that the script derives by, from the script's.
  func distances(_ store: ParameterStore, _ y: Tensor) throws -> [String: Double] {
    var found = ["y": relativeDistance(y, try golden["y"])]
    let expected = try golden.tensors("gradient")
    let derived = store.parameters.filter { expected[$0.name] != nil }
    let gradients = (y * y).mean().gradients(by: derived.map(\.tensor))
    for (parameter, gradient) in zip(derived, gradients) {
      found[parameter.name] = relativeDistance(
        gradient, try golden["gradient.\(parameter.name)"])
    }
    return found
  }
}
