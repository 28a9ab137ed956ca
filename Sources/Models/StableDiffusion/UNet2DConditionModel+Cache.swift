internal import Layers
package import Torch

extension UNet2DConditionModel {
  /// The prediction for a prompt, of which some evaluations compute the finest features only.
  ///
  /// Ma et al. 2023 (DeepCache), section 3.2, https://arxiv.org/abs/2312.00858. What the deeper
  /// blocks hand to the last layers is kept or foreseen by the cache.
  ///
  /// - Parameters:
  ///   - x: Noisy latents, `[batch, inChannels, height, width]`.
  ///   - timestep: In [0, 1000], `[batch]`.
  ///   - prompt: The projected prompts of the batch.
  ///   - extras: What ControlNets and adapters add.
  ///   - cache: Keeps the features of this network in one run.
  ///   - depth: How many of the first layers, and one more of the last, are always computed: the
  ///     paper's branch; at most those of the finest resolution. The latent upscaler's network has
  ///     no such layers, and computes all.
  /// - Returns: The prediction, `[batch, outChannels, height, width]`.
  package func callAsFunction(
    _ x: Tensor, timestep: Tensor, prompt: Prompt, extras: UNetExtras, cache: FeatureCache,
    depth: Int
  ) -> Tensor {
    guard let first = encoder.stages.first as? DownStage, let last = stages.last as? UpStage else {
      return self(x, timestep: timestep, prompt: prompt, extras: extras)
    }
    let (count, depth) = (first.layers.count, min(depth, first.layers.count))
    let (down, up) = (prompt.encoder.down[0], prompt.up[prompt.up.count - 1])
    var extras = extras
    let time = encoder.time(timestep, prompt: prompt.encoder, dtype: x.dtype)
    let features = begun(x)
    var (shallow, h) = ([features], features)
    first.through(
      0..<depth, &h, skips: &shallow, time: time, prompt: down, extras: &extras)
    let deep = cache.features {
      var (skips, h) = (shallow, h)
      first.through(
        depth..<count, &h, skips: &skips, time: time, prompt: down, extras: &extras)
      first.leave(&h, skips: &skips, extras: &extras)
      encoder.goOn(
        from: 1, &h, skips: &skips, time: time, prompt: prompt.encoder, extras: &extras)
      extras.control?.add(to: &skips, &h)
      for (stage, context) in zip(stages, prompt.up).dropLast() {
        h = stage(h, skips: &skips, time: time, prompt: context, observer: extras.observer)
      }
      return last.through(
        0..<count - depth, h, skips: &skips, time: time, prompt: up, observer: extras.observer)
    }
    var handed = extras.control.map { zip(shallow, $0.skips).map { $0 + $1 } } ?? shallow
    return ended(
      last.through(
        count - depth..<count + 1, deep, skips: &handed, time: time, prompt: up,
        observer: extras.observer))
  }
}
