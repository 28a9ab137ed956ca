public import Foundation
internal import Layers
internal import Models
internal import Torch
public import Training

/// What a recipe describes: what is trained, on which pictures, and how.
public protocol RecipeTraining: Codable, Sendable, Hashable {
  /// What a recipe's key `train` calls this training.
  static var kind: String { get }
  /// A folder of pictures with `metadata.jsonl`.
  var data: String { get set }
  /// The run.
  var plan: TrainingPlan { get set }

  /// Trains, or goes on with what `folder` has; ``callAsFunction(folder:onStart:report:)`` calls
  /// it and throws what LibTorch reports meanwhile.
  func run(
    in folder: URL, onStart: (TrainingRun) -> Void, report: (TrainingReport) -> Void
  ) throws
}

extension RecipeTraining {
  /// Trains, or goes on with what `folder` has.
  ///
  /// - Parameters:
  ///   - folder: The folder of the run.
  ///   - onStart: Given the run, which can be asked to stop.
  ///   - report: Told what is going on.
  /// - Throws: What is wrong with the data, the plan or the folder; a `CancellationError` where the
  ///   run was asked to stop, with all saved.
  public func callAsFunction(
    folder: URL, onStart: (TrainingRun) -> Void = { _ in },
    report: (TrainingReport) -> Void = { _ in }
  ) throws {
    try checked { try run(in: folder, onStart: onStart, report: report) }
  }

  /// The weights to train.
  ///
  /// - Parameter initial: Trained ones to start from, which are converted to float32; new ones, of
  ///   the plan's seed, if not given.
  /// - Returns: A store for the network.
  func weights(from initial: WeightSource? = nil) -> ParameterStore {
    guard let initial else { return ParameterStore(initializing: Generator(seed: plan.seed)) }
    return ParameterStore(loading: initial, dtype: .float32, trainable: true)
  }

  /// The weights of a network of a trained model to start from, and what names them.
  ///
  /// - Parameters:
  ///   - network: The network.
  ///   - sizes: The sizes that it must have.
  ///   - part: The network's folder in the model's.
  ///   - model: The model's folder; nothing to start from if not given.
  /// - Returns: The weights and the hash of the network's files.
  /// - Throws: `ConfigurationError` if it has other sizes, or what is wrong with a file.
  func start<Network: FolderNetwork>(
    of network: Network.Type, _ sizes: Network.Configuration, in part: String, of model: String?
  ) throws -> (weights: WeightSource, name: String)? {
    guard let model else { return nil }
    let folder = URL(filePath: model).appending(path: part)
    return (
      try Network.weightsToTrain(folder: folder, sizes),
      try TrainingIdentity.hash(of: Network.files(in: folder))
    )
  }

  /// Makes the steps of a run that are left.
  ///
  /// - Parameters:
  ///   - run: The run.
  ///   - store: The weights that the network was built with.
  ///   - report: Told of every step.
  ///   - loss: The mean loss over the batch of a step.
  ///   - sample: Draws with the averaged weights.
  /// - Throws: What training throws; a `CancellationError` where the run was asked to stop.
  func descend(
    _ run: TrainingRun, _ store: ParameterStore, report: (TrainingReport) -> Void,
    loss: (TrainingStep) throws -> Tensor, sample: (Int, WeightSource) throws -> Void
  ) throws {
    let result = try train(
      run, store: store, loss: loss, progress: { report(.progress($0)) }, sample: sample)
    if !result.isFinished { throw CancellationError() }
  }

  /// The training on other pictures, or with another number of steps, where they are given.
  func overridden(data: String?, steps: Int?) throws -> Self {
    var training = self
    training.data = data ?? self.data
    if let steps { training.plan = try plan.with(steps: steps) }
    return training
  }
}

/// What a training run tells its user.
public enum TrainingReport: Sendable {
  /// A sentence.
  case note(String)
  /// A step was made.
  case progress(TrainingProgress)
}
