internal import ArgumentParser
internal import Foundation

/// A network that both sides have.
enum Network: String, CaseIterable, Codable, ExpressibleByArgument {
  case sd1UNet = "sd1-unet"
  case sdxlUNet = "sdxl-unet"
  case dit = "dit-xl"
  case pixart = "pixart-xl"
  case decoder = "sd1-decoder"
  case clipText = "clip-l"
  case emoji

  /// What it is, for headings.
  var title: String {
    switch self {
    case .sd1UNet: "Stable Diffusion 1.5's U-Net"
    case .sdxlUNet: "Stable Diffusion XL's U-Net"
    case .dit: "DiT-XL/2 at 256 pixels"
    case .pixart: "PixArt-XL/2 at 256 pixels"
    case .decoder: "Stable Diffusion's decoder"
    case .clipText: "CLIP-L's text encoder"
    case .emoji: "the repository's denoiser"
    }
  }

  /// The name of the model of random weights that it is of; none for the repository's own.
  var model: String? {
    switch self {
    case .sd1UNet, .decoder, .clipText: "sd1"
    case .sdxlUNet: "sdxl"
    case .dit: "dit"
    case .pixart: "pixart"
    case .emoji: nil
    }
  }

  /// Its folder inside the model's.
  var folder: String {
    switch self {
    case .sd1UNet, .sdxlUNet: "unet"
    case .dit, .pixart, .emoji: "transformer"
    case .decoder: "vae"
    case .clipText: "text_encoder"
    }
  }

  /// Whether it can be compiled by `Models`.
  var isCompiled: Bool { self != .clipText }
}

/// What networks compute with.
enum NetworkPrecision: String, CaseIterable, Codable, ExpressibleByArgument {
  case float32
  case bfloat16
  /// Weights and features of 8 bits; peers compute in bfloat16 beside it.
  case int8

  /// The bytes of a number, as the peers have it.
  var byteCount: Double { self == .float32 ? 4 : 2 }

  /// What the peers compute with.
  var ofPeers: NetworkPrecision { self == .int8 ? .bfloat16 : self }
}

/// A network and the size of what it is given.
struct NetworkCase {
  let network: Network
  /// The width and height of the latents; of no matter to the text encoder.
  var side: Int
  var batch: Int
  /// The tokens of the prompt; of no matter to the decoder and to what is told a class.
  var tokens = 77

  /// What the goals are stated for.
  static let bars: [NetworkCase] = [
    NetworkCase(network: .sd1UNet, side: 64, batch: 1),
    NetworkCase(network: .sd1UNet, side: 64, batch: 2),
    NetworkCase(network: .sd1UNet, side: 32, batch: 1),
    NetworkCase(network: .sd1UNet, side: 32, batch: 2),
    NetworkCase(network: .sdxlUNet, side: 64, batch: 2),
    NetworkCase(network: .dit, side: 32, batch: 2),
    NetworkCase(network: .pixart, side: 32, batch: 2, tokens: 120),
    NetworkCase(network: .decoder, side: 64, batch: 1),
    NetworkCase(network: .clipText, side: 0, batch: 1),
    NetworkCase(network: .emoji, side: 16, batch: 2, tokens: 32),
  ]

  /// What it is, for headings.
  var title: String {
    switch network {
    case .clipText: "\(network.title), \(tokens) tokens, batch \(batch)"
    case .decoder: "\(network.title), \(8 * side) pixels, batch \(batch)"
    case .dit: "\(network.title), \(side)×\(side) latents, batch \(batch)"
    default: "\(network.title), \(side)×\(side) latents, \(tokens) tokens, batch \(batch)"
    }
  }

  /// The options of both sides' programs.
  func options(folder: String, threads: Int, calls: Int) -> [String] {
    [
      "--network", network.rawValue, "--folder", folder, "--side", "\(side)", "--batch",
      "\(batch)", "--tokens", "\(tokens)", "--threads", "\(threads)", "--calls", "\(calls)",
    ]
  }
}
