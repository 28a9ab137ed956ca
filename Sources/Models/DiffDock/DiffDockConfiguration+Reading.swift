internal import Foundation

extension DiffDockConfiguration {
  /// Reads a configuration; what is missing is as usual.
  ///
  /// - Throws: `DecodingError` for a size that cannot be, or for what this network does not have.
  public init(from decoder: any Decoder) throws {
    let keys = try ConfigurationKeys<CodingKeys>(decoder)
    func flag(_ key: CodingKeys, _ path: WritableKeyPath<Self, Bool>) throws {
      self[keyPath: path] = try keys.value(key, or: self[keyPath: path])
    }
    func size(_ key: CodingKeys, _ path: WritableKeyPath<Self, Int>, least: Int = 1, most: Int)
      throws
    {
      let found = try keys.value(key, or: self[keyPath: path])
      guard (least...most).contains(found) else {
        throw keys.misfit(key, expected: "\(least) to \(most)", found: found)
      }
      self[keyPath: path] = found
    }
    func positive(_ key: CodingKeys, _ path: WritableKeyPath<Self, Double>, most: Double) throws {
      let found = try keys.value(key, or: self[keyPath: path])
      guard found > 0, found <= most else {
        throw keys.misfit(key, expected: "a number above 0, at most \(most)", found: found)
      }
      self[keyPath: path] = found
    }
    self.init()
    try flag(.confidenceMode, \.confidenceMode)
    try size(.numConfidenceOutputs, \.numConfidenceOutputs, most: 64)
    try flag(.confidenceNoBatchnorm, \.confidenceNoBatchnorm)
    try size(.sigmaEmbedDim, \.sigmaEmbedDim, least: 4, most: 4096)
    guard sigmaEmbedDim.isMultiple(of: 2) else {
      throw keys.misfit(.sigmaEmbedDim, expected: "an even number", found: sigmaEmbedDim)
    }
    try positive(.embeddingScale, \.embeddingScale, most: 1e6)
    for (least, leastPath, most, mostPath) in [
      (CodingKeys.trSigmaMin, \Self.trSigmaMin, CodingKeys.trSigmaMax, \Self.trSigmaMax),
      (.rotSigmaMin, \.rotSigmaMin, .rotSigmaMax, \.rotSigmaMax),
      (.torSigmaMin, \.torSigmaMin, .torSigmaMax, \.torSigmaMax),
    ] {
      try positive(least, leastPath, most: 1000)
      try positive(most, mostPath, most: 1000)
      guard self[keyPath: leastPath] < self[keyPath: mostPath] else {
        throw keys.misfit(
          least, expected: "less than \(most.stringValue), \(self[keyPath: mostPath])",
          found: self[keyPath: leastPath])
      }
    }
    try size(.ns, \.ns, most: 1024)
    try size(.nv, \.nv, most: 1024)
    try size(.shLmax, \.shLmax, most: 2)
    try size(.numConvLayers, \.numConvLayers, most: 64)
    try size(.numProtEmbLayers, \.numProtEmbLayers, least: 0, most: 64)
    try size(.tpWeightsLayers, \.tpWeightsLayers, least: 2, most: 16)
    try flag(.useSecondOrderRepr, \.useSecondOrderRepr)
    try flag(.reducePseudoscalars, \.reducePseudoscalars)
    try flag(.depthwiseConvolution, \.depthwiseConvolution)
    try flag(.noDifferentiateConvolutions, \.noDifferentiateConvolutions)
    try flag(.noBatchNorm, \.noBatchNorm)
    try flag(.oddParity, \.oddParity)
    try flag(.noTorsion, \.noTorsion)
    try flag(.scaleBySigma, \.scaleBySigma)
    try positive(.maxRadius, \.maxRadius, most: 1000)
    try positive(.receptorRadius, \.receptorRadius, most: 1000)
    try size(.cAlphaMaxNeighbors, \.cAlphaMaxNeighbors, most: 1000)
    try positive(.crossMaxDistance, \.crossMaxDistance, most: 1000)
    try flag(.dynamicMaxCross, \.dynamicMaxCross)
    try flag(.smoothEdges, \.smoothEdges)
    try size(.distanceEmbedDim, \.distanceEmbedDim, least: 2, most: 4096)
    try size(.crossDistanceEmbedDim, \.crossDistanceEmbedDim, least: 2, most: 4096)
    try refuseOthers(decoder)
  }

  /// Options of the reference that this network does not have, each by what it must not be.
  private func refuseOthers(_ decoder: any Decoder) throws {
    let keys = try ConfigurationKeys<OtherKeys>(decoder)
    for key in [
      OtherKeys.allAtoms, .separateNoiseSchedule, .asyncronousNoiseSchedule,
      .includeMiscellaneousAtoms, .noAminoacidIdentities, .affinityPrediction,
      .notFixedCenterConv,
    ] {
      try keys.require(key, false)
    }
    try keys.require(.embeddingType, "sinusoidal")
    try keys.require(.embedAlsoLigand, true)
    for key in [
      OtherKeys.esmEmbeddingsPath, .esmEmbeddingsModel, .moadEsmEmbeddingsPath,
      .pdbbindEsmEmbeddingsPath, .pdbsidechainEsmEmbeddingsPath,
    ] {
      try keys.requireNone(key)
    }
  }

  private enum OtherKeys: String, CodingKey {
    case allAtoms = "all_atoms"
    case separateNoiseSchedule = "separate_noise_schedule"
    case asyncronousNoiseSchedule = "asyncronous_noise_schedule"
    case includeMiscellaneousAtoms = "include_miscellaneous_atoms"
    case noAminoacidIdentities = "no_aminoacid_identities"
    case affinityPrediction = "affinity_prediction"
    case notFixedCenterConv = "not_fixed_center_conv"
    case embeddingType = "embedding_type"
    case embedAlsoLigand = "embed_also_ligand"
    case esmEmbeddingsPath = "esm_embeddings_path"
    case esmEmbeddingsModel = "esm_embeddings_model"
    case moadEsmEmbeddingsPath = "moad_esm_embeddings_path"
    case pdbbindEsmEmbeddingsPath = "pdbbind_esm_embeddings_path"
    case pdbsidechainEsmEmbeddingsPath = "pdbsidechain_esm_embeddings_path"
  }

  /// The noise of poses that the network knows.
  package var noise: PoseNoise {
    PoseNoise(
      least: PoseScales(shift: trSigmaMin, rotation: rotSigmaMin, turns: torSigmaMin),
      most: PoseScales(shift: trSigmaMax, rotation: rotSigmaMax, turns: torSigmaMax))
  }

  /// How far atoms and residues see each other at a time, in Å.
  ///
  /// A network of confidences sees poses without noise.
  func crossDistance(at time: Double) -> Double {
    guard dynamicMaxCross else { return crossMaxDistance }
    return confidenceMode ? 20 : 3 * noise.scales(at: time).shift + 20
  }
}
