/// The tensors of a module that no formula has taken yet.
struct AdapterSlots {
  typealias Slot = AdapterKey.Slot
  typealias Factor = AdapterModule.Factor
  typealias Product = AdapterProduct<Factor>

  private let spelled: String
  private var names: [Slot: String]

  init(spelled: String, names: [Slot: String]) {
    self.spelled = spelled
    self.names = names
  }

  /// The tensor, which is then taken.
  mutating func take(_ slot: Slot) -> String? { names.removeValue(forKey: slot) }

  /// The product that the tensors are the factors of; none where the weight is not changed.
  mutating func product() throws(LoRAError.Problem) -> Product? {
    if has(.down, .up, .core) {
      let (down, up) = (try factor(.down), try factor(.up))
      return take(.core).map { .tucker(core: Factor(name: $0), up: up, down: down) }
        ?? .matrix(up: up, down: down)
    }
    if has(.hadamard1A, .hadamard1B, .hadamard2A, .hadamard2B) {
      return .hadamard(
        try decomposed(.hadamard1A, .hadamard1B, core: .hadamardCore1),
        try decomposed(.hadamard2A, .hadamard2B, core: .hadamardCore2))
    }
    if has(
      .kronecker1, .kronecker1A, .kronecker1B, .kronecker2, .kronecker2A, .kronecker2B)
    {
      return .kronecker(
        try whole(.kronecker1, orOf: .kronecker1A, .kronecker1B, core: nil),
        try whole(.kronecker2, orOf: .kronecker2A, .kronecker2B, core: .kroneckerCore2))
    }
    return take(.difference).map { .full(Factor(name: $0)) }
  }

  /// Refuses what no formula has taken.
  func finish() throws(LoRAError.Problem) {
    guard names.isEmpty else {
      throw .surplus(place: spelled, found: names.values.sorted())
    }
  }

  private func has(_ slots: Slot...) -> Bool { slots.contains { names[$0] != nil } }

  private mutating func factor(_ slot: Slot) throws(LoRAError.Problem) -> Factor {
    guard let name = take(slot) else {
      throw .incomplete(place: spelled, missing: [slot.rawValue])
    }
    return Factor(name: name)
  }

  /// A factor as it is, or the product of its own factors.
  private mutating func whole(
    _ slot: Slot, orOf first: Slot, _ second: Slot, core: Slot?
  ) throws(LoRAError.Problem) -> Product {
    if let name = take(slot) { return .full(Factor(name: name)) }
    return try decomposed(first, second, core: core)
  }

  /// `A B`, or with a core between them `Aᵀ C B`: LyCORIS has the first factor of a Tucker
  /// decomposition with the rank first.
  private mutating func decomposed(
    _ first: Slot, _ second: Slot, core: Slot?
  ) throws(LoRAError.Problem) -> Product {
    let (up, down) = (try factor(first), try factor(second))
    guard let core = core.flatMap({ take($0) }) else { return .matrix(up: up, down: down) }
    return .tucker(
      core: Factor(name: core), up: Factor(name: up.name, isTransposed: true), down: down)
  }
}
