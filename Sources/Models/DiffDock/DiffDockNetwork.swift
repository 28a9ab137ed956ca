package import Layers
package import Torch

/// Where a ligand in a noisy pose by a protein wants to go; or, in another mode, how good a pose
/// is.
///
/// Corso et al. 2023, https://arxiv.org/abs/2210.01776, as the reference's `CGModel` has it: a
/// protein is its alpha carbons, and layers of messages that turn with space run between them and
/// the ligand's atoms. Its parameters have the reference's names. Proteins are not read by a
/// language model here: a residue is known by its name.
package struct DiffDockNetwork: Sendable {
  /// The sizes.
  package let configuration: DiffDockConfiguration
  private let ligand: GraphEncoder
  private let receptor: GraphEncoder
  private let receptorTime: TwoLayers
  private let crossEdges: TwoLayers
  private let crossSmearing: GaussianSmearing
  private let layers: [TensorProductConvolution]
  private let scoreHead: ScoreHead?
  private let confidenceHead: ConfidenceHead?

  /// A network with the weights below `scope`.
  ///
  /// - Throws: `IrrepsError` never, for the representations fit.
  package init(_ scope: Scope, _ configuration: DiffDockConfiguration) throws {
    self.configuration = configuration
    let (ns, time) = (configuration.ns, configuration.sigmaEmbedDim)
    ligand = try GraphEncoder(
      scope, "lig", configuration, choices: LigandGraph.choices, nodeNumbers: time,
      edgeNumbers: DiffDockConfiguration.edgeFeatures + time, reach: configuration.maxRadius)
    receptor = try GraphEncoder(
      scope, "rec", configuration, choices: [ReceptorGraph.kinds], nodeNumbers: 0, edgeNumbers: 0,
      reach: configuration.receptorRadius)
    receptorTime = TwoLayers(scope / "rec_sigma_embedding", time, ns, second: 3)
    crossEdges = TwoLayers(
      scope / "cross_edge_embedding", time + configuration.crossDistanceEmbedDim, ns, second: 3)
    crossSmearing = GaussianSmearing(
      scope / "cross_distance_expansion", over: 0...configuration.crossMaxDistance,
      count: configuration.crossDistanceEmbedDim)
    let (first, count) = (configuration.numProtEmbLayers, configuration.numConvLayers)
    layers = try (0..<count).map { index in
      let groups = index == count - 1 ? 2 : 4
      return try configuration.layer(
        scope / "conv_layers" / index, number: first + index,
        groups: configuration.noDifferentiateConvolutions ? 1 : groups)
    }
    let isScore = !configuration.confidenceMode
    scoreHead = isScore ? try ScoreHead(scope, configuration, ligandSmearing: ligand.smearing) : nil
    confidenceHead = isScore ? nil : ConfidenceHead(scope, configuration)
  }

  /// What a network of the reference's notes beside the weights: numbers that follow from the
  /// sizes.
  ///
  /// - Parameter names: All names of a checkpoint.
  /// - Returns: Those that this network does without.
  package static func unusedNames(_ names: [String]) -> [String] {
    names.filter { name in
      let parts = name.split(separator: ".")
      return parts.contains("tp") || parts.first == "final_tp_tor"
        || parts.contains("linear_2") && parts.last != "weight"
    }
  }

  /// Where each ligand wants to go: the score of its pose's parts.
  package struct Scores {
    /// Of shifts, per Å, `[complexes, 3]`.
    package let shift: Tensor
    /// Of rotations about the ligands' middles, in the axes of space, `[complexes, 3]`.
    package let rotation: Tensor
    /// Of the bonds' angles in `Torsions`' sense, `[torsions]`, complex by complex.
    ///
    /// The reference turns bonds the other way round, so its result is the negative.
    package let turns: Tensor
  }

  /// The scores of a network that was made for them.
  ///
  /// - Parameters:
  ///   - batch: The complexes.
  ///   - isTraining: Whether normalizations go by this batch.
  /// - Returns: The scores.
  package func scores(_ batch: ComplexBatch, isTraining: Bool = false) -> Scores {
    guard let scoreHead else { preconditionFailure("a network of confidences has no scores") }
    let time = timeEmbedding(batch)
    let nodes = atoms(batch, time, isTraining: isTraining)
    return scoreHead(nodes, batch, time, isTraining: isTraining)
  }

  /// How good poses are, for a network that was made to say so, at time 0.
  ///
  /// - Parameters:
  ///   - batch: The complexes.
  ///   - isTraining: Whether the layers' normalizations go by this batch; those of the last maps,
  ///     if there are any, go by what they were trained with.
  /// - Returns: `[complexes, outputs]`, before any sigmoid or softmax.
  package func confidences(_ batch: ComplexBatch, isTraining: Bool = false) -> Tensor {
    guard let confidenceHead else { preconditionFailure("a network of scores has no confidence") }
    let nodes = atoms(batch, timeEmbedding(batch), isTraining: isTraining)
    return confidenceHead(nodes, batch)
  }

  /// Sines and cosines of each complex's time.
  private func timeEmbedding(_ batch: ComplexBatch) -> Tensor {
    sinusoidalEmbedding(
      Tensor(batch.times.map { Float($0 * configuration.embeddingScale) }),
      channels: configuration.sigmaEmbedDim, cosinesFirst: false, shift: 1)
  }

  /// What the layers find of the ligands' atoms, `[atoms, features]`.
  private func atoms(_ batch: ComplexBatch, _ time: Tensor, isTraining: Bool) -> Tensor {
    let count = batch.atomCount
    let own = time.at(batch.atomOwners)
    let hearing = batch.ligandEdges.selected(dim: 0, index: 0)
    let near = hearing.count - batch.bondKinds.shape[0]
    let kinds = concatenate(batch.bondKinds.padded([0, 0, 0, near]), own.at(hearing), dim: 1)
    let (ligandNodes, ligandEdges) = ligand(
      batch.atoms, own, batch.ligandEdges, kinds, batch.positions, isTraining: isTraining)

    let places = batch.positions.narrowed(
      dim: 0, start: count, length: batch.residues.shape[0])
    var (residues, receptorEdges) = receptor(
      batch.residues, nil, batch.receptorEdges - count, nil, places, isTraining: isTraining)
    let receptorOwn = receptorTime(time).at(batch.residueOwners)
    residues = residues + receptorOwn.padded([0, residues.shape[1] - configuration.ns])
    receptorEdges.features =
      receptorEdges.features
      + receptorOwn.at(receptorEdges.index.selected(dim: 0, index: 0))
    receptorEdges.index = batch.receptorEdges

    let cross = crossPart(batch, own)
    let parts = [ligandEdges, cross, receptorEdges, cross.reversed(ligand.harmonics)]
    var nodes = concatenate(ligandNodes, residues, dim: 0)
    for (index, layer) in layers.enumerated() {
      // The last layer is for the atoms: nobody reads the residues after it.
      let heard = index == layers.count - 1 ? Array(parts.prefix(2)) : parts
      let edges = heard.joined(
        nodes, scalars: configuration.ns, apart: !configuration.noDifferentiateConvolutions)
      nodes = layer(nodes, edges, isTraining: isTraining)
    }
    return nodes.narrowed(dim: 0, start: 0, length: count)
  }

  /// The edges from residues to atoms.
  private func crossPart(_ batch: ComplexBatch, _ time: Tensor) -> EdgePart {
    let (atoms, residues) = (
      batch.crossEdges.selected(dim: 0, index: 0), batch.crossEdges.selected(dim: 0, index: 1)
    )
    let vectors = batch.positions.at(residues) - batch.positions.at(atoms)
    let lengths = vectors.lengths
    let features = concatenate(time.at(atoms), crossSmearing(lengths), dim: 1)
    let reach = Tensor(batch.crossDistances.map { Float($0) }).at(batch.atomOwners.at(atoms))
    return EdgePart(
      index: batch.crossEdges, vectors: vectors, features: crossEdges(features),
      sphere: ligand.harmonics(vectors),
      weight: configuration.fading(lengths, within: reach))
  }
}
