import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Models

/// What steers the small U-Nets, and what they make of it, as diffusers has it; see
/// `unet2d_condition.py`.
@Suite struct UNetSteeringTests {
  static let tolerance = UNet2DConditionModelTests.tolerance

  @Test("a ControlNet's additions are diffusers', and so is the prediction with them")
  func controlNet() throws {
    let (control, seeded) = (try SeededNetwork("control"), try SeededNetwork("sd1"))
    let residuals = try self.residuals(control, of: seeded, scale: 0.7)
    for (index, skip) in residuals.skips.enumerated() {
      let expected = try control.golden["skip.\(index)"]
      #expect(relativeDistance(skip, expected) < Self.tolerance, "\(index)")
    }
    #expect(residuals.skips.count == 9)
    #expect(relativeDistance(residuals.middle, try control.golden["middle"]) < Self.tolerance)
    let y = try predict(seeded, UNetExtras(control: residuals))
    #expect(relativeDistance(y, try control.golden["y"]) < Self.tolerance)
  }

  @Test(
    "what a ControlNet adds to the finest features is computed alone where others are kept",
    arguments: 0...2)
  func finest(layers: Int) throws {
    let (control, seeded) = (try SeededNetwork("control"), try SeededNetwork("sd1"))
    let all = try residuals(control, of: seeded, scale: 0.7)
    let configuration: ControlNetConfiguration = try control.configuration()
    let (network, unet) = (
      try control.network { ControlNetModel($0, configuration) }, try seeded.unet()
    )
    let (x, timestep) = (try seeded.golden["x"], try seeded.golden["timestep"])
    try checked {
      let conditions = try seeded.conditions()
      let steered = try network.prompt(conditions, picture: try control.picture())
      let finest = network.finest(layers, x, timestep: timestep, prompt: steered, scale: 0.7)
      #expect(finest.count == layers + 1)
      for (own, expected) in zip(finest, all.skips) { #expect(distance(own, expected) == 0) }

      var asked = (whole: 0, finest: [Int]())
      let partial = PartialControl {
        asked.whole += 1
        return all
      } finest: {
        asked.finest.append($0)
        return finest
      }
      let (cache, prompt) = (FeatureCache(.init(.interval(3))), try unet.prompt(conditions))
      for step in 0..<4 {
        let y = unet(
          x, timestep: timestep - Double(step), prompt: prompt, extras: UNetExtras(), cache: cache,
          depth: layers, control: partial)
        guard step == 0 else { continue }
        #expect(relativeDistance(y, try control.golden["y"]) < Self.tolerance)
      }
      #expect(asked.whole == 2 && asked.finest == [layers, layers])
    }
  }

  @Test("without a prompt the finest features count a tenth")
  func guessing() throws {
    let (control, seeded) = (try SeededNetwork("control"), try SeededNetwork("sd1"))
    let residuals = try self.residuals(control, of: seeded, scale: 0.7, guessing: true)
    for index in [0, 3] {
      let expected = try control.golden["guessed.\(index)"]
      #expect(relativeDistance(residuals.skips[index], expected) < Self.tolerance)
    }
    let middle = try control.golden["guessed.middle"]
    #expect(relativeDistance(residuals.middle, middle) < Self.tolerance)
  }

  @Test("with pooled conditions a ControlNet of the larger U-Net adds the same everywhere")
  func pooled() throws {
    let (control, seeded) = (try SeededNetwork("control_xl"), try SeededNetwork("sdxl"))
    let residuals = try self.residuals(control, of: seeded, guessing: true)
    #expect(residuals.middle.shape == [2, 8, 1, 1])
    for (index, skip) in residuals.skips.enumerated() {
      let expected = try control.golden["skip.\(index)"]
      #expect(relativeDistance(skip, expected) < Self.tolerance, "\(index)")
    }
    #expect(relativeDistance(residuals.middle, try control.golden["middle"]) < Self.tolerance)
  }

  @Test("what two ControlNets add is the sum")
  func sum() throws {
    let a = ControlResiduals(skips: [Tensor([1.0, 2]), Tensor([3.0])], middle: Tensor([5.0]))
    let b = ControlResiduals(skips: [Tensor([0.5, 1]), Tensor([-3.0])], middle: Tensor([0.25]))
    let sum = a + b
    #expect(sum.skips.map { $0.values(as: Double.self) } == [[1.5, 3], [0]])
    #expect(sum.middle.values(as: Double.self) == [5.25])
  }

  @Test(
    "an adapter's features are diffusers', and so is the prediction with them",
    arguments: [
      ("adapter_full_adapter", "sd1", 3), ("adapter_light_adapter", "sd1", 3),
      ("adapter_full_adapter_xl", "sdxl", 4),
    ])
  func adapter(_ name: String, of unet: String, count: Int) throws {
    let (seeded, unet) = (try SeededNetwork(name), try SeededNetwork(unet))
    let adapter = try self.adapter(seeded)
    let features = try checked { adapter(try seeded.picture()) }
    #expect(features.count == count)
    for (index, feature) in features.enumerated() {
      let expected = try seeded.golden["feature.\(index)"]
      #expect(relativeDistance(feature, expected) < Self.tolerance, "\(index)")
    }
    let y = try predict(unet, UNetExtras(adapter: features))
    #expect(relativeDistance(y, try seeded.golden["y"]) < Self.tolerance)
    #expect(relativeDistance(y, try unet.golden["y"]) > 0.01)
  }

  @Test(
    "an odd size is halved as diffusers does",
    arguments: ["adapter_full_adapter", "adapter_light_adapter"])
  func oddAdapter(_ name: String) throws {
    let seeded = try SeededNetwork(name)
    let adapter = try self.adapter(seeded)
    let picture = try seeded.picture("odd")
    let features = try checked { adapter(picture) }
    #expect(
      adapter.featureShapes(height: picture.shape[2], width: picture.shape[3])
        == features.map { Array($0.shape.dropFirst()) })
    let last = try #require(features.last)
    #expect(relativeDistance(last, try seeded.golden["odd.last"]) < Self.tolerance)
  }

