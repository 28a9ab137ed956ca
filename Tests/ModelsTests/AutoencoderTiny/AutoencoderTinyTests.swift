import Foundation
import TestSupport
import Testing
import Torch

@testable import Models

/// Two small autoencoders whose every result diffusers computed; see `autoencoder_tiny.py`.
@Suite struct AutoencoderTinyTests {
  static let networks = ["tiny", "uneven"]

  /// float32; the reference may add in another order.
  static let tolerance = 1e-5

  @Test("every weight is used, and the latents and pictures are diffusers'", arguments: networks)
  func parity(_ name: String) throws {
    let golden = try Golden("\(name)/golden.safetensors")
    let network = try AutoencoderTiny(folder: Golden.file(name))
    let latents = try checked { network.encode(try golden["x"]) }
    #expect(relativeDistance(latents, try golden["latents"]) < Self.tolerance)
    let decoded = try checked { network.decode(try golden["latents"] * 2) }
    #expect(relativeDistance(decoded, try golden["decoded"]) < Self.tolerance)
  }

  @Test("scaling for the denoiser is a shift and a factor, and undone")
  func scaling() throws {
    let network = try AutoencoderTiny(folder: Golden.file("uneven"))
    let latents = Tensor([1.25, -0.75])
    #expect(distance(network.scaled(latents), Tensor([0.5, -0.5])) < 1e-15)
    #expect(distance(network.unscaled(network.scaled(latents)), latents) < 1e-15)
    let plain = try AutoencoderTiny(folder: Golden.file("tiny"))
    #expect(distance(plain.scaled(latents), latents) == 0)
  }

  @Test("keys that are missing have diffusers' defaults, and it is written and read")
  func defaults() throws {
    let found = try JSONDecoder().decode(AutoencoderTinyConfiguration.self, from: Data("{}".utf8))
    #expect(found == AutoencoderTinyConfiguration())
    #expect(found.reduction == 8)
    let uneven: AutoencoderTinyConfiguration = try readConfiguration(
      from: Golden.file("uneven/config.json"))
    let data = try JSONEncoder().encode(uneven)
    #expect(try JSONDecoder().decode(AutoencoderTinyConfiguration.self, from: data) == uneven)
  }

  @Test(
    "another network or an impossible size is refused, by name",
    arguments: [
      ("act_fn", #""silu""#, "act_fn: expected relu, found silu"),
      ("upsample_fn", #""bilinear""#, "upsample_fn: expected nearest, found bilinear"),
      (
        "encoder_block_out_channels", "[4, 4, 8, 4]",
        "encoder_block_out_channels: expected 4 times the same number, found [4, 4, 8, 4]"
      ),
      (
        "decoder_block_out_channels", "[4, 4]",
        "decoder_block_out_channels: expected 4 times the same number, found [4, 4]"
      ),
      ("num_encoder_blocks", "[]", "num_encoder_blocks: expected 1 to 16 numbers from 0 to 4096"),
      ("num_decoder_blocks", "[3, -1, 3, 1]", "num_decoder_blocks: expected 1 to 16 numbers from"),
      ("scaling_factor", "0", "scaling_factor: expected more than 0, found 0.0"),
      ("latent_channels", "0", "latent_channels: expected 1 or more, found 0"),
    ])
  func refusals(key: String, json: String, reason: String) throws {
    let file = Golden.file("tiny/config.json")
    let found = try refusal(of: AutoencoderTinyConfiguration.self, in: file, key, json)
    #expect(found.hasPrefix(reason), "\(found)")
  }

  @Test("pictures of other channels are an error and not a crash")
  func misfit() throws {
    let network = try AutoencoderTiny(folder: Golden.file("tiny"))
    #expect(throws: TorchError.self) { try checked { network.encode(.zeros([1, 2, 8, 8])) } }
    #expect(throws: TorchError.self) { try checked { network.decode(.zeros([1, 1, 8, 8])) } }
  }
}
