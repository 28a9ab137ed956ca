internal import Layers
internal import Torch

/// The vector that shifts the features of all residual blocks: the timestep, and what else is one
/// vector a picture.
struct UNetEmbedding: Sendable {
  let time: TimestepEmbedding
  /// The frequencies of the timestep where they are weights.
  let frequencies: Tensor?
  let condition: Linear?
  let label: LabelEmbedding?
  let addition: TimestepEmbedding?
  let configuration: UNetEncoderConfiguration

  /// What a class label becomes.
  enum LabelEmbedding: Sendable {
    case table(Embedding)
    case timestep(TimestepEmbedding)
    case identity
    case projection(TimestepEmbedding)
    case linear(Linear)
  }

  init(_ scope: Scope, _ configuration: UNetEncoderConfiguration) {
    let (isAdaptive, channels) = (configuration.isAdaptive, configuration.timeChannels)
    let inputs = isAdaptive ? channels : configuration.blockOutChannels[0]
    func embedding(_ name: String, _ inputs: Int) -> TimestepEmbedding {
      TimestepEmbedding(
        scope / name, inputs: inputs, channels: channels, initializer: nil,
        activation: { isAdaptive ? $0.gelu() : silu($0) })
    }
    frequencies =
      isAdaptive ? (scope / "time_proj").parameter("weight", [inputs / 2], .normal(1)) : nil
    time = embedding("time_embedding", inputs)
    condition = configuration.timeCondProjDim.map {
      Linear(scope / "time_embedding" / "cond_proj", $0, inputs, bias: false)
    }
    label = configuration.classEmbedding.map { type in
      switch type {
      case .table(let count): .table(Embedding(scope / "class_embedding", count, channels))
      case .timestep: .timestep(embedding("class_embedding", inputs))
      case .identity: .identity
      case .projection(let inputs): .projection(embedding("class_embedding", inputs))
      case .simpleProjection(let inputs):
        .linear(Linear(scope / "class_embedding", inputs, channels))
      }
    }
    addition = configuration.additionEmbedding.map { embedding("add_embedding", $0.inputs) }
    self.configuration = configuration
  }

  /// The part that is the same at every timestep, `[batch, timeChannels]`.
  func constant(_ conditions: UNetConditions) throws(ConditionError) -> Tensor? {
    let dtype = conditions.text.dtype
    let given = try given(conditions)
    let label = given.label.map { embedded($0, dtype) }
    let addition = given.addition.map { pooled, sizes in
      let waves = waves(
        sizes.flattened(from: 0, to: -1),
        channels: configuration.additionEmbedding?.timeChannels ?? 0)
      let sizes = waves.reshaped(pooled.shape[0], -1).converted(to: dtype)
      return self.addition?.embedded(concatenate(pooled, sizes, dim: -1)) ?? sizes
    }
    guard let label, let addition else { return label ?? addition }
    return label + addition
  }

  /// - Parameters:
  ///   - timestep: `[batch]`.
  ///   - constant: What ``constant(_:)`` answered.
  ///   - told: What is added before the linear maps, `[batch, timeCondProjDim]`.
  ///   - dtype: The features' type.
  /// - Returns: `silu` of the embedding, or `gelu` for adaptive blocks, `[batch, timeChannels]`.
  func callAsFunction(
    _ timestep: Tensor, constant: Tensor?, condition told: Tensor?, dtype: DType
  ) -> Tensor {
    let learned = frequencies.map {
      fourierEmbedding(timestep, frequencies: $0, cosinesFirst: configuration.flipSinToCos)
    }
    var vector = (learned ?? waves(timestep, channels: time.inputs)).converted(to: dtype)
    if let told, let condition { vector = vector + condition(told) }
    let embedded = time.embedded(vector)
    return time.activation(constant.map { embedded + $0 } ?? embedded)
  }

  private func waves(_ numbers: Tensor, channels: Int) -> Tensor {
    sinusoidalEmbedding(
      numbers, channels: channels, cosinesFirst: configuration.flipSinToCos,
      shift: configuration.freqShift)
  }

  private func embedded(_ label: Tensor, _ dtype: DType) -> Tensor {
    switch self.label {
    case .table(let table): table(label)
    case .timestep(let embedding):
      embedding.embedded(waves(label, channels: embedding.inputs).converted(to: dtype))
    case .projection(let embedding): embedding.embedded(label.converted(to: dtype))
    case .linear(let linear): linear(label.converted(to: dtype))
    case .identity, .none: label.converted(to: dtype)
    }
  }

  /// The conditions that the network has weights for, all of them and no others.
  private func given(_ conditions: UNetConditions) throws(ConditionError) -> (
    label: Tensor?, addition: (Tensor, Tensor)?
  ) {
    func check(_ tensor: Tensor?, _ name: String, _ key: UNetKey, _ isWanted: Bool)
      throws(ConditionError)
    {
      guard (tensor != nil) != isWanted else { return }
      throw ConditionError(condition: name, key: key.rawValue, isMissing: isWanted)
    }
    let labelKey: UNetKey =
      switch configuration.classEmbedding {
      case .table: .numClassEmbeds
      default: .classEmbedType
      }
    try check(conditions.label, "label", labelKey, label != nil)
    try check(conditions.pooledText, "pooledText", .additionEmbedType, addition != nil)
    try check(conditions.sizes, "sizes", .additionEmbedType, addition != nil)
    // A consistency model runs without a guidance scale, as diffusers has it.
    if condition == nil {
      try check(conditions.timeCondition, "timeCondition", .timeCondProjDim, false)
    }
    guard let pooled = conditions.pooledText, let sizes = conditions.sizes else {
      return (conditions.label, nil)
    }
    return (conditions.label, (pooled, sizes))
  }
}
