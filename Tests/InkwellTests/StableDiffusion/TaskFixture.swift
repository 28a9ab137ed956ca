import Checkpoints
import Foundation
import Layers
import Modalities
import TestSupport
import Torch

@testable import Inkwell
@testable import Models

/// Small models that were made for a task, put together from what the golden script saved.
final class TaskFixture {
  let folder: TemporaryFolder
  let golden: Golden

  init() throws {
    folder = try TemporaryFolder()
    golden = try Golden("tasks.safetensors")
    try picture("picture").save(to: folder.file("picture.png"))
    try picture("depth").save(to: folder.file("depth.png"))
  }

  /// A path in the folder.
  func path(_ name: String) -> String { folder.file(name).path(percentEncoded: false) }

  /// The picture or the depth map that the golden script drew.
  func picture(_ name: String) throws -> Image {
    let found = try golden[name]
    let rgb = name == "depth" ? found.unsqueezed(-1).expanded(-1, -1, 3) : found
    return try Image(
      width: found.shape[1], height: found.shape[0], channels: .rgb,
      pixels: rgb.contiguous().values(as: UInt8.self))
  }

  /// The folder of a model of the golden script, which differs in a few files from another.
  func model(_ name: String) throws -> URL {
    let files = FileManager.default
    let place = folder.url.appending(path: name, directoryHint: .isDirectory)
    guard !files.fileExists(atPath: place.path(percentEncoded: false)) else { return place }
    let base = StableDiffusionFixture.folder(
      ["edit-xl", "edit-cos", "refiner"].contains(name) ? "sdxl" : "sd1")
    try files.copyItem(at: base, to: place)
    let own = StableDiffusionFixture.folder("tasks/\(name)")
    for file in try files.subpathsOfDirectory(atPath: own.path(percentEncoded: false))
    where file.hasSuffix(".json") {
      let target = place.appending(path: file)
      try files.createDirectory(
        at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(contentsOf: own.appending(path: file)).write(to: target)
    }
    try writeNetwork(of: name, over: base, to: place.appending(path: "unet"))
    return place
  }

  /// Writes the U-Net, of which the golden file has the weights that differ, or a seed draws all.
  private func writeNetwork(of name: String, over base: URL, to place: URL) throws {
    let sizes: UNet2DConditionConfiguration = try readConfiguration(
      from: place.appending(path: "config.json"))
    let seeded = place.appending(path: "weights.json")
    guard !FileManager.default.fileExists(atPath: seeded.path(percentEncoded: false)) else {
      let file = place.appending(path: "diffusion_pytorch_model.safetensors")
      try FileManager.default.removeItem(at: file)
      return try SeededWeights(contentsOf: seeded).write(to: file)
    }
    let known = try Checkpoint(contentsOf: weightsFile(in: base.appending(path: "unet")))
    let own = try golden.tensors(name)
    let weights = WeightSource(names: Set(known.names).union(own.keys).sorted()) {
      try own[$0] ?? known.tensor($0)
    }
    try UNet2DConditionModel.write(weights, sizes, to: place)
  }

  /// A model with the scheduler and the settings of a reference.
  func model(
    _ name: String, for reference: ReferencePicture
  ) throws -> (StableDiffusionModel, SamplingSettings) {
    var model = try StableDiffusionFolder(self.model(name)).model()
    model.scheduler = try reference.configuration(in: folder)
    return (model, reference.settings(model.scheduler))
  }

  /// By how much pictures differ from a reference's, in 255ths.
  func difference(_ images: [Image], from name: String) throws -> Double {
    distance(StableDiffusionFixture.bytes(images), try golden["\(name).picture"])
  }
}
