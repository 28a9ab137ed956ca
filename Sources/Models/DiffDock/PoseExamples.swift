internal import Diffusion
internal import Modalities
package import Torch

/// Noisy poses of known complexes with the scores that a network should find: what it learns from.
///
/// Corso et al. 2023, https://arxiv.org/abs/2210.01776: denoising score matching of each part, at
/// times drawn uniformly.
package struct PoseExamples: Sendable {
  /// The complexes in noisy poses, each at its time.
  package let batch: ComplexBatch
  /// The score of each part, in the order of the network's.
  let targets: [Tensor]
  /// One over the mean square of each number of them.
  private let weights: [Tensor]

  /// Draws a time and noise for each complex.
  ///
  /// - Parameters:
  ///   - complexes: Ligands in the poses to learn.
  ///   - configuration: The network's sizes.
  ///   - generator: Where the random numbers come from.
  /// - Throws: `GraphError` for places that are no numbers.
  package init(
    _ complexes: [ComplexBatch.Complex], _ configuration: DiffDockConfiguration,
    using generator: Generator
  ) throws {
    let noise = configuration.noise
    let times = generator.uniform([complexes.count], dtype: .float64).values(as: Double.self)
    var (noisy, scores): ([ComplexBatch.Complex], [PoseMove]) = ([], [])
    for (complex, time) in zip(complexes, times) {
      let (moved, score) = Self.noisy(complex, at: time, configuration, using: generator)
      noisy.append(moved)
      scores.append(score)
    }
    batch = try ComplexBatch(noisy, times: times, configuration)
    let sigmas = times.map { noise.scales(at: $0) }
    targets = [
      Tensor(scores.map(\.shift)), Tensor(scores.map(\.rotation)), Tensor(scores.flatMap(\.turns)),
    ].map { $0.converted(to: .float32) }
    func column(_ values: [Double]) -> Tensor {
      Tensor(values.map { Float($0) }).unsqueezed(-1)
    }
    weights = [
      column(sigmas.map { $0.shift * $0.shift }),
      column(
        sigmas.map { 3 / IsotropicGaussian(epsilon: $0.rotation).meanSquareScore }),
      Tensor(
        zip(scores, sigmas).flatMap { score, sigma in
          let weight = 1 / WrappedNormal(sigma: sigma.turns).meanSquareScore
          return [Float](repeating: Float(weight), count: score.turns.count)
        }),
    ]
  }

  /// Moves a ligand by the noise of a time.
  ///
  /// - Parameters:
  ///   - complex: The ligand in a pose.
  ///   - time: From 0 to 1.
  ///   - configuration: Says how much noise there is, and whether bonds turn.
  ///   - generator: Where the random numbers come from.
  /// - Returns: The ligand where it then is, and the score there.
  package static func noisy(
    _ complex: ComplexBatch.Complex, at time: Double, _ configuration: DiffDockConfiguration,
    using generator: Generator
  ) -> (complex: ComplexBatch.Complex, score: PoseMove) {
    let torsions = complex.ligand.torsions
    var (move, score) = configuration.noise.drawn(
      at: time, bonds: torsions.bonds.count, using: generator)
    if configuration.noTorsion {
      move.turns = PoseMove.zero(bonds: torsions.bonds.count).turns
      score.turns = []
    }
    let places = torsions.moved(complex.places, by: move)
    return (ComplexBatch.Complex(complex.ligand, at: places, complex.receptor), score)
  }

  /// The mean squared errors of shifts, rotations and turns, each as a part of the mean square that
  /// the scores themselves have: 1 for a network that says nothing, at any noise.
  ///
  /// The reference's error of rotations is π / 3 times that; that of turns is 0 without any.
  ///
  /// - Parameter scores: What a network finds for the batch.
  /// - Returns: The three errors, `[]` each.
  package func errors(
    of scores: DiffDockNetwork.Scores
  ) -> (shift: Tensor, rotation: Tensor, turns: Tensor) {
    func error(_ found: Tensor, _ part: Int) -> Tensor {
      guard targets[part].count > 0 else { return Tensor.zeros([]) }
      let difference = found - targets[part]
      return (difference * difference * weights[part]).mean()
    }
    return (error(scores.shift, 0), error(scores.rotation, 1), error(scores.turns, 2))
  }
}
