import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Models

/// Outputs and gradients equal guided-diffusion's.
///
/// The tolerance is float32's rounding through some twenty layers, which is 1e-6 of the largest
/// element; a wrong order of heads or a forgotten scale is above 1e-2.
@Suite struct ADMParityTests {
  @Test("a denoiser is guided-diffusion's UNetModel", arguments: ["updown", "plain", "pooled"])
  func denoiser(name: String) throws {
    let fixture = try ADMFixture<ADMConfiguration>(name)
    let store = ParameterStore(loading: fixture.weights, trainable: true)
    let network = try store.network { ADMUNet($0, fixture.configuration) }
    #expect(store.parameters.map(\.name).sorted() == fixture.names)
    let labels = fixture.golden.names.contains("labels") ? try fixture.golden["labels"] : nil
    let y = try checked {
      network(try fixture.golden["x"], timesteps: try fixture.golden["timesteps"], labels: labels)
    }
    for (name, distance) in try checked({ try fixture.distances(store, y) }) {
      #expect(distance < 1e-5, "\(name)")
    }
  }

  @Test(
    "a classifier is guided-diffusion's EncoderUNetModel",
    arguments: ["attention", "adaptive", "spatial", "spatial_v2"])
  func classifier(name: String) throws {
    let fixture = try ADMFixture<ADMClassifierConfiguration>(name)
    let store = ParameterStore(loading: fixture.weights, trainable: true)
    let network = try store.network { ADMClassifier($0, fixture.configuration) }
    #expect(store.parameters.map(\.name).sorted() == fixture.names)
    let y = try checked {
      network(try fixture.golden["x"], timesteps: try fixture.golden["timesteps"])
    }
    for (name, distance) in try checked({ try fixture.distances(store, y) }) {
      #expect(distance < 1e-5, "\(name)")
    }
  }
}
