/// A box along the axes, such as the one that a ligand is looked for in.
public struct PocketBox: Sendable, Hashable, Codable {
  /// The middle, in Å.
  public let center: SIMD3<Double>

  /// The lengths of the sides, in Å.
  public let size: SIMD3<Double>

  /// A box by its middle and its sides, all above 0.
  public init(center: SIMD3<Double>, size: SIMD3<Double>) {
    precondition(size.min() > 0, "a box of sides \(size)")
    self.center = center
    self.size = size
  }

  /// The least box around places, and a margin.
  ///
  /// - Parameters:
  ///   - places: The places, at least one.
  ///   - margin: How far the box reaches beyond them on each side, in Å, above 0.
  public init(around places: Places, margin: Double) {
    precondition(!places.isEmpty && margin > 0, "\(places.count) places, a margin of \(margin)")
    let low = places.reduce(places[0]) { pointwiseMin($0, $1) }
    let high = places.reduce(places[0]) { pointwiseMax($0, $1) }
    self.init(center: (low + high) / 2, size: high - low + 2 * margin)
  }

  /// Whether a place is in the box, its faces included.
  public func contains(_ place: SIMD3<Double>) -> Bool {
    let difference = place - center
    return all(pointwiseMax(difference, -difference) .<= size / 2)
  }
}

extension Protein {
  /// The residues of the chains that are near to places, such as a ligand's.
  ///
  /// - Parameters:
  ///   - places: The places.
  ///   - distance: How near one of a residue's heavy atoms is, in Å.
  /// - Returns: The residues, in the file's order.
  public func pocket(around places: Places, within distance: Double) -> [Residue] {
    guard !places.isEmpty else { return [] }
    // Most residues are out of a box that is quickly measured.
    let box = PocketBox(around: places, margin: distance)
    return residues.filter { residue in
      residue.atoms.contains { atom in
        !atom.isHydrogen && box.contains(atom.place)
          && places.contains {
            let difference = $0 - atom.place
            return dot(difference, difference) <= distance * distance
          }
      }
    }
  }
}
