import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Models

/// LoRAs in every dialect, merged as diffusers, PEFT and LyCORIS merge them.
@Suite("LoRA: parity")
struct LoRAParityTests {
  @Test(
    "the weights that a file changes are the reference's, and no others change",
    arguments: [
      ("kohya", "sd1"), ("attention", "sd1"), ("diffusers", "sd1"), ("peft", "sd1"),
      ("peft_dora", "sd1"), ("own/adapter_model", "sd1"), ("sgm", "sdxl"), ("locon", "sd1"),
      ("loha", "sd1"), ("lokr", "sd1"), ("full", "sd1"),
    ])
  func weights(name: String, family: String) throws {
    let fixture = try AdapterFixture(name)
    let networks = try AdapterFixture.networks(family)
    let adapted = try WeightSource.adapted(
      networks, by: [WeightedLoRA(fixture.lora, weight: fixture.strength)])
    #expect(adapted.keys == networks.keys)
    let expected = fixture.changed()
    #expect(Set(expected.map(\.network)) == Set(fixture.lora.networks))
    for (network, source) in networks {
      let result = try #require(adapted[network])
      #expect(result.names.sorted() == source.names.sorted())
      for weight in source.names {
        let own = try source.tensor(weight)
        let found = try result.tensor(weight)
        if let key = expected.first(where: { $0.network == network && $0.name == weight })?.key {
          // float32, by products in another order.
          #expect(relativeDistance(found, try fixture.golden[key]) < 2e-6, "\(weight)")
          #expect(relativeDistance(found, own) > 1e-2, "\(weight)")
        } else {
          #expect(distance(found, own) == 0, "\(weight)")
        }
      }
    }
  }

  @Test(
    "a network over the merged weights predicts what the reference predicts",
    arguments: [
      ("kohya", "sd1"), ("locon", "sd1"), ("loha", "sd1"), ("lokr", "sd1"), ("sgm", "sdxl"),
    ]
  )
  func predictions(name: String, family: String) throws {
    let fixture = try AdapterFixture(name)
    let seeded = try SeededNetwork(family)
    let source = try seeded.weights.adapted(
      by: [WeightedLoRA(fixture.lora, weight: fixture.strength)], as: .unet)
    let configuration: UNet2DConditionConfiguration = try seeded.configuration()
    let unet = try ParameterStore(loading: source, dtype: .float32).network {
      UNet2DConditionModel($0, configuration)
    }
    let y = try checked {
      unet(
        try seeded.golden["x"], timestep: try seeded.golden["timestep"],
        prompt: try unet.prompt(try seeded.conditions()))
    }
    #expect(relativeDistance(y, try fixture.golden["y"]) < 1e-5)
    #expect(relativeDistance(y, try seeded.golden["y"]) > 1e-2)
  }

  @Test("a text encoder over the merged weights gives the reference's states")
  func states() throws {
    let fixture = try AdapterFixture("kohya")
    let weights = try #require(try AdapterFixture.networks("sd1")[.textEncoder])
    let source = try weights.adapted(
      by: [WeightedLoRA(fixture.lora, weight: fixture.strength)], as: .textEncoder)
    let place = #filePath.replacing("Adapters/LoRAParityTests.swift", with: "CLIPText/x")
    let golden = try Golden("tiny/golden.safetensors", beside: place)
    let configuration: CLIPTextConfiguration = try readConfiguration(
      from: Golden.file("tiny/config.json", beside: place))
    let model = try ParameterStore(
      loading: source.leavingOut(CLIPTextModel.unusedNames), dtype: .float32
    ).network { CLIPTextModel($0, configuration, projects: false) }
    let output = try checked { model(try golden["ids"]) }
    let last = try #require(output.hiddenStates.last)
    #expect(relativeDistance(last, try fixture.golden["hidden"]) < 1e-5)
  }
}
