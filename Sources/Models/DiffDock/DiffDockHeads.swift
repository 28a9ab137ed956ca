internal import Diffusion
internal import Foundation
internal import Layers
internal import Torch

/// Makes the scores of poses from the features of the ligands' atoms.
struct ScoreHead: Sendable {
  private let configuration: DiffDockConfiguration
  private let harmonics: SphericalHarmonics
  private let ligandSmearing: GaussianSmearing
  private let smearing: GaussianSmearing
  private let edges: TwoLayers
  private let layer: TensorProductConvolution
  private let shiftSize: TwoLayers
  private let rotationSize: TwoLayers
  private let bonds: BondHead?

  /// A head with the weights below `scope`, which tells the bonds' distances as the ligand's edges
  /// are told.
  init(
    _ scope: Scope, _ configuration: DiffDockConfiguration, ligandSmearing: GaussianSmearing
  ) throws(IrrepsError) {
    self.configuration = configuration
    let bumps = configuration.distanceEmbedDim
    let (ns, time) = (configuration.ns, configuration.sigmaEmbedDim)
    let state = configuration.state(
      after: configuration.numProtEmbLayers + configuration.numConvLayers)
    harmonics = try SphericalHarmonics(
      configuration.space, normalizes: true, normalization: .component)
    self.ligandSmearing = ligandSmearing
    smearing = GaussianSmearing(
      scope / "center_distance_expansion", over: 0...DiffDockConfiguration.centerDistance,
      count: bumps)
    edges = TwoLayers(scope / "center_edge_embedding", bumps + time, ns, second: 3)
    let copies = configuration.oddParity ? 1 : 2
    var sizes = TensorProductConvolution.Configuration(
      state, configuration.space,
      Irreps([Irreps.Term(copies, Irrep(1, .odd)), Irreps.Term(copies, Irrep(1, .even))]),
      edgeFeatures: 2 * ns)
    sizes.isResidual = false
    sizes.isNormed = !configuration.noBatchNorm
    layer = try TensorProductConvolution(scope / "final_conv", sizes)
    shiftSize = TwoLayers(scope / "tr_final_layer", 1 + time, 1, hidden: ns, second: 3)
    rotationSize = TwoLayers(scope / "rot_final_layer", 1 + time, 1, hidden: ns, second: 3)
    let scalars =
      [Irreps.Term(ns, Irrep(0, .odd))]
      + (configuration.oddParity ? [] : [Irreps.Term(ns, Irrep(0, .even))])
    bonds =
      configuration.noTorsion
      ? nil
      : try BondHead(
        scope,
        BondHead.Configuration(
          scalars: ns, atoms: state, bonds: Irreps(scalars), degree: configuration.shLmax,
          isNormed: !configuration.noBatchNorm, bumps: bumps, lineage: .diffDock,
          names: ("tor_bond_conv", "tor_final_layer")))
  }

  /// - Parameters:
  ///   - nodes: The atoms' features, `[atoms, features]`.
  ///   - batch: The complexes.
  ///   - time: Their embedded times, `[complexes, sigmaEmbedDim]`.
  ///   - isTraining: Whether normalizations go by this batch.
  /// - Returns: The scores.
  func callAsFunction(
    _ nodes: Tensor, _ batch: ComplexBatch, _ time: Tensor, isTraining: Bool
  ) -> DiffDockNetwork.Scores {
    let whole = vectors(nodes, batch, time, isTraining: isTraining)
    // Vectors, then what turns as they do and mirrors leave: a shift and a rotation of each.
    let parts = whole.chunked(configuration.oddParity ? 2 : 4, dim: 1)
    let (shift, rotation) =
      configuration.oddParity ? (parts[0], parts[1]) : (parts[0] + parts[2], parts[1] + parts[3])
    let sigmas = batch.times.map { configuration.noise.scales(at: $0) }
    return DiffDockNetwork.Scores(
      shift: sized(shift, by: shiftSize, time, sigmas.map { 1 / $0.shift }),
      rotation: sized(rotation, by: rotationSize, time, sigmas.map { Self.usual($0.rotation) }),
      turns: turns(nodes, batch, sigmas.map(\.turns), isTraining: isTraining))
  }

