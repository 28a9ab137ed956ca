import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Models

/// The autoencoder in strips of rows is the autoencoder.
@Suite struct AutoencoderStripsTests {
  /// float32, whose sums come in another order.
  static let tolerance = 1e-5

  /// Four rows at a time, some more, and all at once.
  static let sizes = [1, 700, 1 << 20]

  @Test("strips of any size decode to diffusers' pictures", arguments: sizes)
  func golden(_ size: Int) throws {
    for name in AutoencoderKLTests.networks {
      let golden = try Golden("\(name)/golden.safetensors")
      let network = try AutoencoderKL(folder: Golden.file(name)).inStrips(of: size)
      let decoded = try checked { network.decode(try golden["sample"]) }
      #expect(relativeDistance(decoded, try golden["decoded"]) < Self.tolerance, "\(name)")
      let latents = try checked { network.encode(try golden["x"]) }
      #expect(relativeDistance(latents.mean, try golden["mean"]) < Self.tolerance, "\(name)")
    }
  }

  private func network() throws -> AutoencoderKL {
    var configuration = AutoencoderKLConfiguration()
    configuration.blockOutChannels = [8, 16, 16]
    configuration.normNumGroups = 4
    return try ParameterStore(initializing: Generator(seed: 94)).network {
      AutoencoderKL($0, configuration)
    }
  }

  @Test("so they do for heights that no strip divides", arguments: sizes)
  func odd(_ size: Int) throws {
    let network = try network()
    let generator = Generator(seed: 95)
    let z = generator.normal([2, 4, 11, 7])
    let x = generator.normal([2, 3, 37, 30])
    let strips = network.inStrips(of: size)
    try checked {
      withoutGradients {
        #expect(relativeDistance(strips.decode(z), network.decode(z)) < Self.tolerance)
        let (found, expected) = (strips.encode(x).mean, network.encode(x).mean)
        #expect(relativeDistance(found, expected) < Self.tolerance)
      }
    }
  }

  @Test("the trained autoencoder's picture is the same, not a 255th of a 255th off")
  func trained() throws {
    let network = try AutoencoderKL(
      folder: Repository.model.appending(path: "vae"))
    let z = Generator(seed: 96).normal([1, network.configuration.latentChannels, 16, 16])
    let (strips, whole) = try checked {
      withoutGradients {
        (network.inStrips(of: 1).decode(network.unscaled(z)), network.decode(network.unscaled(z)))
      }
    }
    #expect(distance(strips, whole) * 127.5 < 1.0 / 255)
  }

  @Test("rows that were done with are freed, and those that are needed are not")
  func freeing() throws {
    let x = Generator(seed: 97).normal([1, 2, 12, 3])
    let store = FeatureStore(FeatureStore(x).rows, strips: 4 * 6)
    let rows = store.rows
    #expect(store.keptRows == 0..<12)
    rows.finish(7)
    #expect(store.keptRows == 4..<12)
    #expect(distance(rows.read(6..<10), x.narrowed(dim: 2, start: 6, length: 4)) == 0)
    rows.doubled().finish(17)
    #expect(store.keptRows == 8..<12)
  }

  @Test("latents of other channels are an error and not a crash")
  func misfit() throws {
    let network = try network().inStrips(of: 1)
    #expect(throws: TorchError.self) { try checked { network.decode(.zeros([1, 1, 8, 8])) } }
    #expect(throws: TorchError.self) { try checked { network.encode(.zeros([1, 2, 8, 8])).mean } }
  }
}
