internal import Layers
internal import Torch

/// A layer of a tiny autoencoder, which diffusers numbers without regard to its kind.
enum TinyLayer: Sendable {
  case convolution(Conv2d)
  case block(TinyBlock)
  case relu
  case enlarge(Int)

  /// - Parameter x: `[batch, channels, height, width]`.
  /// - Returns: `[batch, outputs, …]`.
  func callAsFunction(_ x: Tensor) -> Tensor {
    switch self {
    case .convolution(let convolution): convolution(x)
    case .block(let block): block(x)
    case .relu: x.relu()
    case .enlarge(let factor):
      x.upsampledNearest2d(size: nil, scale: [Double(factor), Double(factor)])
    }
  }
}

/// Three convolutions that the features are passed around.
struct TinyBlock: Sendable {
  let convolutions: [Conv2d]

  init(_ scope: Scope, channels: Int) {
    convolutions = [0, 2, 4].map {
      Conv2d(scope / "conv" / $0, channels, channels, kernel: 3, padding: 1)
    }
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let h = convolutions.dropFirst().reduce(convolutions[0](x)) { $1($0.relu()) }
    return (h + x).relu()
  }
}

/// Layers whose names are their places.
struct TinyStack {
  let scope: Scope
  private(set) var layers: [TinyLayer] = []

  init(_ scope: Scope) {
    self.scope = scope
  }

  mutating func add(_ layer: TinyLayer) { layers.append(layer) }

  mutating func addConvolution(_ inputs: Int, _ outputs: Int, stride: Int = 1, bias: Bool = true) {
    add(
      .convolution(
        Conv2d(
          scope / layers.count, inputs, outputs, kernel: 3, stride: stride, padding: 1,
          bias: bias)))
  }

  mutating func addBlocks(_ count: Int, _ channels: Int) {
    for _ in 0..<count { add(.block(TinyBlock(scope / layers.count, channels: channels))) }
  }
}
