internal import CRDKit

/// What is computed of a molecule as a whole, by RDKit.
public struct MoleculeProperties: Sendable, Hashable, Codable {
  /// The logarithm of the partition between octanol and water.
  ///
  /// As Wildman and Crippen 1999 estimate it, https://doi.org/10.1021/ci990307l.
  public var logp: Double
  /// The topological polar surface area in square Å.
  ///
  /// Ertl, Rohde and Selzer 2000, https://doi.org/10.1021/jm000942e.
  public var tpsa: Double
  /// The weight of the natural mixture of isotopes, in Da.
  public var weight: Double
  /// The share of carbons that are bound to four atoms, in [0, 1].
  public var sp3: Double

  /// Names numbers that are known.
  public init(logp: Double, tpsa: Double, weight: Double, sp3: Double) {
    (self.logp, self.tpsa, self.weight, self.sp3) = (logp, tpsa, weight, sp3)
  }
}

extension Molecule {
  /// The molecule's properties, with all hydrogens.
  public var properties: MoleculeProperties {
    get throws(MoleculeError) {
      var values = CRDKitProperties()
      try RDKit.filled("the properties of a molecule") {
        crdkit_properties(handle.pointer, &values, $0)
      }
      return MoleculeProperties(
        logp: values.logp, tpsa: values.polar_area, weight: values.weight, sp3: values.sp3_share)
    }
  }
}
