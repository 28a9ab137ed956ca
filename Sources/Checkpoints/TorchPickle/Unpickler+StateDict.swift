extension Unpickler {
  /// Runs the pickle of a checkpoint.
  ///
  /// - Returns: The tensors of its state dict: the dictionary itself, or what it has under
  ///   `state_dict`, beside which trainers keep counters, callbacks and optimizers.
  /// - Throws: `CheckpointError` if it is no state dict, or something else stands for a weight.
  mutating func stateDict() throws(CheckpointError) -> [(name: String, tensor: PickleTensor)] {
    let whole = try run()
    guard case .dictionary(let outer) = object(whole) else {
      throw syntax("a dictionary of tensors", describe(whole))
    }
    let inner = outer.filter { $0.key == .string("state_dict") }
    guard inner.count < 2 else {
      throw .repeated(file: bytes.file, what: "the key", name: "state_dict")
    }
    guard let nested = inner.first else { return try tensors(of: outer) }
    guard case .dictionary(let items) = object(nested.value) else {
      throw syntax("a dictionary of tensors as state_dict", describe(nested.value))
    }
    return try tensors(of: items)
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
