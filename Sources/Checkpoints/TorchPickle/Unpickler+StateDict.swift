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

  /// Runs the pickle of a checkpoint.
  ///
  /// - Returns: The tensors of its state dict: the dictionary itself, or what it has under
  ///   `state_dict`, beside which trainers keep counters, callbacks and optimizers; those under
  ///   `string_to_param` keep that name before their own, and what is called what beside them.
  /// - Throws: `CheckpointError` if it is no state dict, or something else stands for a weight.
  mutating func stateDict() throws(CheckpointError) -> StateDict {
    let whole = try run()
    guard case .dictionary(let outer) = object(whole) else {
      throw syntax("a dictionary of tensors", describe(whole))
    }
    if let items = try nested("state_dict", in: outer) {
      return StateDict(tensors: try tensors(of: items))
    }
    guard let items = try nested(Self.embedding, in: outer) else {
      return StateDict(tensors: try tensors(of: outer))
    }
    let named = try tensors(of: items).map { ("\(Self.embedding).\($0.name)", $0.tensor) }
    let texts: [(String, String)] = outer.compactMap { item in
      guard case .string(let key) = item.key, case .string(let text) = item.value else {
        return nil
      }
      return (key, text)
    }
    return StateDict(tensors: named, texts: Dictionary(texts) { $1 })
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
    of items: [PicklePair]
  ) throws(CheckpointError) -> [(name: String, tensor: PickleTensor)] {
    var tensors: [(name: String, tensor: PickleTensor)] = []
    for item in items {
      guard case .string(let name) = item.key, case .tensor(let tensor) = object(item.value) else {
        throw syntax(
          "names and tensors", "\(describe(item.key)) and \(describe(item.value))")
      }
      tensors.append((name, tensor))
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
