import Layers
import TestSupport
import Testing
import Torch

@testable import Models

/// LoRAs that are computed each time that a layer runs.
@Suite("LoRA: changes in use")
struct LoRAInUseTests {
  private static let inUse = MatrixStorage(areChangedInUse: true)

  @Test(
    "a network whose layers add the changes predicts the bytes that the merged one does",
    arguments: [
      ("kohya", "sd1"), ("attention", "sd1"), ("diffusers", "sd1"), ("peft", "sd1"),
      ("peft_dora", "sd1"), ("sgm", "sdxl"), ("locon", "sd1"), ("loha", "sd1"), ("lokr", "sd1"),
      ("full", "sd1"),
    ])
  func predictions(name: String, family: String) throws {
    let fixture = try AdapterFixture(name)
    let seeded = try SeededNetwork(family)
    let configuration: UNet2DConditionConfiguration = try seeded.configuration()
    let adapted = try WeightSource.adapted(
      AdapterFixture.networks(family), by: [WeightedLoRA(fixture.lora, weight: fixture.strength)])
    let source = try #require(adapted[.unet])
    func prediction(_ matrices: MatrixStorage) throws -> (Tensor, [ParameterStore.Parameter]) {
      let store = ParameterStore(loading: source, dtype: .float32, matrices: matrices)
      let unet = try store.network { UNet2DConditionModel($0, configuration) }
      let y = try checked {
        unet(
          try seeded.golden["x"], timestep: try seeded.golden["timestep"],
          prompt: try unet.prompt(try seeded.conditions()))
      }
      return (y, store.parameters)
    }
    let (merged, _) = try prediction(.converted)
    let (live, parameters) = try prediction(Self.inUse)
    #expect(distance(live, merged) == 0)
    #expect(relativeDistance(live, try seeded.golden["y"]) > 1e-2)
    // What is kept of a matrix is the model's own.
    for parameter in parameters where parameter.tensor.rank > 1 {
      #expect(
        distance(parameter.tensor, try seeded.weights.tensor(parameter.name)) == 0,
        "\(parameter.name)")
    }
  }

  @Test("a text encoder's layers add their changes too")
  func states() throws {
    let fixture = try AdapterFixture("kohya")
    let weights = try #require(try AdapterFixture.networks("sd1")[.textEncoder])
    let source = try weights.adapted(
      by: [WeightedLoRA(fixture.lora, weight: fixture.strength)], as: .textEncoder)
    let place = #filePath.replacing("Adapters/LoRAInUseTests.swift", with: "CLIPText/x")
    let golden = try Golden("tiny/golden.safetensors", beside: place)
    let configuration: CLIPTextConfiguration = try readConfiguration(
      from: Golden.file("tiny/config.json", beside: place))
    let model = try ParameterStore(
      loading: source.leavingOut(CLIPTextModel.unusedNames), dtype: .float32,
      matrices: Self.inUse
    ).network { CLIPTextModel($0, configuration, projects: false) }
    let last = try #require(checked { model(try golden["ids"]) }.hiddenStates.last)
    #expect(relativeDistance(last, try fixture.golden["hidden"]) < 1e-5)
  }

  @Test("the changes of two files add up, and what has none says so")
  func several() throws {
    let fixtures = try ["kohya", "lokr"].map { try AdapterFixture($0) }
    let loras = fixtures.map { WeightedLoRA($0.lora, weight: 0.7) }
    let names = fixtures.map { fixture in
      Set(fixture.changed().filter { $0.network == .unet }.map(\.name))
    }
    let networks = try AdapterFixture.networks("sd1")
    let source = try #require(networks[.unet]).adapted(by: loras, as: .unet)
    let name = try #require(names[0].intersection(names[1]).min())
    let changing = try #require(try source.changing(name))
    let changed = try checked { changing.change(changing.tensor) }
    #expect(distance(changed, try source.tensor(name)) == 0)
    #expect(distance(changed, changing.tensor) > 0)
    let one = try #require(networks[.unet]).adapted(by: [loras[0]], as: .unet)
    let other = try #require(names[1].subtracting(names[0]).first { $0.hasSuffix(".weight") })
    #expect(try one.changing(other) == nil)
  }
}
