internal import Checkpoints

/// What the shapes of a file's tensors say of an IP-Adapter.
struct IPAdapterOutline {
  /// What words are made of, and how.
  enum Kind: Hashable {
    /// So many words of the embedding.
    case embedding(words: Int)
    /// So many words that attend to the states of all patches.
    case states(words: Int, hidden: Int, depth: Int, heads: Int)
    /// A word of every state.
    case every
  }

  let kind: Kind
  /// The channels of a picture's embedding, or of its states.
  let imageChannels: Int
  /// The channels of a word.
  let channels: Int
  /// The channels of each attention, by its number.
  private let attentions: [Int: Int]

  /// The number of attentions.
  var count: Int { attentions.count }

  /// The channels of a head, which the published files have in common and no tensor says.
  private static let headWidth = 64

  /// - Parameter shapes: The shapes of the file's tensors, by their names.
  /// - Throws: What is in the way of it being one that is known.
  init(_ shapes: [String: [Int]]) throws(IPAdapterError.Problem) {
    func size(_ name: String, _ index: Int) -> Int {
      let shape = shapes["image_proj.\(name)"] ?? []
      return shape.indices.contains(index) ? max(shape[index], 1) : 1
    }
    func has(_ name: String) -> Bool { shapes["image_proj.\(name)"] != nil }
    var attentions: [Int: Int] = [:]
    for (name, shape) in shapes where name.hasSuffix(".to_k_ip.weight") {
      let parts = name.split(separator: ".")
      guard parts.count == 4, parts[0] == "ip_adapter", let number = Int(parts[1]) else { continue }
      attentions[number] = shape.first ?? 0
    }
    self.attentions = attentions
    guard !attentions.isEmpty, shapes.keys.contains(where: { $0.hasPrefix("image_proj.") }) else {
      throw .notAnAdapter
    }
    if has("latents") {
      let inner = (shapes["image_proj.layers.0.0.to_q.weight"] ?? []).first ?? 0
      let blocks = shapes.keys.compactMap { name -> Int? in
        guard name.hasPrefix("image_proj.layers.") else { return nil }
        return name.split(separator: ".").dropFirst(2).first.flatMap { Int($0) }
      }
      kind = .states(
        words: size("latents", 1), hidden: size("latents", 2), depth: (blocks.max() ?? -1) + 1,
        heads: max(inner / Self.headWidth, 1))
      (imageChannels, channels) = (size("proj_in.weight", 1), size("proj_out.weight", 0))
    } else if has("proj.weight") {
      channels = size("norm.weight", 0)
      kind = .embedding(words: max(size("proj.weight", 0) / channels, 1))
      imageChannels = size("proj.weight", 1)
    } else if has("proj.3.weight") {
      kind = .every
      (imageChannels, channels) = (size("proj.0.weight", 1), size("proj.3.weight", 0))
    } else if has("perceiver_resampler.proj_in.weight") || has("norm.weight") {
      throw .faceID
    } else {
      throw .notAnAdapter
    }
  }

  /// Whether the attentions are those of a U-Net.
  func fits(_ places: [CrossAttentionPlace]) -> Bool {
    places.count == attentions.count
      && places.enumerated().allSatisfy { number, place in
        attentions[2 * number + 1] == place.channels && place.context == channels
      }
  }

  /// The families whose U-Nets it fits.
  var families: [StableDiffusionFamily] {
    StableDiffusionFamily.all.filter { fits($0.unetConfiguration(inputs: 4).crossAttentions) }
  }

  /// From the file's names to those of diffusers' networks.
  var keyMap: KeyMap {
    let projection: KeyMap =
      switch kind {
      case .embedding: ["proj": "image_embeds", "norm": "norm"]
      case .every: ["proj.0": "ff.net.0.proj", "proj.2": "ff.net.2", "proj.3": "norm"]
      case .states(_, _, let depth, _):
        (0..<depth).reduce(.same("latents", "proj_in", "proj_out", "norm_out")) {
          $0 + Self.block.placed("layers.\($1)", "layers.\($1)")
        }
      }
    return projection.placed("image_proj", "image_proj") + .same("ip_adapter")
  }

  private static let block: KeyMap = [
    "0.norm1": "ln0", "0.norm2": "ln1", "0.to_q": "attn.to_q", "0.to_out": "attn.to_out.0",
    "0.to_kv.weight": .split(["attn.to_k.weight", "attn.to_v.weight"]),
    "1.0": "ff.0", "1.1": "ff.1.net.0.proj", "1.3": "ff.1.net.2",
  ]
}
