internal import Diffusion
internal import Modalities
internal import Models
internal import Torch

extension PairModel {
  /// The model as one that says what pictures show.
  var captions: PictureToTextModel {
    PictureToTextModel(
      network: PairCaptionNetwork(model: self), views: views, spelling: spelling,
      details: CaptionModelDetails(
        summary: details.summary, maximumTokens: transformer.configuration.numTextTokens,
        side: nativeSide, seenSide: details.seenSide, sampling: details.sampling))
  }
}

/// The network of a model of pairs, whose pictures are known.
struct PairCaptionNetwork: CaptionNetwork {
  let model: PairModel

  /// The latents, and behind them what is seen of the whole, in one row.
  func features(_ pictures: Tensor) -> Tensor {
    let latents = model.autoencoder.scaled(model.autoencoder.encode(Image.scaled(pictures)).mean)
    let wholes = model.views.whole(pictures)
    return [latents.flattened(from: 1), wholes.flattened(from: 1)].concatenated(dim: 1)
  }

  func logits(_ x: Tensor, features: Tensor, isSeen: Bool) -> Tensor {
    let (sizes, batch) = (model.transformer.configuration, x.shape[0])
    // A picture that is not seen is all noise, the same one for all texts.
    let shown =
      isSeen
      ? features
      : Generator(seed: 0).normal([1, features.shape[1]]).expanded(features.shape.sizes)
    let numbers = features.shape[1] - sizes.clipImgDim
    let pair = PairModel.pair(
      latents: shown.narrowed(dim: 1, start: 0, length: numbers)
        .reshaped(batch, sizes.inChannels, sizes.sampleSize, sizes.sampleSize),
      wholes: shown.narrowed(dim: 1, start: numbers, length: sizes.clipImgDim).unsqueezed(1),
      tokens: x, vocabulary: sizes.textDim)
    return model.transformer(
      pair,
      timesteps: .init(
        picture: .full([batch], .real(isSeen ? 0 : 1000)),
        text: PairModel.timesteps(hidden: x.equal(to: .integer(model.spelling.mask))))
    ).text.converted(to: .float32)
  }
}
