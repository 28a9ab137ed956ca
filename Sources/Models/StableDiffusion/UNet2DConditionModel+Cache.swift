internal import Layers
package import Torch

extension UNet2DConditionModel {
  /// The prediction for a prompt, of which some evaluations compute the finest features only.
  ///
  /// Ma et al. 2023 (DeepCache), section 3.2, https://arxiv.org/abs/2312.00858. What the deeper
  /// blocks hand to the last layers is kept or foreseen by the cache, which sees what the deeper
  /// blocks are given.
  ///
  /// - Parameters:
  ///   - x: Noisy latents, `[batch, inChannels, height, width]`.
  ///   - timestep: In [0, 1000], `[batch]`.
  ///   - prompt: The projected prompts of the batch.
  ///   - extras: What adapters add, and what else the blocks are told, but for ControlNets.
  ///   - cache: Keeps the features of this network in one run.
  ///   - depth: How many of the first layers, and one more of the last, are always computed: the
  ///     paper's branch; at most those of the finest resolution. The latent upscaler's network has
  ///     no such layers, and computes all.
  ///   - control: What ControlNets add, of which the rest is not asked for where features are kept.
  /// - Returns: The prediction, `[batch, outChannels, height, width]`.
  package func callAsFunction(
    _ x: Tensor, timestep: Tensor, prompt: Prompt, extras: UNetExtras, cache: FeatureCache,
    depth: Int, control: PartialControl
  ) -> Tensor {
    var extras = extras
    guard let first = encoder.stages.first as? DownStage, let last = stages.last as? UpStage else {
      extras.control = control.whole()
      return self(x, timestep: timestep, prompt: prompt, extras: extras)
    }
    let (count, depth) = (first.layers.count, min(depth, first.layers.count))
    let (down, up) = (prompt.encoder.down[0], prompt.up[prompt.up.count - 1])
    extras = extras.converted(to: dtype)
    let time = encoder.time(timestep, prompt: prompt.encoder, dtype: dtype)
    var h = begun(x.converted(to: dtype))
    var shallow = [h]
    first.through(0..<depth, &h, skips: &shallow, time: time, prompt: down, extras: &extras)
    var added: [Tensor]?
    let deep = cache.features(at: timestep, from: h) {
      var skips = shallow
      first.through(
        depth..<count, &h, skips: &skips, time: time, prompt: down, extras: &extras)
      first.leave(&h, skips: &skips, extras: &extras)
      encoder.goOn(
        from: 1, &h, skips: &skips, time: time, prompt: prompt.encoder, extras: &extras)
      let whole = control.whole()?.converted(to: dtype)
      whole?.add(to: &skips, &h)
      added = whole?.skips ?? []
      for (stage, context) in zip(stages, prompt.up).dropLast() {
        h = stage(h, skips: &skips, time: time, prompt: context, extras: extras.attention)
      }
      return last.through(
        0..<count - depth, h, skips: &skips, time: time, prompt: up, extras: extras.attention)
    }
    let finest = added ?? control.finest(depth).map { $0.converted(to: dtype) }
    var handed = finest.isEmpty ? shallow : zip(shallow, finest).map { $0 + $1 }
    return ended(
      last.through(
        count - depth..<count + 1, deep, skips: &handed, time: time, prompt: up,
        extras: extras.attention)
    ).converted(to: x.dtype)
  }
}
