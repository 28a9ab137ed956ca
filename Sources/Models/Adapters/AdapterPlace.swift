/// A module of a network, told from the way in which a dialect spells it.
///
/// All spellings are brought to kohya's, which has `_` for every dot: no two modules of a network
/// are one in it.
struct AdapterPlace: Hashable, Sendable {
  /// The network.
  let network: LoRA.Network
  /// The module's name in the network, with `_` for dots.
  let flattened: String

  /// Reads a spelling; nothing if it says no network.
  init?(_ spelled: String) {
    for (prefix, network) in Self.flatPrefixes where spelled.hasPrefix(prefix) {
      self.init(network, String(spelled.dropFirst(prefix.count)))
      return
    }
    var parts = spelled.split(separator: ".", omittingEmptySubsequences: false)
    Self.dropWrapper(&parts)
    guard let first = parts.first else { return nil }
    if let network = LoRA.Network(rawValue: String(first)) {
      parts.removeFirst()
      Self.dropWrapper(&parts)
      self.init(network, Self.flattened(parts))
    } else if first == "diffusion_model" {
      self.init(.unet, Self.flattened(parts.dropFirst()))
    } else if Self.unetParts.contains(first) {
      self.init(.unet, Self.flattened(parts))
    } else if first == "text_model" {
      self.init(.textEncoder, Self.flattened(parts))
    } else {
      return nil
    }
  }

  /// A module by the network's own name.
  init(_ network: LoRA.Network, module: String) {
    self.init(network, Self.flattened(module.split(separator: ".")))
  }

  private init(_ network: LoRA.Network, _ flattened: String) {
    self.network = network
    // The first attention processors of diffusers name the layer and not its first part; its first
    // text encoders have the U-Net's words; newer ones lack a part of the name.
    switch network {
    case .unet:
      self.flattened = flattened.hasSuffix("_to_out") ? "\(flattened)_0" : flattened
    case .textEncoder, .textEncoder2:
      let inner = flattened.hasPrefix("text_model_") ? flattened.dropFirst(11) : flattened[...]
      let word = Self.formerWords.first { inner.hasSuffix($0.former) }
      self.flattened = word.map { inner.dropLast($0.former.count) + $0.word } ?? String(inner)
    }
  }

  private static let flatPrefixes: [(String, LoRA.Network)] = [
    ("lora_unet_", .unet), ("lora_te_", .textEncoder), ("lora_te1_", .textEncoder),
    ("lora_te2_", .textEncoder2), ("lycoris_", .unet),
  ]

  /// The parts of a U-Net whose names stand without the network's in files of it alone.
  private static let unetParts: Set<Substring> = [
    "down_blocks", "mid_block", "up_blocks", "conv_in", "conv_out", "time_embedding",
    "add_embedding", "input_blocks", "middle_block", "output_blocks",
  ]

  private static let formerWords = [
    (former: "_to_q", word: "_q_proj"), (former: "_to_k", word: "_k_proj"),
    (former: "_to_v", word: "_v_proj"), (former: "_to_out", word: "_out_proj"),
  ]

  /// PEFT puts the names below its own model.
  private static func dropWrapper(_ parts: inout [Substring]) {
    if parts.starts(with: ["base_model", "model"]) { parts.removeFirst(2) }
  }

  private static func flattened(_ parts: some Sequence<Substring>) -> String {
    parts.filter { $0 != "processor" }.joined(separator: "_")
  }
}
