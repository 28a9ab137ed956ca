import Foundation
import Layers
import Synchronization
import TestSupport
import Testing
import Torch

@testable import Models

/// The networks of pictures as they run compiled: what the reference computed, and what they
/// compute themselves, with nothing left that runs as it is.
@Suite struct CompiledNetworksTests {
  /// float32; OpenVINO may add in another order.
  static let tolerance = 2e-5

  /// Fails where a network is not compiled.
  private let report: @Sendable (String) -> Void = { Issue.record("\($0)") }

  private static let unets = UNet2DConditionModelTests.networks.filter {
    !$0.hasPrefix("adaptive")
  }

  @Test("a compiled U-Net is diffusers'", arguments: unets)
  func unet(_ name: String) throws {
    let seeded = try SeededNetwork(name)
    let network = try seeded.unet()
    let y = try predict(network.compiled(report: report), seeded)
    #expect(relativeDistance(y, try seeded.golden["y"]) < Self.tolerance)
    #expect(relativeDistance(y, try predict(network, seeded)) < 1e-5)
  }

  @Test("the latent upscaler's U-Net has an operation that is not recorded, and says which")
  func fallback() throws {
    let seeded = try SeededNetwork("adaptive")
    let reasons = Mutex<[String]>([])
    let network = try seeded.unet().compiled { reason in reasons.withLock { $0.append(reason) } }
    let y = try predict(network, seeded)
    #expect(relativeDistance(y, try seeded.golden["y"]) < Self.tolerance)
    let told = reasons.withLock { $0 }
    #expect(told.count == 1 && told[0].hasPrefix("aten::pad"), "\(told)")
  }

  @Test("so it is for other latents, and for the first ones again")
  func shapes() throws {
    let seeded = try SeededNetwork("sd1")
    let network = try seeded.unet().compiled(report: report)
    for (x, y) in [("x", "y"), ("wide", "wide.y"), ("x", "y")] {
      let found = try predict(network, seeded, x: try seeded.golden[x])
      #expect(relativeDistance(found, try seeded.golden[y]) < Self.tolerance)
    }
  }

  @Test("a guidance scale, which is no part of what is compiled, changes the prediction")
  func guidance() throws {
    let seeded = try SeededNetwork("sdxl")
    var conditions = try seeded.conditions()
    let network = try seeded.unet().compiled(report: report)
    _ = try predict(network, seeded, conditions)
    conditions.timeCondition = try seeded.golden["guidance"]
    let y = try predict(network, seeded, conditions)
    #expect(relativeDistance(y, try seeded.golden["guided.y"]) < Self.tolerance)
  }

  @Test("what a ControlNet adds is added")
  func control() throws {
    let (control, seeded) = (try SeededNetwork("control"), try SeededNetwork("sd1"))
    let extras = UNetExtras(
      control: ControlResiduals(
        skips: try (0..<9).map { try control.golden["skip.\($0)"] },
        middle: try control.golden["middle"]))
    let network = try seeded.unet().compiled(report: report)
    let y = try predict(network, seeded, extras: extras)
    #expect(relativeDistance(y, try control.golden["y"]) < Self.tolerance)
    // Without it the same network is the plain one.
    let plain = try predict(network, seeded)
    #expect(relativeDistance(plain, try seeded.golden["y"]) < Self.tolerance)
  }

  @Test("the features of an adapter are added")
  func adapter() throws {
    let (adapter, seeded) = (try SeededNetwork("adapter_full_adapter"), try SeededNetwork("sd1"))
    let features = try (0..<3).map { try adapter.golden["feature.\($0)"] }
    let network = try seeded.unet().compiled(report: report)
    let y = try predict(network, seeded, extras: UNetExtras(adapter: features))
    #expect(relativeDistance(y, try adapter.golden["y"]) < Self.tolerance)
  }

  @Test("who looks on sees numbers")
  func observer() throws {
    let seeded = try SeededNetwork("sd1")
    var looks = 0
    let extras = UNetExtras(
      observer: CrossAttentionObserver { look in
        looks += look.weights.values(as: Float.self).isEmpty ? 0 : 1
      })
    let y = try predict(try seeded.unet().compiled(report: report), seeded, extras: extras)
    #expect(looks == (try seeded.golden.tensors("look")).count)
    #expect(relativeDistance(y, try seeded.golden["y"]) < Self.tolerance)
  }

  @Test("latents of other channels are the error that they are without compiling")
  func misfits() throws {
    let seeded = try SeededNetwork("sd1")
    let network = try seeded.unet().compiled { _ in }
    #expect(throws: TorchError.self) { try predict(network, seeded, x: .zeros([2, 3, 8, 8])) }
  }

  @Test("a compiled transformer is diffusers'", arguments: PixArtTransformerTests.networks)
  func transformer(_ name: String) throws {
    let golden = try Golden("PixArt/\(name)/golden.safetensors")
    let network = try PixArtTransformer(folder: Golden.file("PixArt/\(name)"))
      .prepared(batch: 2).compiled(report: report)
    for prefix in ["", "wide."] {
      let y = try checked {
        let prompt = network.prompt(try golden["text"], mask: try golden["mask"])
        return network(
          try golden["\(prefix)x"], timestep: try golden["timestep"], prompt: prompt)
      }
      #expect(relativeDistance(y, try golden["\(prefix)y"]) < Self.tolerance)
    }
  }

  @Test("a compiled decoder is diffusers'", arguments: AutoencoderKLTests.networks)
  func decoder(_ name: String) throws {
    let golden = try Golden("AutoencoderKL/\(name)/golden.safetensors")
    let network = try AutoencoderKL(folder: Golden.file("AutoencoderKL/\(name)"))
    let latents = try golden["sample"]
    let (compiled, plain) = try checked {
      (network.compiled(report: report).decode(latents), network.decode(latents))
    }
    #expect(relativeDistance(compiled, try golden["decoded"]) < Self.tolerance)
    #expect(relativeDistance(compiled, plain) < 1e-5)
  }

  @Test("a decoder with edges that meet is compiled too")
  func wrapping() throws {
    let folder = Golden.file("AutoencoderKL/tiny")
    let golden = try Golden("AutoencoderKL/tiny/golden.safetensors")
    let network = try AutoencoderKL(folder: folder, wrapping: .x)
    let latents = try golden["sample"]
    let (compiled, plain) = try checked {
      (network.compiled(report: report).decode(latents), network.decode(latents))
    }
    #expect(relativeDistance(compiled, plain) < 1e-5)
    #expect(relativeDistance(compiled, try golden["decoded"]) > 1e-3)
  }

  private func predict(
    _ network: UNet2DConditionModel, _ seeded: SeededNetwork, _ conditions: UNetConditions? = nil,
    x: Tensor? = nil, extras: UNetExtras = UNetExtras()
  ) throws -> Tensor {
    try checked {
      network(
        try x ?? seeded.golden["x"], timestep: try seeded.golden["timestep"],
        prompt: try network.prompt(try conditions ?? seeded.conditions()), extras: extras)
    }
  }
}
