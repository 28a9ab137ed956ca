/// What the pickle of a checkpoint says.
struct StateDict {
  /// The names of the tensors and where they are, in order.
  let tensors: [(name: String, tensor: PickleTensor)]
  /// The texts beside the tensors of an embedding.
  var texts: [String: String] = [:]
}

extension Unpickler {
  /// The key under which AUTOMATIC1111's web UI keeps the tensors of an embedding.
  private static let embedding = "string_to_param"

  /// The keys under which an IP-Adapter keeps its two networks, and nothing beside them.
  private static let networks = ["image_proj", "ip_adapter"]

  /// Runs the pickle of a checkpoint.
  ///
  /// - Returns: The tensors of its state dict: the dictionary itself, or what it has under
  ///   `state_dict`, beside which trainers keep counters, callbacks and optimizers; those under
  ///   `string_to_param` keep that name before their own, and what is called what beside them; so
  ///   do those of an IP-Adapter's `image_proj` and `ip_adapter`, as its safetensors have them;
  ///   those of a list of layers get the layer's number.
  /// - Throws: `CheckpointError` if it is no state dict, or something else stands for a weight.
  mutating func stateDict() throws(CheckpointError) -> StateDict {
    let whole = try run()
    if case .list(let layers) = object(whole), !layers.isEmpty {
      return StateDict(tensors: try tensors(ofLayers: layers))
    }
    guard case .dictionary(let outer) = object(whole) else {
      throw syntax("a dictionary of tensors", describe(whole))
    }
    if let items = try nested("state_dict", in: outer) {
      return StateDict(tensors: try tensors(of: items))
    }
    if outer.count == 2, let image = try nested(Self.networks[0], in: outer),
      let attentions = try nested(Self.networks[1], in: outer)
    {
      let tensors = try tensors(of: image, below: Self.networks[0])
      return StateDict(
        tensors: tensors + (try self.tensors(of: attentions, below: Self.networks[1])))
    }
    guard let items = try nested(Self.embedding, in: outer) else {
      return StateDict(tensors: try tensors(of: outer))
    }
    let named = try tensors(of: items, below: Self.embedding)
    let texts: [(String, String)] = outer.compactMap { item in
      guard case .string(let key) = item.key, case .string(let text) = item.value else {
        return nil
      }
      return (key, text)
    }
    return StateDict(tensors: named, texts: Dictionary(texts) { $1 })
  }

  /// The tensors of a list of layers, each a name with a state dict and settings, as fcd_torch has
  /// them; a layer's number stands before the names of its tensors.
  private func tensors(
    ofLayers layers: [PickleValue]
  ) throws(CheckpointError) -> [(name: String, tensor: PickleTensor)] {
    var tensors: [(name: String, tensor: PickleTensor)] = []
    for (number, layer) in layers.enumerated() {
      guard case .tuple(let parts) = object(layer), parts.count == 2,
        case .tuple(let content) = object(parts[1]), let weights = content.first,
        case .dictionary(let items) = object(weights)
      else {
        throw syntax("a layer's name and its dictionary of tensors", describe(layer))
      }
      tensors += try self.tensors(of: items, below: "\(number)")
    }
    return tensors
  }

  /// The dictionary under a key, if it is there.
  private func nested(
    _ key: String, in outer: [PicklePair]
  ) throws(CheckpointError) -> [PicklePair]? {
    let inner = outer.filter { $0.key == .string(key) }
    guard inner.count < 2 else {
      throw .repeated(file: bytes.file, what: "the key", name: key)
    }
    guard let nested = inner.first else { return nil }
    guard case .dictionary(let items) = object(nested.value) else {
      throw syntax("a dictionary of tensors as \(key)", describe(nested.value))
    }
    return items
  }

  private func tensors(
    of items: [PicklePair], below place: String? = nil
  ) throws(CheckpointError) -> [(name: String, tensor: PickleTensor)] {
    var tensors: [(name: String, tensor: PickleTensor)] = []
    for item in items {
      guard case .string(let name) = item.key, case .tensor(let tensor) = object(item.value) else {
        throw syntax(
          "names and tensors", "\(describe(item.key)) and \(describe(item.value))")
      }
      tensors.append((place.map { "\($0).\(name)" } ?? name, tensor))
    }
    return tensors
  }

  /// All storages that the pickle speaks of, those of an optimizer too.
  func storages() throws(CheckpointError) -> [String: PickleStorage] {
    var storages: [String: PickleStorage] = [:]
    for case .storage(let storage) in objects {
      let former = storages.updateValue(storage, forKey: storage.key)
      guard former == nil || former == storage else {
        throw syntax("one type and size for storage \(storage.key)", "two")
      }
    }
    return storages
  }
}