  @Test("a picture's embedding becomes diffusers' words")
  func imageProjection() throws {
    let seeded = try SeededNetwork("image")
    let network = try seeded.network {
      ImageProjection($0, imageChannels: 5, channels: 6, words: 3)
    }
    let y = try checked { network(try seeded.golden["x"]) }
    #expect(relativeDistance(y, try seeded.golden["y"]) < Self.tolerance)
  }

  @Test("a picture's states become diffusers' words")
  func resampler() throws {
    let seeded = try SeededNetwork("resampler")
    var sizes = ImageResamplerConfiguration()
    (sizes.imageChannels, sizes.channels, sizes.hiddenChannels) = (5, 6, 8)
    (sizes.depth, sizes.heads, sizes.words) = (2, 2, 3)
    let network = try seeded.network { ImageResampler($0, sizes) }
    let y = try checked { network(try seeded.golden["x"]) }
    #expect(relativeDistance(y, try seeded.golden["y"]) < Self.tolerance)
  }

  private func residuals(
    _ control: SeededNetwork, of seeded: SeededNetwork, scale: Double = 1, guessing: Bool = false
  ) throws -> ControlResiduals {
    let configuration: ControlNetConfiguration = try control.configuration()
    let network = try control.network { ControlNetModel($0, configuration) }
    return try checked {
      let prompt = try network.prompt(try seeded.conditions(), picture: try control.picture())
      return network(
        try seeded.golden["x"], timestep: try seeded.golden["timestep"], prompt: prompt,
        scale: scale, guessing: guessing)
    }
  }

  private func adapter(_ seeded: SeededNetwork) throws -> T2IAdapter {
    let configuration: T2IAdapterConfiguration = try seeded.configuration()
    return try seeded.network { T2IAdapter($0, configuration) }
  }

  private func predict(_ seeded: SeededNetwork, _ extras: UNetExtras) throws -> Tensor {
    let network = try seeded.unet()
    return try checked {
      network(
        try seeded.golden["x"], timestep: try seeded.golden["timestep"],
        prompt: try network.prompt(try seeded.conditions()), extras: extras)
    }
  }
}
