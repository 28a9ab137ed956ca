/// How an adapter changes one module: which tensors of its file are which part of the formula.
struct AdapterModule: Sendable {
  /// A tensor of the file, and whether its rows are the formula's columns.
  struct Factor: Sendable {
    let name: String
    var isTransposed = false
  }

  /// The length that every row or column of the changed weight is given: DoRA.
  ///
  /// Liu et al. 2024, https://arxiv.org/abs/2402.09353.
  struct Magnitude: Sendable {
    let name: String
    /// Whether it is one for every output whatever its shape says.
    let isOfOutputs: Bool
  }

  /// The module.
  let place: AdapterPlace
  /// The module as the file spells it.
  let spelled: String
  /// What is added to the weight.
  let product: AdapterProduct<Factor>?
  /// The number that the product is multiplied by, after it is divided by the rank.
  let alpha: String?
  /// The lengths of the changed weight.
  let magnitude: Magnitude?
  /// What is added to the bias: with the product's scale, and as it is.
  let biases: (scaled: String?, plain: String?)

  typealias Slot = AdapterKey.Slot

  /// Puts the tensors of a module together.
  ///
  /// - Parameters:
  ///   - place: The module.
  ///   - spelled: The module as the file spells it.
  ///   - names: The names of its tensors.
  /// - Throws: ``LoRAError/Problem`` for what is missing or too much.
  init(_ place: AdapterPlace, spelled: String, names: [Slot: String]) throws(LoRAError.Problem) {
    var slots = AdapterSlots(spelled: spelled, names: names)
    self.place = place
    self.spelled = spelled
    product = try slots.product()
    alpha = slots.take(.alpha)
    if let name = slots.take(.outputMagnitude) {
      magnitude = Magnitude(name: name, isOfOutputs: true)
    } else {
      magnitude = slots.take(.magnitude).map { Magnitude(name: $0, isOfOutputs: false) }
    }
    biases = (slots.take(.upBias), slots.take(.biasDifference))
    if product == nil && biases.plain == nil {
      throw .incomplete(place: spelled, missing: [Slot.down.rawValue, Slot.up.rawValue])
    }
    try slots.finish()
  }
}
