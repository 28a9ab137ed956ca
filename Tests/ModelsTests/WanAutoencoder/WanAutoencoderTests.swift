import Checkpoints
import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Models

/// Two small autoencoders whose every result diffusers computed; see `wan_autoencoder.py`.
@Suite struct WanAutoencoderTests {
  static let networks = ["tiny", "uneven", "patched"]

  /// float32; the reference may add in another order.
  static let tolerance = 1e-5

  /// Of decoded clips: what is rounded grows where two channels are normalized.
  ///
  /// The reference itself is 1e-5 from its result in float64.
  static let decodedTolerance = 5e-5

  @Test("every weight is used, and the moments are diffusers'", arguments: networks)
  func encoding(_ name: String) throws {
    let golden = try Golden("\(name)/golden.safetensors")
    let network = try WanAutoencoder(folder: Golden.file(name))
    let latents = try checked { network.encode(try golden["x"]) }
    #expect(relativeDistance(latents.mean, try golden["mean"]) < Self.tolerance)
    #expect(relativeDistance(latents.logVariance, try golden["log_variance"]) < Self.tolerance)
  }

  @Test("latents become diffusers' clips", arguments: networks)
  func decoding(_ name: String) throws {
    let golden = try Golden("\(name)/golden.safetensors")
    let network = try WanAutoencoder(folder: Golden.file(name))
    let z = try golden["z"]
    #expect(relativeDistance(network.scaled(z), try golden["scaled"]) < 1e-6)
    #expect(relativeDistance(network.unscaled(network.scaled(z)), z) < 1e-6)
    let decoded = try checked { network.decode(z) }
    #expect(relativeDistance(decoded, try golden["decoded"]) < Self.decodedTolerance)
  }

  @Test("the derivatives by weights of both halves are PyTorch's", arguments: networks)
  func gradients(_ name: String) throws {
    let golden = try Golden("\(name)/golden.safetensors")
    let configuration: WanAutoencoderConfiguration = try readConfiguration(
      from: Golden.file("\(name)/config.json"))
    let weights = try Checkpoint(contentsOf: weightsFile(in: Golden.file(name)))
    let store = ParameterStore(loading: WeightSource(weights), dtype: .float32, trainable: true)
    let network = try store.network { WanAutoencoder($0, configuration) }
    try expectDerivatives(of: golden, by: store, within: Self.tolerance, times: 10) {
      network.decode(network.encode(try golden["x"]).mean)
    }
  }

  @Test("a later frame changes nothing before its group, to the bit", arguments: networks)
  func causality(_ name: String) throws {
    let golden = try Golden("\(name)/golden.safetensors")
    let network = try WanAutoencoder(folder: Golden.file(name))
    let group = network.configuration.timeReduction
    let x = try golden["x"]
    let frames = x.shape[2]
    let whole = try checked { network.encode(x).mean }
    for last in stride(from: 1, to: frames, by: group) {
      let kept = x.narrowed(dim: 2, start: 0, length: last)
      let other = x.narrowed(dim: 2, start: last, length: frames - last) * -0.5
      let changed = try checked { network.encode(concatenate(kept, other, dim: 2)).mean }
      let latents = 1 + (last - 1) / group
      func begin(_ x: Tensor) -> Tensor { x.narrowed(dim: 2, start: 0, length: latents) }
      #expect(distance(begin(changed), begin(whole)) == 0, "frame \(last)")
      let next = changed.selected(dim: 2, index: latents)
      #expect(distance(next, whole.selected(dim: 2, index: latents)) > 1e-3, "frame \(last)")
    }

    let z = try golden["z"]
    let decoded = try checked { network.decode(z) }
    let part = try checked { network.decode(z.narrowed(dim: 2, start: 0, length: 2)) }
    #expect(part.shape[2] == 1 + group)
    #expect(distance(part, decoded.narrowed(dim: 2, start: 0, length: 1 + group)) == 0)
  }

  @Test("latents that come in parts give the clip that they give one by one", arguments: networks)
  func parts(_ name: String) throws {
    let golden = try Golden("\(name)/golden.safetensors")
    let network = try WanAutoencoder(folder: Golden.file(name))
    let z = try golden["z"]
    var decoding = WanAutoencoder.Decoding(network)
    let decoded = try checked {
      let first = decoding.next(z.narrowed(dim: 2, start: 0, length: 1))
      let rest = decoding.next(z.narrowed(dim: 2, start: 1, length: z.shape[2] - 1))
      return concatenate(first, rest, dim: 2)
    }
    #expect(relativeDistance(decoded, try golden["decoded"]) < Self.decodedTolerance)
  }

  @Test("frames that are encoded at once have the latents of each group", arguments: networks)
  func groups(_ name: String) throws {
    let golden = try Golden("\(name)/golden.safetensors")
    let network = try WanAutoencoder(folder: Golden.file(name))
    let mean = try checked { network.encode(try golden["x"], groupsAtOnce: 8).mean }
    #expect(relativeDistance(mean, try golden["mean"]) < Self.tolerance)
  }

