/// The name of a tensor in an adapter's file: which module it changes, and which part of the
/// formula it is.
struct AdapterKey {
  /// What the tensor is.
  enum Slot: String, Hashable, Sendable {
    case down = "lora_down.weight"
    case up = "lora_up.weight"
    case core = "lora_mid.weight"
    case upBias = "lora_B.bias"
    case alpha
    case hadamard1A = "hada_w1_a"
    case hadamard1B = "hada_w1_b"
    case hadamardCore1 = "hada_t1"
    case hadamard2A = "hada_w2_a"
    case hadamard2B = "hada_w2_b"
    case hadamardCore2 = "hada_t2"
    case kronecker1 = "lokr_w1"
    case kronecker1A = "lokr_w1_a"
    case kronecker1B = "lokr_w1_b"
    case kronecker2 = "lokr_w2"
    case kronecker2A = "lokr_w2_a"
    case kronecker2B = "lokr_w2_b"
    case kroneckerCore2 = "lokr_t2"
    case difference = "diff"
    case biasDifference = "diff_b"
    /// LyCORIS' `dora_scale`, for every output or every input, as its shape says.
    case magnitude = "dora_scale"
    /// PEFT's `lora_magnitude_vector`, for every output.
    case outputMagnitude = "lora_magnitude_vector"
  }

  /// The module, as the file spells it.
  let place: String
  /// The part of the formula.
  let slot: Slot

  /// Reads a name; nothing if no dialect has such a one.
  init?(_ name: String) {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    if let key = Self.peft(parts) {
      self = key
      return
    }
    // The longest end first: `a.lora_down.weight` before `weight`.
    for length in [2, 1] where parts.count > length {
      let end = parts.suffix(length).joined(separator: ".")
      let place = parts.dropLast(length).joined(separator: ".")
      if let slot = Self.ends[end] {
        self.init(place: place, slot: slot)
        return
      }
      guard let slot = Self.diffusersEnds[end] else { continue }
      // `to_q_lora.down.weight`, `to_q.lora.down.weight`, `fc1.lora_linear_layer.down.weight`.
      for mark in ["_lora", ".lora", ".lora_linear_layer"] where place.hasSuffix(mark) {
        self.init(place: String(place.dropLast(mark.count)), slot: slot)
        return
      }
    }
    return nil
  }

  private init(place: String, slot: Slot) {
    self.place = place
    self.slot = slot
  }

  /// The ends of names by which a tensor can be known, for hints.
  static let knownEnds = ends.keys.sorted()

  private static let ends: [String: Slot] = {
    let slots: [Slot] = [
      .down, .up, .core, .alpha, .hadamard1A, .hadamard1B, .hadamardCore1, .hadamard2A,
      .hadamard2B, .hadamardCore2, .kronecker1, .kronecker1A, .kronecker1B, .kronecker2,
      .kronecker2A, .kronecker2B, .kroneckerCore2, .difference, .biasDifference, .magnitude,
    ]
    let named = Dictionary(uniqueKeysWithValues: slots.map { ($0.rawValue, $0) })
    // LyCORIS' differences of normalizations are differences like others.
    return named.merging(["w_norm": .difference, "b_norm": .biasDifference]) { first, _ in first }
  }()

  private static let diffusersEnds: [String: Slot] = ["down.weight": .down, "up.weight": .up]

  /// PEFT's names, with the adapter's own name in them or without.
  private static func peft(_ parts: [Substring]) -> AdapterKey? {
    let marks: [Substring: Slot] = [
      "lora_A": .down, "lora_B": .up, "lora_magnitude_vector": .outputMagnitude,
    ]
    guard let index = parts.lastIndex(where: { marks[$0] != nil }), index > 0,
      let slot = marks[parts[index]], parts.count - index <= 3
    else { return nil }
    let place = parts[..<index].joined(separator: ".")
    switch (slot, parts.count - index, parts.last) {
    case (.up, 2..., "bias"): return AdapterKey(place: place, slot: .upBias)
    case (_, 2..., "weight"), (.outputMagnitude, ...2, _):
      return AdapterKey(place: place, slot: slot)
    default: return nil
    }
  }
}
