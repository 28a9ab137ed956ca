public import Layers
public import Torch

/// Two small networks that bring the features of a picture and of its caption to one direction.
///
/// The contrastive model of Radford et al. 2021, figure 3, https://arxiv.org/abs/2103.00020, over
/// features that other networks have made of the pictures and of the captions.
public struct PictureTextModel: Sendable {
  let picture: Tower
  let text: Tower
  let logitScale: Tensor

  /// The sizes of the networks.
  public struct Configuration: Codable, Sendable, Hashable {
    /// The channels of a picture's features.
    public var pictureChannels: Int
    /// The channels of a caption's features.
    public var textChannels: Int
    /// The channels inside each network.
    public var hidden: Int
    /// The channels of the directions.
    public var outputs: Int

    /// Describes the networks.
    public init(pictureChannels: Int, textChannels: Int, hidden: Int = 512, outputs: Int = 128) {
      self.pictureChannels = pictureChannels
      self.textChannels = textChannels
      self.hidden = hidden
      self.outputs = outputs
    }
  }

  /// A linear map, a bend, and a linear map to a direction.
  struct Tower: Sendable {
    let norm: LayerNorm
    let hidden: Linear
    let output: Linear

    init(_ scope: Scope, _ inputs: Int, _ configuration: Configuration) {
      norm = LayerNorm(scope / "norm", inputs)
      hidden = Linear(scope / "hidden", inputs, configuration.hidden)
      output = Linear(scope / "output", configuration.hidden, configuration.outputs)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
      let y = output(hidden(norm(x)).gelu())
      return y / y.vectorNorm(dims: [-1], keepingDims: true).clamped(min: 1e-12)
    }
  }

  /// The networks with the weights below `scope`.
  public init(_ scope: Scope, _ configuration: Configuration) {
    picture = Tower(scope / "picture", configuration.pictureChannels, configuration)
    text = Tower(scope / "text", configuration.textChannels, configuration)
    // The paper's temperature to begin with, 0.07, as the logarithm of its reciprocal.
    logitScale = scope.parameter("logit_scale", [], .constant(2.6592600369327779))
  }

  /// How well each caption fits each picture: the cosine of their directions.
  ///
  /// - Parameters:
  ///   - captions: The captions' features, `[captions, textChannels]`.
  ///   - pictures: The pictures' features, `[pictures, pictureChannels]`.
  /// - Returns: `[captions, pictures]`, in [-1, 1].
  public func likeness(captions: Tensor, pictures: Tensor) -> Tensor {
    text(captions).matmul(picture(pictures).transposed(0, 1))
  }

  /// The loss that is least where each caption is most like its own picture, and the reverse.
  ///
  /// - Parameters:
  ///   - captions: `[batch, textChannels]`.
  ///   - pictures: The captions' pictures, in the same order, `[batch, pictureChannels]`.
  /// - Returns: The mean of the two cross-entropies, in nats, of rank zero.
  public func loss(captions: Tensor, pictures: Tensor) -> Tensor {
    let logits = likeness(captions: captions, pictures: pictures) * scale
    let own = Tensor.range(to: logits.shape[0])
    return (logits.crossEntropy(own) + logits.transposed(0, 1).crossEntropy(own)) / 2
  }

  /// What likeness is multiplied with; kept at 100 at most, as the paper does.
  var scale: Tensor { logitScale.clamped(max: 4.6051701859880914).exponential() }
}