  @Test("a picture is a clip of one frame, and a batch is each of its clips", arguments: networks)
  func batches(_ name: String) throws {
    let golden = try Golden("\(name)/golden.safetensors")
    let network = try WanAutoencoder(folder: Golden.file(name))
    let picture = try golden["x"].narrowed(dim: 2, start: 0, length: 1)
      .narrowed(dim: 0, start: 1, length: 1)
    let mean = try checked { network.encode(picture).mean }
    let expected = try golden["mean"].narrowed(dim: 2, start: 0, length: 1)
      .narrowed(dim: 0, start: 1, length: 1)
    #expect(relativeDistance(mean, expected) < Self.tolerance)
    #expect(try checked { network.decode(mean) }.shape.sizes == picture.shape.sizes)
  }

  @Test("in bfloat16 latents are within its precision of float32's", arguments: networks)
  func bfloat16(_ name: String) throws {
    let golden = try Golden("\(name)/golden.safetensors")
    let configuration: WanAutoencoderConfiguration = try readConfiguration(
      from: Golden.file("\(name)/config.json"))
    let weights = try Checkpoint(contentsOf: weightsFile(in: Golden.file(name)))
    let store = ParameterStore(loading: WeightSource(weights), dtype: .bfloat16)
    let network = try store.network { WanAutoencoder($0, configuration) }
    let mean = try checked { network.encode(try golden["x"].converted(to: .bfloat16)).mean }
    #expect(mean.dtype == .bfloat16)
    // Eight bits of precision, some twenty layers deep.
    #expect(relativeDistance(mean, try golden["mean"]) < 0.05)
  }

  @Test("what one half lacks and another has too much is in one error")
  func misfits() throws {
    let weights = try Checkpoint(contentsOf: weightsFile(in: Golden.file("tiny")))
    let source = WeightSource(weights).renamed(["more": "encoder.conv_in.bias"])
    let configuration: WanAutoencoderConfiguration = try readConfiguration(
      from: Golden.file("tiny/config.json"))
    let error = #expect(throws: LoadingError.self) {
      try ParameterStore(loading: source, dtype: .float32)
        .network { WanAutoencoder($0, configuration) }
    }
    let text = "\(try #require(error))"
    #expect(text.contains("encoder.conv_in.bias") && text.contains("more"))
  }
}

@Suite struct WanAutoencoderConfigurationTests {
  @Test("keys that are missing are those of Wan 2.1, and what is written is read again")
  func coding() throws {
    func decode(_ data: Data) throws -> WanAutoencoderConfiguration {
      try JSONDecoder().decode(WanAutoencoderConfiguration.self, from: data)
    }
    let published = WanAutoencoderConfiguration()
    #expect(try decode(Data(#"{"dropout": 0.0, "scale_factor_spatial": 8}"#.utf8)) == published)
    #expect(published.reduction == 8 && published.timeReduction == 4)
    let uneven: WanAutoencoderConfiguration = try readConfiguration(
      from: Golden.file("uneven/config.json"))
    #expect(uneven.decoderBaseDim == 2 && uneven.timeReduction == 2)
    #expect(try decode(JSONEncoder().encode(uneven)) == uneven)
  }

  @Test("the decoder's channels can be halved")
  func oddChannels() throws {
    // Three times four in the encoder, three times three in the decoder.
    let found = try refusal(
      of: WanAutoencoderConfiguration.self, in: Golden.file("uneven/config.json"),
      "decoder_base_dim", "3")
    #expect(found == "dim_mult: expected an even number of channels in the decoder, found 9")
  }

  @Test(
    "another network or an impossible size is refused, by name",
    arguments: [
      ("base_dim", "0", "base_dim: expected 1 or more, found 0"),
      ("decoder_base_dim", "-1", "decoder_base_dim: expected 1 or more, found -1"),
      ("dim_mult", "[]", "dim_mult: expected 1 to 16 resolutions, found 0"),
      ("dim_mult", "[1, 0, 2]", "dim_mult: expected multiples of 1 to 1024, found 0"),
      ("temperal_downsample", "[true]", "temperal_downsample: expected 2, one less than dim_mult"),
      ("latents_mean", "[0]", "latents_mean: expected 4 numbers, found 1"),
      ("latents_std", "[1, 0, 1, 1]", "latents_std: expected more than 0, found 0.0"),
      ("attn_scales", "[0.5]", "attn_scales: expected [], found [0.5]"),
      ("is_residual", "true", "is_residual: expected false, found true"),
      ("patch_size", "0", "patch_size: expected 1 or more, found 0"),
      ("patch_size", "2", "in_channels: expected a multiple of the 4 places of a patch, found 3"),
    ])
  func refusals(key: String, json: String, reason: String) throws {
    let found = try refusal(
      of: WanAutoencoderConfiguration.self, in: Golden.file("tiny/config.json"), key, json)
    #expect(found.hasPrefix(reason), "\(found)")
  }
}
