internal import CRDKit
public import Torch

extension Molecule {
  /// The places of the atoms, `[atoms, 3]` in Å, as `float64`; none for a molecule without any.
  public var coordinates: Tensor? {
    get throws(MoleculeError) {
      try coordinateNumbers.map { Tensor($0, shape: [atoms.count, 3]) }
    }
  }

  /// The places of the atoms, three numbers each; none for a molecule without any.
  var coordinateNumbers: [Double]? {
    get throws(MoleculeError) {
      guard hasCoordinates else { return nil }
      var numbers = [Double](repeating: 0, count: 3 * atoms.count)
      try RDKit.filled("the places of atoms") { crdkit_coordinates(handle.pointer, &numbers, $0) }
      return numbers
    }
  }

  /// The molecule with its atoms in other places.
  /// - Parameter coordinates: `[atoms, 3]` in Å, or none for a molecule without places.
  /// - Returns: The molecule there.
  /// - Throws: `MoleculeError.coordinates` for another shape, or for what is no number below 1e6.
  public func placed(at coordinates: Tensor?) throws(MoleculeError) -> Molecule {
    guard let coordinates else { return try located(nil) }
    let sizes = Array(coordinates.shape)
    guard sizes == [atoms.count, 3] else {
      throw .coordinates(
        expected: "places of shape [\(atoms.count), 3]", found: "the shape \(sizes)")
    }
    return try placed(numbers: coordinates.values(as: Double.self))
  }

  /// The molecule with its atoms in other places, three numbers each.
  func placed(numbers: [Double]) throws(MoleculeError) -> Molecule {
    guard numbers.count == 3 * atoms.count else {
      throw .coordinates(
        expected: "\(3 * atoms.count) numbers", found: "\(numbers.count)")
    }
    if let index = numbers.firstIndex(where: { !(abs($0) < 1e6) }) {
      throw .coordinates(
        expected: "places within 1e6 Å", found: "\(numbers[index]) for atom \(index / 3)")
    }
    return try located(numbers)
  }

  private func located(_ numbers: [Double]?) throws(MoleculeError) -> Molecule {
    try RDKit.molecule(RDKit.library("placing atoms")) { result, message in
      guard let numbers else {
        return crdkit_with_coordinates(handle.pointer, nil, result, message)
      }
      return crdkit_with_coordinates(handle.pointer, numbers, result, message)
    }
  }

  /// The molecule in a conformer that ETKDG finds: distance geometry with what is known of
  /// torsions.
  ///
  /// Riniker and Landrum 2015, https://doi.org/10.1021/acs.jcim.5b00654, in RDKit's version 3. The
  /// same seed gives the same places. Hydrogens should be atoms: ``addingHydrogens()``.
  /// - Parameters:
  ///   - seed: Where the random numbers begin.
  ///   - attempts: How often to begin anew, at most.
  /// - Returns: The molecule with places.
  /// - Throws: `MoleculeError.conformer`.
  public func embedded(seed: UInt32, attempts: Int = 20) throws(MoleculeError) -> Molecule {
    precondition(attempts > 0, "a conformer needs an attempt")
    let name = try smiles
    guard atoms.count <= Self.largestEmbedding else {
      throw .conformer(
        molecule: RDKit.shortened(name),
        reason: "\(atoms.count) atoms, the limit is \(Self.largestEmbedding)")
    }
    // RDKit draws without a seed if it is negative.
    let seed = Int32(seed & 0x7FFF_FFFF)
    return try RDKit.molecule({ .conformer(molecule: RDKit.shortened(name), reason: $1) }) {
      crdkit_embedded(handle.pointer, seed, Int32(clamping: attempts), $0, $1)
    }
  }

  /// The atoms that a conformer is looked for, at most: the time grows with their cube.
  public static var largestEmbedding: Int { 400 }

  /// A molecule where the energy of MMFF94 is least nearby.
  public struct Relaxed: Sendable {
    /// The molecule there.
    public let molecule: Molecule

    /// Its energy in kcal/mol.
    public let energy: Double

    /// Whether it is a minimum, within the force field's tolerance.
    public let hasConverged: Bool
  }

  /// Moves the atoms to where the energy of MMFF94 is less.
  /// - Parameter steps: How many steps to take, at most.
  /// - Returns: The molecule there, with its energy.
  /// - Throws: `MoleculeError.conformer` for atoms that the force field does not know, and
  ///   `noCoordinates`.
  public func relaxed(steps: Int = 500) throws(MoleculeError) -> Relaxed {
    guard hasCoordinates else { throw .noCoordinates(needed: "a force field") }
    let name = try smiles
    var (converged, energy): (CInt, Double) = (0, 0)
    let molecule = try RDKit.molecule({
      .conformer(molecule: RDKit.shortened(name), reason: $1)
    }) {
      crdkit_relaxed(handle.pointer, Int32(clamping: steps), &converged, &energy, $0, $1)
    }
    return Relaxed(molecule: molecule, energy: energy, hasConverged: converged != 0)
  }

  /// How far two conformers of a molecule are apart: the root mean square distance of their
  /// atoms, in Å, in the pairing by a symmetry of the molecule that makes it least.
  ///
  /// RDKit's `CalcRMS`, or `GetBestRMS` if aligned. Hydrogens that are atoms count, and their
  /// symmetries are many: the field compares molecules without them, ``removingHydrogens()``.
  /// Charged and double-bonded ends of one conjugated group are taken for the same.
  /// - Parameters:
  ///   - reference: The other conformer.
  ///   - aligned: Whether the distance is that after the rigid motion that makes it least.
  /// - Returns: The distance.
  /// - Throws: `MoleculeError.comparison` for another molecule, and `noCoordinates`.
  public func distance(to reference: Molecule, aligned: Bool) throws(MoleculeError) -> Double {
    guard hasCoordinates, reference.hasCoordinates else {
      throw .noCoordinates(needed: "a distance of conformers")
    }
    guard atoms.count == reference.atoms.count else {
      throw .comparison(reason: "\(atoms.count) atoms and \(reference.atoms.count)")
    }
    var distance = Double.nan
    var message: UnsafeMutablePointer<CChar>?
    let status = crdkit_rms(
      handle.pointer, reference.handle.pointer, aligned ? 1 : 0, Self.mostSymmetries, &distance,
      &message)
    guard status == CInt(CRDKIT_OK.rawValue) else {
      let reason = message.map { String(cString: $0) } ?? "no reason was given"
      crdkit_free(message)
      throw .comparison(reason: RDKit.shortened(reason))
    }
    return distance
  }

  /// RDKit tries no more pairings than these.
  private static var mostSymmetries: Int32 { 100_000 }
}
