/// The sizes of a ``T2IAdapter``, in the words of diffusers' `config.json`.
public struct T2IAdapterConfiguration: Codable, Sendable, Hashable {
  /// How the resolutions follow one another.
  public enum Kind: String, Codable, Sendable, CaseIterable {
    /// For Stable Diffusion 1: every resolution is half the last.
    case full = "full_adapter"
    /// For Stable Diffusion XL: only the third is half the last.
    case fullXL = "full_adapter_xl"
    /// With a quarter of the channels inside its blocks, and one resolution more than channels.
    case light = "light_adapter"
  }

  /// The channels of the picture to go by.
  public var inChannels = 3
  /// The channels of the features at each resolution.
  public var channels = [320, 640, 1280, 1280]
  /// The residual blocks at each resolution.
  public var numResBlocks = 2
  /// The width and height of the square of pixels that becomes one place.
  public var downscaleFactor = 8
  /// How the resolutions follow one another.
  public var adapterType = Kind.full

  /// The published sizes for Stable Diffusion 1.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case inChannels = "in_channels"
    case channels
    case numResBlocks = "num_res_blocks"
    case downscaleFactor = "downscale_factor"
    case adapterType = "adapter_type"
  }

  /// Reads a configuration; a key that is not there has diffusers' default, one that is not known
  /// is passed over.
  ///
  /// - Throws: `DecodingError` if a size cannot be.
  public init(from decoder: any Decoder) throws {
    let keys = try ConfigurationKeys<CodingKeys>(decoder)
    inChannels = try keys.size(.inChannels, or: 3)
    numResBlocks = try keys.size(.numResBlocks, or: 2, most: 4096)
    downscaleFactor = try keys.size(.downscaleFactor, or: 8, most: 1 << 10)
    channels = try keys.value(.channels, or: T2IAdapterConfiguration().channels)
    let type = try keys.value(.adapterType, or: Kind.full.rawValue)
    guard let kind = Kind(rawValue: type) else {
      let known = Kind.allCases.map(\.rawValue).joined(separator: " or ")
      throw keys.misfit(.adapterType, expected: known, found: type)
    }
    adapterType = kind
    guard (1...16).contains(channels.count) else {
      throw keys.misfit(.channels, expected: "1 to 16 resolutions", found: channels.count)
    }
    let unit = kind == .light ? 4 : 1
    for width in channels where width <= 0 || width % unit != 0 || width > 1 << 20 {
      throw keys.misfit(.channels, expected: "multiples of \(unit)", found: width)
    }
    if kind == .fullXL, let end = channels.dropFirst(2).first {
      guard channels.dropFirst(3).allSatisfy({ $0 == end }) else {
        throw keys.misfit(.channels, expected: "equal ones from the third on", found: channels)
      }
    }
  }
}
