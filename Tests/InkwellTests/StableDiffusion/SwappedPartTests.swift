import Foundation
import TestSupport
import Testing
import Torch

@testable import Checkpoints
@testable import Inkwell
@testable import Models

extension ThreadedTests {
  /// Autoencoders and text encoders in place of a model's own.
  @Suite struct SwappedPartTests {
    let folder: TemporaryFolder
    let model = StableDiffusionFixture.folder("sd1")

    init() throws { folder = try TemporaryFolder() }

    private func image(
      model: URL? = nil, _ change: (inout Generate.Options) -> Void = { _ in }
    ) async throws -> MadePicture<Generate.Request> {
      var options = Generate.Options(steps: 3)
      change(&options)
      let request = try Generate.Request(
        prompts: ["a red apple"], model: (model ?? self.model).path(percentEncoded: false),
        seed: 7, options: options)
      return try #require(try await Generate()(request).images().first)
    }

    /// A copy of the model in which a network has other weights.
    private func changed(_ network: String, _ stem: String, _ weight: String) throws -> URL {
      let copy = folder.file("other-\(network)")
      try FileManager.default.copyItem(at: model, to: copy)
      let file = copy.appending(path: "\(network)/\(stem).safetensors")
      let weights = try Checkpoint(
        contentsOf: model.appending(path: "\(network)/\(stem).safetensors"))
      #expect(weights.names.contains(weight))
      let drafts = try weights.names.map { name in
        let own = try weights.tensor(name)
        return Safetensors.Draft(name, name == weight ? own * 0.5 : own)
      }
      try FileManager.default.removeItem(at: file)
      try Safetensors.write(drafts, to: file)
      return copy
    }

    /// A network's weights in a single file, with the names of the first of its layouts.
    private func original(
      _ part: StableDiffusionFamily.Part, of weights: URL, to name: String
    ) throws -> String {
      let checkpoint = try Checkpoint(contentsOf: weights)
      let own = Dictionary(
        uniqueKeysWithValues: try checkpoint.names.map { ($0, try checkpoint.tensor($0)) })
      let layout = part.layouts[0]
      let tensors = try layout.map.placed(layout.place, "").inverse.convert(
        own.mapValues { $0.shape.sizes })
      #expect(Set(tensors.map(\.name)).isDisjoint(with: own.keys))
      let url = folder.file(name)
      try Safetensors.write(
        tensors.map { tensor in
          Safetensors.Draft(tensor.name, try tensor { own[$0] ?? .zeros([]) })
        }, to: url)
      return url.path(percentEncoded: false)
    }

    @Test("an autoencoder of its own, in a folder, a file or the original's names, is the one used")
    func autoencoders() async throws {
      let other = try changed(
        "vae", "diffusion_pytorch_model", "decoder.conv_out.weight")
      let expected = try await image(model: other)
      let plain = try await image()
      #expect(expected.image != plain.image)
      let vae = other.appending(path: "vae")
      let weights = vae.appending(path: "diffusion_pytorch_model.safetensors")
      let sizes: AutoencoderKLConfiguration = try readConfiguration(
        from: vae.appending(path: "config.json"))
      for path in [
        vae.path(percentEncoded: false), weights.path(percentEncoded: false),
        try original(sizes.part, of: weights, to: "vae.safetensors"),
      ] {
        let made = try await image { $0.vae = path }
        #expect(made.image == expected.image, "\(path)")
        #expect(made.provenance.request.options.vae == path)
        #expect(
          made.provenance.files.keys.contains { $0.hasPrefix("vae") && !$0.contains("vae/c") })
        #expect(made.provenance.files.values.allSatisfy { $0.count == 64 })
      }
    }

    @Test("so is a text encoder")
    func textEncoders() async throws {
      let weight = "encoder.layers.0.self_attn.q_proj.weight"
      let other = try changed("text_encoder", "model", weight)
      let expected = try await image(model: other)
      #expect(try await image().image != expected.image)
      let encoder = other.appending(path: "text_encoder")
      for path in [encoder, encoder.appending(path: "model.safetensors")] {
        let made = try await image { $0.textEncoders = [path.path(percentEncoded: false)] }
        #expect(made.image == expected.image, "\(path)")
        #expect(made.provenance.files.keys.contains { $0.hasPrefix("text encoder 1") })
      }
    }

    @Test("what does not fit is one error")
    func misfits() async throws {
      let unet = model.appending(path: "unet/diffusion_pytorch_model.safetensors")
        .path(percentEncoded: false)
      await #expect(
        throws: ModelFileError.misfits(
          path: unet,
          reason: "expected the autoencoder of this model in a known layout, found none")
      ) { try await image { $0.vae = unet } }
      await #expect(throws: ModelFileError.self) {
        try await image { $0.textEncoders = [unet] }
      }
      await #expect(throws: GenerateError.self) {
        try await image { $0.textEncoders = [unet, unet] }
      }
      let emoji = TextFolder.model.appending(path: "vae").path(percentEncoded: false)
      let latents = await #expect(throws: ModelError.self) { try await image { $0.vae = emoji } }
      #expect("\(try #require(latents))".contains("an autoencoder for this model"))
      // A weight that is not there, in a folder: all misfits.
      let copy = folder.file("lacking")
      try FileManager.default.copyItem(at: model.appending(path: "vae"), to: copy)
      let file = copy.appending(path: "diffusion_pytorch_model.safetensors")
      let weights = try Checkpoint(
        contentsOf: model.appending(path: "vae/diffusion_pytorch_model.safetensors"))
      let drafts = try weights.names.dropFirst(2).map {
        Safetensors.Draft($0, try weights.tensor($0))
      }
      try FileManager.default.removeItem(at: file)
      try Safetensors.write(drafts, to: file)
      await #expect(throws: ModelError.self) {
        try await image { $0.vae = copy.path(percentEncoded: false) }
      }
      for change in [
        { $0.vae = emoji }, { $0.textEncoders = [emoji] },
      ] as [(inout Generate.Options) -> Void] {
        await #expect(throws: GenerateError.self) {
          try await image(model: TextFolder.model, change)
        }
      }
    }
  }
}

/// The model that is part of the repository.
private enum TextFolder {
  static let model = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Models/inkwell-emoji")
}
