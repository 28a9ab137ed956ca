import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Inkwell

extension ThreadedTests {
  /// Pictures that ControlNets steer, beside diffusers' own from the same seeds.
  @Suite struct ControlTests {
    let folder: TemporaryFolder
    let golden: Golden
    let model = StableDiffusionFixture.folder("sd1").path(percentEncoded: false)
    let control = StableDiffusionFixture.folder("control").path(percentEncoded: false)

    init() throws {
      folder = try TemporaryFolder()
      golden = try Golden("control.safetensors")
      for name in ["first", "second"] {
        try StableDiffusionFixture.saveControlPicture(name, to: folder.file("\(name).png"))
      }
    }

    private func path(_ name: String) -> String { folder.file(name).path(percentEncoded: false) }

    @Test(
      "one and two ControlNets steer as in diffusers",
      arguments: try ReferencePicture.all("control"))
    func parity(reference: ReferencePicture) throws {
      let scheduler = try reference.configuration(in: folder)
      let model = try StableDiffusionFixture.model("sd1", scheduler)
      let settings = reference.settings(scheduler)
      var drawing = Drawing(settings: settings, size: reference.size)
      let scales = try #require(reference.controlScales)
      drawing.controls = try zip(["first", "second"], scales).map { name, scale in
        try model.guide(
          Generate.Control(model: control, picture: path("\(name).png"), scale: scale),
          size: reference.size)
      }
      let latents = try model.latents(
        model.batch(reference.prompts, seeds: reference.seeds, drawing: drawing))
      #expect(relativeDistance(latents, try golden["\(reference.name).latents"]) < 1e-4)
    }

    @Test("the command line names ControlNets, and what they depend on is noted")
    func command() throws {
      let arguments = [
        "generate", "a red apple", "--model", model, "--seed", "42", "--steps", "5", "--sampler",
        "ddim", "--size", "24x16", "--output", "a.png", "--control", "\(control)=first.png",
      ]
      let run = try CommandRun(arguments + ["--control-scale", "0.8"], in: folder).finish()
      #expect(run.status == 0, "\(run.errors)")
      let made = try Image(contentsOf: folder.file("a.png"))
      #expect(
        distance(StableDiffusionFixture.bytes([made]), try golden["one.picture"]) <= 1)
      let files = try Provenance(contentsOf: folder.file("a.png")).files
      #expect(files["control 1"]?.count == 64 && files["control 1/config.json"]?.count == 64)
      #expect(files["control 1/diffusion_pytorch_model.safetensors"]?.count == 64)
      let again = try CommandRun(["regenerate", "a.png", "--model", model], in: folder).finish()
      #expect(again.errors.contains("the same bytes as a.png"), "\(again.errors)")
      for (flags, message) in [
        (["--control-scale", "11"], "control scale: expected 0.0 to 10.0, found 11.0"),
        (["--control-scale", "1", "--control-scale", "1"], "--control-scale"),
        (["--control", "nothing"], "FOLDER=PICTURE"),
      ] {
        let run = try CommandRun(arguments + flags, in: folder).finish()
        #expect(run.status != 0 && run.errors.contains(message), "\(run.errors)")
      }
    }

    @Test("a picture of another size and the ControlNet of another model are refused")
    func refusals() throws {
      let model = try StableDiffusionFolder(StableDiffusionFixture.folder("sd1")).model()
      let own = Generate.Control(model: control, picture: path("first.png"))
      #expect(
        throws: GenerateError.value(
          "control", expected: "a picture of 16x16, as is drawn", found: "24x16")
      ) { try model.guide(own, size: 16) }
      let other = try StableDiffusionFolder(StableDiffusionFixture.folder("sdxl")).model()
      let error = #expect(throws: ModelError.self) {
        try other.guide(own, size: PictureSize(width: 24, height: 16))
      }
      #expect(error?.description.contains("a ControlNet of this model") == true)
    }
  }
}
