internal import Foundation
internal import Modalities
internal import Torch

/// A conformer that RDKit made, with the torsions that bring it nearest to the true one.
struct ConformerMatch: Sendable {
  /// The molecule, without hydrogens.
  let molecule: Molecule
  /// How far it is from the true one, in Å, atom by atom after the best motion.
  let distance: Double

  /// Matches a molecule in its true conformer; nothing if RDKit finds no conformer of it.
  ///
  /// - Parameters:
  ///   - molecule: The molecule, without hydrogens.
  ///   - seed: Of RDKit's random numbers.
  /// - Throws: `MoleculeError`.
  init?(of molecule: Molecule, seed: UInt32) throws {
    let made: Molecule
    do {
      made = try molecule.addingHydrogens().embedded(seed: seed, attempts: 5).removingHydrogens()
    } catch MoleculeError.conformer {
      return nil
    }
    guard made.atoms.count == molecule.atoms.count, let places = try made.places,
      let target = try molecule.places
    else { return nil }
    let matched = molecule.torsions.matched(places, to: target)
    self.molecule = try molecule.placed(at: matched.places)
    distance = matched.distance
  }

  /// Matches many molecules by several threads; the result does not depend on how many.
  ///
  /// - Parameters:
  ///   - molecules: Molecules in their true conformers, with their names, which give the seeds.
  ///   - progress: Told how many are done, now and then.
  /// - Returns: A match for each, or nothing.
  /// - Throws: `MoleculeError`.
  static func all(
    of molecules: [(name: String, molecule: Molecule)], progress: (Int) -> Void
  ) throws -> [ConformerMatch?] {
    let chunk = 64
    var matches: [ConformerMatch?] = []
    while matches.count < molecules.count {
      let part = Array(molecules[matches.count..<min(matches.count + chunk, molecules.count)])
      let threads = max(1, min(Machine.standardThreads, part.count))
      let workers = (0..<threads).map { thread in
        Background {
          try stride(from: thread, to: part.count, by: threads).map { index in
            try ConformerMatch(of: part[index].molecule, seed: seed(of: part[index].name))
          }
        }
      }
      let found = try workers.map { try $0.value() }
      matches += part.indices.map { found[$0 % threads][$0 / threads] }
      progress(matches.count)
    }
    return matches
  }

  private static func seed(of name: String) -> UInt32 {
    UInt32(StableHash.fraction("inkwell conformers seed \(name)") * Double(Int32.max))
  }
}
