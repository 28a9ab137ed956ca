public import Modalities
public import Torch

extension CLIPVisionModel {
  /// A picture as the model takes it: its middle, with each colour shifted and scaled.
  ///
  /// The shorter side becomes `imageSize` by Pillow's cubic kernel, the middle of the longer one is
  /// cut out, and OpenAI's means and deviations of the colours are applied; equal to transformers'
  /// `CLIPImageProcessor` with that size. Transparent parts are white.
  ///
  /// - Parameter image: The picture.
  /// - Returns: `[1, 3, imageSize, imageSize]`.
  /// - Throws: A `TorchError`.
  public func pixels(of image: Image) throws -> Tensor {
    let side = configuration.imageSize
    let shorter = min(image.width, image.height)
    func scaled(_ length: Int) -> Int { max(length * side / shorter, side) }
    let (width, height) = (scaled(image.width), scaled(image.height))
    return try checked {
      let bytes = cubicallyResized(image.bytes, width: width, height: height)
      let middle =
        bytes
        .narrowed(dim: 1, start: (height - side) / 2, length: side)
        .narrowed(dim: 2, start: (width - side) / 2, length: side)
      return normalized(middle / 255).unsqueezed(0)
    }
  }

  /// What stands for no picture: zeros, which are the mean colour, as diffusers has it.
  package var noPixels: Tensor {
    .zeros([1, configuration.numChannels, configuration.imageSize, configuration.imageSize])
  }

  /// Colours, `[3, height, width]`, in [0, 1], shifted and scaled.
  private func normalized(_ colors: Tensor) -> Tensor {
    let mean = Tensor([0.48145466, 0.4578275, 0.40821073] as [Float], shape: [3, 1, 1])
    let deviation = Tensor([0.26862954, 0.26130258, 0.27577711] as [Float], shape: [3, 1, 1])
    return (colors - mean) / deviation
  }
}
