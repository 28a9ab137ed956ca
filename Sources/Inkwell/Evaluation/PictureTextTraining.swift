internal import Evaluation
internal import Foundation
internal import Layers
internal import Torch
internal import Training

/// Trains the model that says which caption fits which picture, on features that are known.
///
/// It shares nothing with the generator but the text encoder, which neither of them changes.
struct PictureTextTraining {
  /// The pictures' features, `[pictures, channels]`.
  let pictures: Tensor
  /// The captions' features, `[captions, channels]`.
  let captions: Tensor
  /// The captions of each picture, by their numbers.
  let captionsOfPicture: [[Int]]
  let plan: TrainingPlan

  /// The plan for some thousand pictures.
  static func plan(pictures: Int, steps: Int = 1200) throws -> TrainingPlan {
    try TrainingPlan(
      steps: steps, batchSize: min(256, pictures),
      learningRate: LearningRate(
        peak: 1e-3, warmupSteps: min(100, steps / 10), decay: .cosine(to: 0)),
      optimizer: AdamW.Options(beta2: 0.98, weightDecay: 0.1), averageDecay: 0.98, seed: 1,
      saveEvery: steps, sampleEvery: steps)
  }

  /// Trains, or reads what was trained on the same features.
  ///
  /// - Parameters:
  ///   - folder: The folder of the run.
  ///   - identity: What names the features.
  ///   - onStep: Called after every step; what it throws ends the run.
  /// - Returns: The trained model.
  /// - Throws: What training throws.
  func callAsFunction(
    folder: URL, identity: String, onStep: (TrainingStep) throws -> Void
  ) throws -> PictureTextModel {
    let sizes = PictureTextModel.Configuration(
      pictureChannels: pictures.shape[1], textChannels: captions.shape[1])
    let store = ParameterStore(initializing: Generator(seed: plan.seed))
    let model = try store.network { PictureTextModel($0, sizes) }
    let sampler = try WeightedSampler(
      count: pictures.shape[0], batchSize: plan.batchSize, seed: plan.seed)
    let result = try train(
      TrainingRun(plan: plan, folder: RunFolder(folder), data: identity), store: store,
      loss: { step in
        try onStep(step)
        let indices = sampler.indices(for: step)
        return model.loss(
          captions: thinned(captions.indexSelected(dim: 0, drawn(indices, step.generator)), step),
          pictures: thinned(pictures.indexSelected(dim: 0, Tensor(indices)), step))
      })
    return try ParameterStore(loading: result.average).network { PictureTextModel($0, sizes) }
  }

  /// A caption of each picture, at random among its own.
  private func drawn(_ indices: [Int], _ generator: Generator) -> Tensor {
    let draws = generator.uniform([indices.count]).values(as: Double.self)
    return Tensor(
      zip(indices, draws).map { index, draw in
        let choices = captionsOfPicture[index]
        return choices[min(Int(draw * Double(choices.count)), choices.count - 1)]
      })
  }

  /// Features of which one in five is left out at random.
  ///
  /// So small differences are not learnt by heart (Srivastava et al. 2014, section 4,
  /// https://jmlr.org/papers/v15/srivastava14a.html).
  private func thinned(_ features: Tensor, _ step: TrainingStep) -> Tensor {
    let kept = step.generator.uniform(features.shape.sizes).greaterOrEqual(to: 0.2)
    return features * kept.converted(to: features.dtype) / 0.8
  }
}
