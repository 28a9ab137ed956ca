package import Modalities
internal import Torch

/// Why poses could not be led back from noise.
package enum PoseError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The network's scores of a pose, counted from 1, are no numbers.
  case notFinite(pose: Int, step: Int, of: Int)

  /// What was expected, what was found and where.
  package var description: String {
    switch self {
    case .notFinite(let pose, let step, let steps):
      "pose \(pose), step \(step) of \(steps): expected finite scores, found others"
    }
  }
}

/// Docks a ligand: poses from noise, by a network of scores.
///
/// Corso et al. 2023, https://arxiv.org/abs/2210.01776. Each pose has a seed of its own. No step is
/// told of atoms that overlap: whether a pose can be is for others to check.
package struct PoseSampler: Sendable {
  private let network: DiffDockNetwork
  private let walk: PoseWalk
  private let steps: Int

  /// The most nodes that the network sees at once, of all poses together.
  private static let nodesAtOnce = 4096

  /// A sampler of so many steps, in equal times from 1 to 0.
  ///
  /// - Parameters:
  ///   - network: A network of scores.
  ///   - walk: The way back; that of the network's noise if not given.
  ///   - steps: How many steps, above 0.
  package init(_ network: DiffDockNetwork, walk: PoseWalk? = nil, steps: Int = 20) {
    precondition(!network.configuration.confidenceMode && steps > 0, "\(steps) steps of scores")
    self.network = network
    self.walk = walk ?? PoseWalk(noise: network.configuration.noise)
    self.steps = steps
  }

  /// Poses of a ligand, whose bond lengths, angles and rings are those it begins with.
  ///
  /// - Parameters:
  ///   - ligand: The ligand.
  ///   - conformers: Places of its atoms to begin with, for each pose.
  ///   - receptor: The protein.
  ///   - center: Where poses begin about: the middle of a pocket, or of the protein.
  ///   - seeds: The seed of each pose.
  ///   - onStep: Called with the number of a pose and its places where it begins, and after each
  ///     step; what it throws ends the run.
  /// - Returns: Places for each pose.
  /// - Throws: What `onStep` throws, ``PoseError``, or a `GraphError` for conformers that are no
  ///   places.
  package func poses(
    of ligand: LigandGraph, from conformers: [Places], by receptor: ReceptorGraph,
    around center: SIMD3<Double>, seeds: [UInt64],
    onStep: (Int, Places) throws -> Void = { _, _ in }
  ) throws -> [Places] {
    precondition(conformers.count == seeds.count, "\(conformers.count) poses, \(seeds.count) seeds")
    let share = max(1, Self.nodesAtOnce / (ligand.atoms + receptor.places.count))
    return try stride(from: 0, to: seeds.count, by: share).flatMap { first in
      let range = first..<min(first + share, seeds.count)
      let generators = seeds[range].map { Generator(seed: $0) }
      let starts = zip(conformers[range], generators).map {
        walk.start(ligand.torsions, $0, around: center, using: $1)
      }
      return try walked(ligand, starts, receptor, generators, first: first, onStep: onStep)
    }
  }

  private func walked(
    _ ligand: LigandGraph, _ starts: [Places], _ receptor: ReceptorGraph,
    _ generators: [Generator], first: Int, onStep: (Int, Places) throws -> Void
  ) throws -> [Places] {
    var poses = starts
    for (index, pose) in poses.enumerated() { try onStep(first + index, pose) }
    for step in 0..<steps {
      let (t, s) = (1 - Double(step) / Double(steps), 1 - Double(step + 1) / Double(steps))
      let scores = try self.scores(ligand, poses, receptor, time: t)
      for index in poses.indices {
        guard scores[index].isFinite else {
          throw PoseError.notFinite(pose: first + index + 1, step: step + 1, of: steps)
        }
        // The last step ends where the score says.
        let generator = step == steps - 1 ? nil : generators[index]
        poses[index] = ligand.torsions.moved(
          poses[index], by: walk.move(from: t, to: s, score: scores[index], using: generator))
        try onStep(first + index, poses[index])
      }
    }
    return poses
  }

  private func scores(
    _ ligand: LigandGraph, _ poses: [Places], _ receptor: ReceptorGraph, time: Double
  ) throws -> [PoseMove] {
    let batch = try ComplexBatch(
      poses.map { ComplexBatch.Complex(ligand, at: $0, receptor) },
      times: [Double](repeating: time, count: poses.count), network.configuration)
    let found = try checked { withoutGradients { network.scores(batch) } }
    let bonds = ligand.torsions.bonds.count
    let turns =
      found.turns.count == 0
      ? [Double](repeating: 0, count: bonds * poses.count) : found.turns.values(as: Double.self)
    return zip(found.shift.points, found.rotation.points).enumerated().map { index, vectors in
      PoseMove(
        shift: vectors.0, rotation: vectors.1,
        turns: Array(turns[(index * bonds)..<((index + 1) * bonds)]))
    }
  }
}
