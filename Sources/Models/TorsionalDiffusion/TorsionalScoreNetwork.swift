internal import Diffusion
internal import Foundation
package import Layers
package import Torch

/// The score of torsion angles that a molecule in a noisy conformer has: where each bond wants to
/// turn.
///
/// Jing et al. 2022, section 3.3, https://arxiv.org/abs/2206.01729: layers of messages that turn
/// with space make features of the atoms, and a last one, about the middle of each bond that turns,
/// makes a number that neither rotations nor shifts change and that mirrors negate. Its parameters
/// have the reference's names.
package struct TorsionalScoreNetwork: Sendable {
  /// The sizes.
  package let configuration: TorsionalScoreConfiguration
  private let nodeEmbedding: TwoLayers
  private let edgeEmbedding: TwoLayers
  private let smearing: GaussianSmearing
  private let harmonics: SphericalHarmonics
  private let layers: [TensorProductConvolution]
  private let bonds: BondHead

  /// A network with the weights below `scope`.
  ///
  /// - Throws: `IrrepsError` never, for the representations fit.
  package init(_ scope: Scope, _ configuration: TorsionalScoreConfiguration) throws {
    self.configuration = configuration
    let (ns, noise) = (configuration.ns, configuration.sigmaEmbedDim)
    nodeEmbedding = TwoLayers(
      scope / "node_embedding", configuration.inNodeFeatures + noise, ns, second: 2)
    edgeEmbedding = TwoLayers(
      scope / "edge_embedding",
      configuration.inEdgeFeatures + noise + configuration.radiusEmbedDim, ns, second: 2)
    smearing = GaussianSmearing(
      scope / "distance_expansion", over: 0...configuration.maxRadius,
      count: configuration.radiusEmbedDim)
    let space = Irreps.sphericalHarmonics(upTo: 2)
    harmonics = try SphericalHarmonics(space, normalizes: true, normalization: .component)
    let states = Self.states(configuration)
    layers = try (0..<configuration.numConvLayers).map { index in
      try Self.convolution(
        scope / "conv_layers" / index, states[min(index, states.count - 1)], space,
        states[min(index + 1, states.count - 1)], configuration)
    }
    bonds = try BondHead(
      scope,
      BondHead.Configuration(
        scalars: ns, atoms: states[min(layers.count, states.count - 1)],
        bonds: Irreps([Irreps.Term(ns, Irrep(0, .odd))]), degree: 2,
        isNormed: configuration.batchNorm, bumps: configuration.radiusEmbedDim,
        lineage: .torsionalDiffusion, names: ("bond_conv", "final_linear")))
  }

  private static func convolution(
    _ scope: Scope, _ input: Irreps, _ harmonics: Irreps, _ output: Irreps,
    _ configuration: TorsionalScoreConfiguration
  ) throws(IrrepsError) -> TensorProductConvolution {
    var sizes = TensorProductConvolution.Configuration(
      input, harmonics, output, edgeFeatures: 3 * configuration.ns)
    sizes.isResidual = configuration.residual
    sizes.isNormed = configuration.batchNorm
    sizes.lineage = .torsionalDiffusion
    return try TensorProductConvolution(scope, sizes)
  }

  /// What atoms have before and after each of the first layers.
  private static func states(_ configuration: TorsionalScoreConfiguration) -> [Irreps] {
    let (ns, nv) = (configuration.ns, configuration.nv)
    let first: [Irrep] =
      [Irrep(1, .odd)] + (configuration.useSecondOrderRepr ? [Irrep(2, .even)] : [])
    let second: [Irrep] =
      [Irrep(1, .even)] + (configuration.useSecondOrderRepr ? [Irrep(2, .odd)] : [])
    let vectors = { (kinds: [Irrep]) in Irreps(kinds.map { Irreps.Term(nv, $0) }) }
    let scalars = Irreps([Irreps.Term(ns, Irrep(0, .even))])
    return [
      scalars, scalars + vectors(first), scalars + vectors(first + second),
      scalars + vectors(first + second) + Irreps([Irreps.Term(ns, Irrep(0, .odd))]),
    ]
  }

  /// What a network of the reference's notes beside the weights: numbers that follow from the
  /// sizes.
  ///
  /// - Parameter names: All names of a checkpoint.
  /// - Returns: Those that this network does without.
  package static func unusedNames(_ names: [String]) -> [String] {
    names.filter { name in
      let parts = name.split(separator: ".")
      return parts.contains("tp") || parts.first == "final_tp"
    }
  }

  /// The scores of all bonds that turn, `[torsions]`, molecule by molecule.
  ///
  /// They are derivatives by the angles of `Torsions`, whose sense is IUPAC's; the reference turns
  /// bonds the other way round, so its network's result is the negative.
  ///
  /// - Parameters:
  ///   - batch: The molecules, with one bond that turns at least.
  ///   - isTraining: Whether normalizations go by this batch.
  /// - Returns: `[torsions]`.
  package func callAsFunction(_ batch: MoleculeBatch, isTraining: Bool = false) -> Tensor {
    let noise = noiseEmbedding(batch)
    var nodes = nodeEmbedding(concatenate(batch.features, noise, dim: 1))
    let (receivers, senders) = (
      batch.edges.selected(dim: 0, index: 0), batch.edges.selected(dim: 0, index: 1)
    )
    let vectors = batch.positions.at(senders) - batch.positions.at(receivers)
    let near = vectors.shape[0] - batch.bondKinds.shape[0]
    let kinds = batch.bondKinds.padded([0, 0, 0, near])
    let edges = edgeEmbedding(
      [kinds, noise.at(receivers), smearing(vectors.lengths)].concatenated(dim: 1))
    let sphere = harmonics(vectors)
    for layer in layers {
      let scalars = nodes.narrowed(dim: 1, start: 0, length: configuration.ns)
      let features = [edges, scalars.at(receivers), scalars.at(senders)].concatenated(dim: 1)
      nodes = layer(
        nodes, GraphEdges(batch.edges, features: [features], harmonics: sphere),
        isTraining: isTraining)
    }
    let turns = bonds(
      nodes, positions: batch.positions, batch.bonds, smearing: smearing, isTraining: isTraining)
    return -sizes(of: turns, batch)
  }

  private func sizes(of turns: Tensor, _ batch: MoleculeBatch) -> Tensor {
    guard configuration.scaleBySigma else { return turns }
    let usual = batch.sigmas.map { WrappedNormal(sigma: $0).meanSquareScore.squareRoot() }
    return turns * Tensor(batch.owners.map { Float(usual[$0]) })
  }

  /// Sines and cosines of each atom's noise, on a scale of 0 to 10,000.
  private func noiseEmbedding(_ batch: MoleculeBatch) -> Tensor {
    let (low, high) = (configuration.sigmaMin, configuration.sigmaMax)
    let places = batch.sigmas.map { Float(log($0 / low) / log(high / low) * 10_000) }
    return sinusoidalEmbedding(
      Tensor(places), channels: configuration.sigmaEmbedDim, cosinesFirst: false, shift: 1
    ).at(batch.molecules)
  }
}
