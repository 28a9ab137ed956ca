public import Layers
public import Torch

/// What a prompt and the seconds of a sound become for a ``StableAudioTransformer``.
///
/// Equal to diffusers' `StableAudioProjectionModel`, whose names the weights have.
public struct StableAudioProjection: Sendable {
  /// The sizes.
  public let configuration: StableAudioProjectionConfiguration
  let text: Linear?
  let start: NumberConditioner
  let end: NumberConditioner

  /// A projection with the weights below `scope`.
  public init(_ scope: Scope, _ configuration: StableAudioProjectionConfiguration) {
    self.configuration = configuration
    let channels = configuration.conditioningDim
    text =
      configuration.textEncoderDim == channels
      ? nil : Linear(scope / "text_projection", configuration.textEncoderDim, channels)
    start = NumberConditioner(scope / "start_number_conditioner", channels)
    end = NumberConditioner(scope / "end_number_conditioner", channels)
  }

  /// - Parameter states: The text encoder's states, `[batch, words, textEncoderDim]`.
  /// - Returns: `[batch, words, conditioningDim]`.
  public func text(_ states: Tensor) -> Tensor { text?(states) ?? states }

  /// - Parameters:
  ///   - start: Where the sound begins in the recording, in seconds, `[batch]`.
  ///   - end: How long the recording is, in seconds, `[batch]`.
  /// - Returns: The states of both numbers, each `[batch, 1, conditioningDim]`. Numbers outside
  ///   the configuration's range count as its ends.
  public func seconds(start: Tensor, end: Tensor) -> (start: Tensor, end: Tensor) {
    (self.start(scaled(start)), self.end(scaled(end)))
  }

  /// What sounds of prompts are to be, as the transformer takes it.
  ///
  /// - Parameters:
  ///   - states: The text encoder's states, `[batch, words, textEncoderDim]`.
  ///   - mask: 1 for words and 0 for padding, `[batch, words]`.
  ///   - start: Where each sound begins in its recording, in seconds, `[batch]`.
  ///   - end: How long each recording is, in seconds, `[batch]`.
  /// - Returns: The conditions of the batch.
  public func conditions(
    states: Tensor, mask: Tensor, start: Tensor, end: Tensor
  ) -> StableAudioPipeline.Conditions {
    let states = text(states)
    let words = states * mask.unsqueezed(-1).converted(to: states.dtype)
    let (first, last) = seconds(start: start, end: end)
    return StableAudioPipeline.Conditions(
      text: concatenate(words, first, last, dim: 1), global: concatenate(first, last, dim: 2))
  }

  /// Seconds as a part of the range.
  private func scaled(_ seconds: Tensor) -> Tensor {
    let (least, most) = (configuration.minValue, configuration.maxValue)
    return (seconds.clamped(min: .real(least), max: .real(most)) - least) / (most - least)
  }
}

/// A number as a state: itself and its sines and cosines at frequencies that were learned.
struct NumberConditioner: Sendable {
  let frequencies: Tensor
  let linear: Linear

  init(_ scope: Scope, _ channels: Int) {
    let embedding = scope / "time_positional_embedding"
    frequencies = (embedding / 0).parameter("weights", [128], .normal(1))
    linear = Linear(embedding / 1, 257, channels)
  }

  /// - Parameter number: In [0, 1], `[batch]`.
  /// - Returns: `[batch, 1, channels]`.
  func callAsFunction(_ number: Tensor) -> Tensor {
    let waves = fourierEmbedding(number, frequencies: frequencies, cosinesFirst: false)
    let features = concatenate(number.converted(to: .float32).unsqueezed(-1), waves, dim: -1)
    return linear(features.converted(to: frequencies.dtype)).unsqueezed(1)
  }
}

/// The sizes of a ``StableAudioProjection``, in the words of diffusers' `config.json`.
public struct StableAudioProjectionConfiguration: Codable, Sendable, Hashable {
  /// The channels of the text encoder's states.
  public var textEncoderDim: Int
  /// The channels of what comes out.
  public var conditioningDim: Int
  /// The least number of seconds.
  public var minValue: Double
  /// The greatest number of seconds.
  public var maxValue: Double

  /// Describes a projection.
  ///
  /// - Parameters:
  ///   - textEncoderDim: The channels of the text encoder's states.
  ///   - conditioningDim: The channels of what comes out.
  ///   - seconds: The least and the greatest number of seconds.
  public init(textEncoderDim: Int, conditioningDim: Int, seconds: Range<Double>) {
    self.textEncoderDim = textEncoderDim
    self.conditioningDim = conditioningDim
    minValue = seconds.lowerBound
    maxValue = seconds.upperBound
  }

  enum CodingKeys: String, CodingKey {
    case textEncoderDim = "text_encoder_dim"
    case conditioningDim = "conditioning_dim"
    case minValue = "min_value"
    case maxValue = "max_value"
  }

  /// Reads a configuration, of which every key must be there.
  ///
  /// - Throws: `DecodingError` if a size is missing or cannot be.
  public init(from decoder: any Decoder) throws {
    let keys = try ConfigurationKeys<CodingKeys>(decoder)
    textEncoderDim = try keys.size(.textEncoderDim)
    conditioningDim = try keys.size(.conditioningDim)
    minValue = try keys.required(.minValue)
    maxValue = try keys.required(.maxValue)
    guard minValue < maxValue, minValue.isFinite, maxValue.isFinite else {
      throw keys.misfit(.maxValue, expected: "more than \(minValue)", found: maxValue)
    }
  }
}
