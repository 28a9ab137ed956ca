internal import Foundation

/// What PEFT needs to know of an adapter beside its tensors: how strongly it was trained to act.
///
/// diffusers writes it as `lora_adapter_metadata` beside the tensors, PEFT as `adapter_config.json`
/// beside the file. Without either the strength is 1, as diffusers has it.
struct PEFTSettings: Sendable {
  /// The settings of one network.
  struct Network: Sendable {
    var alpha: Double?
    var alphaPattern: [String: Double] = [:]
    /// Whether the product is divided by the root of the rank: rank-stabilized LoRA.
    var isRankStabilized = false

    /// The number that the product of a module, by its name in the network, is multiplied by.
    func scale(of module: String, rank: Int) -> Double? {
      guard let alpha = Self.value(of: module, in: alphaPattern) ?? alpha, rank > 0 else {
        return nil
      }
      return isRankStabilized ? alpha / Double(rank).squareRoot() : alpha / Double(rank)
    }

    /// A pattern speaks of a module by its whole name or by the end of it; the longest one counts.
    private static func value(of module: String, in pattern: [String: Double]) -> Double? {
      pattern.filter { module == $0.key || module.hasSuffix(".\($0.key)") }
        .max { $0.key.count < $1.key.count }?.value
    }
  }

  private let networks: [LoRA.Network: Network]

  /// The settings of a network, if there are any.
  subscript(network: LoRA.Network) -> Network? { networks[network] }

  /// Reads what is noted in a file or beside it.
  ///
  /// - Throws: ``ConfigurationError`` if it is not what PEFT writes.
  init(of url: URL, metadata: [String: String]) throws {
    let file = url.path(percentEncoded: false)
    let beside = url.deletingLastPathComponent().appending(path: "adapter_config.json")
    let text = metadata["lora_adapter_metadata"]
    let notes: Notes
    if let text {
      do {
        notes = try JSONDecoder().decode(Notes.self, from: Data(text.utf8))
      } catch {
        throw ConfigurationError(file: "\(file): lora_adapter_metadata", reason: "\(error)")
      }
    } else if url.lastPathComponent.hasPrefix("adapter_model."),
      FileManager.default.fileExists(atPath: beside.path(percentEncoded: false))
    {
      notes = try readConfiguration(from: beside)
    } else {
      notes = Notes()
    }
    networks = notes.networks
  }
}

/// The notes of all networks: keys such as `unet.lora_alpha`, or `lora_alpha` for all.
private struct Notes: Decodable {
  var networks: [LoRA.Network: PEFTSettings.Network] = [:]

  init() {}

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    for network in LoRA.Network.allCases {
      func key(_ name: String) -> Key {
        let own = Key(stringValue: "\(network.rawValue).\(name)")
        return container.contains(own) ? own : Key(stringValue: name)
      }
      var settings = PEFTSettings.Network()
      settings.alpha = try container.decodeIfPresent(Double.self, forKey: key("lora_alpha"))
      settings.alphaPattern =
        try container.decodeIfPresent([String: Double].self, forKey: key("alpha_pattern")) ?? [:]
      settings.isRankStabilized =
        try container.decodeIfPresent(Bool.self, forKey: key("use_rslora")) ?? false
      if settings.alpha != nil { networks[network] = settings }
    }
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