  /// Vectors of each complex from its atoms about its ligand's middle, `[complexes, 6 or 12]`.
  private func vectors(
    _ nodes: Tensor, _ batch: ComplexBatch, _ time: Tensor, isTraining: Bool
  ) -> Tensor {
    let count = batch.atomCount
    let positions = batch.positions.narrowed(dim: 0, start: 0, length: count)
    let owners = batch.atomOwners
    let centers = positions.scatteredMean(to: owners, count: batch.count)
    let vectors = positions - centers.at(owners)
    let features = [
      edges(concatenate(smearing(vectors.lengths), time.at(owners), dim: 1)),
      nodes.narrowed(dim: 1, start: 0, length: configuration.ns),
    ]
    let index = [owners, Tensor.range(to: count, dtype: .int64)].stacked(dim: 0)
    return layer(
      nodes,
      GraphEdges(
        index, features: [features.concatenated(dim: 1)], harmonics: harmonics(vectors)),
      count: batch.count, isTraining: isTraining)
  }

  /// Vectors in the same directions, of lengths that a network finds from theirs.
  private func sized(
    _ vectors: Tensor, by size: TwoLayers, _ time: Tensor, _ scales: [Double]
  ) -> Tensor {
    let lengths = vectors.lengths.unsqueezed(-1)
    let found = vectors / lengths * size(concatenate(lengths, time, dim: 1))
    guard configuration.scaleBySigma else { return found }
    return found * Tensor(scales.map { Float($0) }).unsqueezed(-1)
  }

  private func turns(
    _ nodes: Tensor, _ batch: ComplexBatch, _ sigmas: [Double], isTraining: Bool
  ) -> Tensor {
    guard let bonds, batch.bonds.count > 0 else { return Tensor.zeros([0]) }
    let found = -bonds(
      nodes, positions: batch.positions, batch.bonds, smearing: ligandSmearing,
      fading: { configuration.fading($0, within: Tensor([Float(configuration.maxRadius)])) },
      isTraining: isTraining)
    guard configuration.scaleBySigma else { return found }
    let usual = sigmas.map { WrappedNormal(sigma: $0).meanSquareScore.squareRoot() }
    return found * Tensor(batch.bondOwners.map { Float(usual[$0]) })
  }

  /// The usual size of a rotation's score; as in the reference, divided by the root of π.
  private static func usual(_ epsilon: Double) -> Double {
    (IsotropicGaussian(epsilon: epsilon).meanSquareScore / Double.pi).squareRoot()
  }
}

/// Says how good poses are from the features of the ligands' atoms.
struct ConfidenceHead: Sendable {
  private let configuration: DiffDockConfiguration
  private let maps: [Linear]
  private let norms: [BatchNorm]

  init(_ scope: Scope, _ configuration: DiffDockConfiguration) {
    self.configuration = configuration
    let (ns, place) = (configuration.ns, scope / "confidence_predictor")
    let inputs = ns + (Self.seesMirrors(configuration) ? configuration.pseudoscalars : 0)
    maps = [
      Linear(place / 0, inputs, ns), Linear(place / 4, ns, ns),
      Linear(place / 8, ns, configuration.numConfidenceOutputs),
    ]
    norms =
      configuration.confidenceNoBatchnorm
      ? [] : [BatchNorm(place / 1, ns), BatchNorm(place / 5, ns)]
  }

  /// Whether there are layers enough for scalars that mirrors negate.
  private static func seesMirrors(_ configuration: DiffDockConfiguration) -> Bool {
    configuration.numProtEmbLayers + configuration.numConvLayers >= 3
  }

  /// - Parameters:
  ///   - nodes: The atoms' features, `[atoms, features]`.
  ///   - batch: The complexes.
  /// - Returns: `[complexes, outputs]`.
  func callAsFunction(_ nodes: Tensor, _ batch: ComplexBatch) -> Tensor {
    var scalars = nodes.narrowed(dim: 1, start: 0, length: configuration.ns)
    if Self.seesMirrors(configuration) {
      let last = configuration.pseudoscalars
      scalars = concatenate(
        scalars, nodes.narrowed(dim: 1, start: nodes.shape[1] - last, length: last), dim: 1)
    }
    var x = scalars.scatteredMean(to: batch.atomOwners, count: batch.count)
    for (index, map) in maps.dropLast().enumerated() {
      x = map(x)
      if !norms.isEmpty { x = norms[index](x) }
      x = x.relu()
    }
    return maps[2](x)
  }
}
