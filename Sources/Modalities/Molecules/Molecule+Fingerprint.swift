internal import CRDKit

extension Molecule {
  /// Which circular neighbourhoods the molecule has, hashed to so many bits.
  ///
  /// Rogers and Hahn 2010, https://doi.org/10.1021/ci100050t, as RDKit's Morgan fingerprint.
  ///
  /// - Parameters:
  ///   - radius: How many bonds a neighbourhood reaches, 0 … 10.
  ///   - bits: How many bits there are, 1 … 65,536.
  /// - Returns: 1 for each bit that is set, and 0.
  /// - Throws: `MoleculeError`.
  public func fingerprint(radius: Int = 2, bits: Int = 1024) throws(MoleculeError) -> [UInt8] {
    precondition((0...10).contains(radius) && (1...65_536).contains(bits), "a fingerprint's size")
    var values = [UInt8](repeating: 0, count: bits)
    try RDKit.filled("the fingerprint of a molecule") {
      crdkit_fingerprint(handle.pointer, Int32(radius), Int32(bits), &values, $0)
    }
    return values
  }
}
