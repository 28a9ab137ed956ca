internal import Layers
internal import Modalities
internal import Models
internal import Torch

/// What a picture encoder sees at each place of pictures, with where the place lies.
struct PictureViews {
  /// The library and the class of the encoder, as the index of a model names them.
  static let part = ["efficientnet_lite_pytorch", "EfficientNetLite0"]

  /// The widths and heights in pixels at which it can see them.
  static let seenSides = 32...512

  let encoder: EfficientNetLite
  /// The width and height at which it sees pictures.
  let seenSide: Int

  /// The places of a picture: those of a grid, whose rows and columns are 32 pixels apart.
  var places: Int { Self.places(seenSide: seenSide) }

  /// The places of a picture that is seen at a width and height.
  static func places(seenSide: Int) -> Int {
    let side = (seenSide + 31) / 32
    return side * side
  }

  /// The channels of the features of a place: what is seen there, and which place it is.
  var channels: Int { Self.channels(seenSide: seenSide) }

  /// The channels for an EfficientNet-Lite0.
  static func channels(seenSide: Int) -> Int {
    EfficientNetLiteConfiguration.lite0.features + places(seenSide: seenSide)
  }

  /// How a picture may be framed: the border of each side, as a share of its width.
  struct Framing {
    let left, right, top, bottom: Double

    /// The picture as it is, and some others that show the same.
    static let all = [
      Framing(left: 0, right: 0, top: 0, bottom: 0),
      Framing(left: 0.125, right: 0.03, top: 0.0625, bottom: 0.09),
      Framing(left: 0.02, right: 0.14, top: 0.11, bottom: 0.05),
      Framing(left: 0.08, right: 0.08, top: 0, bottom: 0.16),
    ]
  }

  /// What the encoder sees in pictures.
  ///
  /// - Parameter pictures: `[batch, 3, side, side]`, `uint8`.
  /// - Returns: `[batch, places, EfficientNet's features]`, float32.
  func seen(_ pictures: Tensor) -> Tensor {
    Self.places(of: encoder.featureMap(prepared(pictures, Framing.all[0])))
  }

  /// What is seen of a whole picture: the mean over all places, brought to mean 0 and deviation 1
  /// over its features.
  ///
  /// - Parameters:
  ///   - pictures: `[batch, 3, side, side]`, `uint8`.
  ///   - framing: The border that they get.
  /// - Returns: `[batch, 1, features]`.
  func whole(_ pictures: Tensor, _ framing: Framing = Framing.all[0]) -> Tensor {
    let seen = Self.places(of: map(pictures, framing, stages: nil))
      .mean(dims: [1], keepingDims: true)
    return LayerNorm(seen.shape[-1])(seen)
  }

  /// What the encoder's first stages make of pictures.
  ///
  /// - Parameters:
  ///   - pictures: `[batch, 3, side, side]`, `uint8`.
  ///   - framing: The border, white, that they get.
  ///   - stages: How many stages; all, and what the encoder sees behind them, if not given.
  /// - Returns: `[batch, channels, height, width]`, float32.
  func map(_ pictures: Tensor, _ framing: Framing, stages: Int?) -> Tensor {
    let x = prepared(pictures, framing)
    return stages.map { encoder.featureMap(x, stages: $0) } ?? encoder.featureMap(x)
  }

  /// A map as features of places, `[batch, places, channels]`.
  static func places(of map: Tensor) -> Tensor { map.flattened(from: 2).transposed(1, 2) }

  private func prepared(_ pictures: Tensor, _ framing: Framing) -> Tensor {
    let side = Double(pictures.shape[-1])
    let border = [framing.left, framing.right, framing.top, framing.bottom]
      .map { Int(($0 * side).rounded()) }
    let framed = pictures.converted(to: .float32).padded(border, value: 255)
    return encoder.prepared(framed, side: seenSide)
  }

  /// Features of places with the number of each beside them, `[batch, places, channels]`.
  func placed(_ seen: Tensor) -> Tensor {
    let numbers = Tensor.range(to: places).oneHot(places).converted(to: seen.dtype)
    let all = numbers.unsqueezed(0).expanded([seen.shape[0], places, places])
    return [seen, all].concatenated(dim: -1)
  }
}

extension Image {
  /// The picture as a square on white, `[3, side, side]`, `uint8`.
  func square(_ side: Int) throws -> Tensor {
    let square = flattened().centeredInSquare()
    return (square.width == side ? square : try square.resized(width: side, height: side)).bytes
  }
}
