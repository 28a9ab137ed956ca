import Diffusion
import Foundation
import Layers
import Models
import TestSupport
import Testing
import Torch

@testable import Inkwell

@Suite struct PixelModelTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ change: (inout PixelModel.Parts) throws -> Void) throws -> PixelModel {
    var parts = try TinyPixelModel.parts()
    try change(&parts)
    return try PixelModel(PixelModel.write(parts, to: folder.file("model")))
  }

  @Test("a model that is written is read as it was")
  func roundTrip() throws {
    let parts = try TinyPixelModel.parts()
    let model = try write {
      $0.classifier = try TinyPixelModel.classifier()
      $0.scheduler = PixelScheduler(
        .varianceExploding(sigmaMin: 0.01, sigmaMax: 30), output: .score, timestepScale: 2,
        leastSigma: 3,
        isClipped: false)
    }
    #expect((model.network as? ADMUNet)?.configuration == parts.network)
    #expect(model.about == parts.about)
    #expect(model.scheduler.process == .varianceExploding(sigmaMin: 0.01, sigmaMax: 30))
    #expect(model.scheduler.output == .score && model.scheduler.timestepScale == 2)
    #expect(model.scheduler.leastSigma == 3)
    #expect(model.classifier?.configuration.trunk.outChannels == 3)
    #expect(model.side == 8 && model.channels == 1 && model.unlabelled == 3)
    let built = try weightsOf(parts)
    let x = Generator(seed: 3).normal([1, 1, 8, 8])
    let (time, label) = (Tensor([5] as [Float]), Tensor([2] as [Int64]))
    try checked {
      let expected = built(x, timesteps: time, labels: label)
      #expect(distance(model.network(x, timesteps: time, labels: label), expected) == 0)
    }
  }

  private func weightsOf(_ parts: PixelModel.Parts) throws -> ADMUNet {
    try ParameterStore(loading: parts.weights).network { ADMUNet($0, parts.network) }
  }

  @Test("latents of an autoencoder make larger pictures, and so do patches")
  func sides() throws {
    let trained = try TinyModel.make()
    var parts = try TinyPixelModel.parts()
    (parts.network.inChannels, parts.network.outChannels) = (4, 4)
    let sizes = parts.network
    parts.weights = try TinyPixelModel.weights(seed: 1) { ADMUNet($0, sizes) }
    parts.autoencoder = trained.file("vae")
    let latent = try PixelModel(PixelModel.write(parts, to: folder.file("latent")))
    #expect(latent.side == 16 && latent.channels == 3)
    parts.autoencoder = nil
    parts.about.patchSize = 2
    let patched = try PixelModel(PixelModel.write(parts, to: folder.file("patched")))
    #expect(patched.side == 16 && patched.channels == 1)
  }

  @Test("what lay beside an earlier model stays, and nothing else is overwritten")
  func place() throws {
    let place = folder.file("model")
    try PixelModel.write(TinyPixelModel.parts(), to: place)
    try folder.write("a card".utf8, to: "model/README.md")
    try PixelModel.write(TinyPixelModel.parts(), to: place)
    #expect(try String(contentsOf: place.appending(path: "README.md"), encoding: .utf8) == "a card")
    try folder.write("x".utf8, to: "other/thesis.txt")
    let parts = try TinyPixelModel.parts()
    #expect(
      throws: ModelError.occupied(
        path: folder.file("other/").path(percentEncoded: false), found: "thesis.txt")
    ) { try PixelModel.write(parts, to: folder.file("other")) }
  }

  @Test(
    "parts that do not fit together are refused, and no folder is left",
    arguments: [
      ("variance", "channels out of the network: 2, found 1"),
      ("classes", "a network told classes(2) or classes(3), found classes(4)"),
      ("number", "a network told number, found classes(4)"),
      ("range", "a label from less to more, found 1.0, 1.0"),
      ("classifier", "a classifier of 3 classes, found 5"),
      ("patch", "1 or 3 channels of pictures with a patch_size of 1 to 64, found 1 channels"),
      ("none", "a network told none, found classes(4)"),
    ])
  func misfits(what: String, reason: String) throws {
    let error = #expect(throws: ModelError.self) {
      try write { parts in
        switch what {
        case "variance": parts.scheduler.variance = .range
        case "classes": parts.about.labels = .classes(names: ["a", "b"])
        case "number": parts.about.labels = .number(from: 1, to: 2)
        case "range": parts.about.labels = .number(from: 1, to: 1)
        case "classifier": parts.classifier = try TinyPixelModel.classifier(classes: 5)
        case "patch": parts.about.patchSize = 2
        default: parts.about.labels = nil
        }
      }
    }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    #expect(try folder.contents().isEmpty)
  }

  @Test("a folder that lacks files, or describes another kind of model, says so")
  func unsound() throws {
    let place = folder.file("model")
    #expect(throws: ModelError.missing(path: place.path(percentEncoded: false))) {
      try PixelModelFolder(place)
    }
    try folder.write([], to: "empty/x")
    #expect(
      throws: ModelError.incomplete(
        folder: folder.file("empty").path(percentEncoded: false), missing: ["model_index.json"])
    ) { try PixelModelFolder(folder.file("empty")) }
    try PixelModel.write(TinyPixelModel.parts(), to: place)
    let index = place.appending(path: "model_index.json")
    let text = try String(contentsOf: index, encoding: .utf8)
    try Data(text.replacing("PixelDiffusionModel", with: "DiTPipeline").utf8).write(to: index)
    #expect(
      throws: ModelError.unsupported(
        file: index.path(percentEncoded: false), key: "_class_name",
        expected: "PixelDiffusionModel",
        found: "DiTPipeline")
    ) { try PixelModelFolder(place) }
    try Data(text.utf8).write(to: index)
    try FileManager.default.removeItem(at: place.appending(path: "unet/config.json"))
    #expect(
      throws: ModelError.incomplete(
        folder: place.path(percentEncoded: false), missing: ["unet/config.json"])
    ) {
      try PixelModelFolder(place)
    }
  }

  @Test(
    "every process survives being written, and its schedule ends without noise",
    arguments: [
      .linear, .chain(betas: .cosine(), timesteps: 50),
      .variancePreserving(betaMin: 0.1, betaMax: 20),
      .subVariancePreserving(betaMin: 0.1, betaMax: 20),
      .varianceExploding(sigmaMin: 0.01, sigmaMax: 50), .karras(sigmaMin: 0.002, sigmaMax: 80),
      .flow(shift: 3),
    ] as [PixelProcess])
  func processes(process: PixelProcess) throws {
    let data = try JSONEncoder().encode(process)
    #expect(try JSONDecoder().decode(PixelProcess.self, from: data) == process)
    let levels = try process.schedule().levels(4)
    #expect(levels.count == 5 && levels.last?.sigma == 0)
    if case .chain = process {
      #expect(try process.schedule(spacing: .linspace).levels(4) != levels)
    } else {
      #expect(throws: SampleError.noChain) { try process.schedule(spacing: .linspace) }
    }
  }

  @Test("a chain of too many timesteps is refused")
  func chain() {
    #expect(throws: ScheduleError.self) {
      try PixelProcess.chain(betas: .linear(), timesteps: 1 << 40).schedule()
    }
  }
}
