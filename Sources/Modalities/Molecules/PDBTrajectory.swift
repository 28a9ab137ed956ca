internal import CRDKit
internal import Files
public import Foundation
public import Torch

/// A molecule on its way: models of a PDB file, which viewers play.
public struct PDBTrajectory: Sendable {
  /// The molecule.
  public let molecule: Molecule

  /// Its places, one after another, each `[atoms, 3]` in Å.
  public let frames: [Tensor]

  /// What is said of it in remarks: one line in ASCII, such as how it was made.
  public let note: String?

  /// - Parameters:
  ///   - molecule: The molecule.
  ///   - frames: Its places, each `[atoms, 3]` in Å, up to 9,999 of them.
  ///   - note: What is said of it in remarks, if anything.
  public init(_ molecule: Molecule, frames: [Tensor], note: String? = nil) {
    (self.molecule, self.frames, self.note) = (molecule, frames, note)
  }

  /// The text of the file; places to 1e-3 Å, bonds after the last model.
  /// - Throws: `MoleculeError` for other shapes, and for what the columns of the format cannot
  /// hold.
  public var text: String {
    get throws(MoleculeError) {
      guard (1...9999).contains(frames.count) else {
        throw .unwritable(expected: "1 to 9999 models", found: "\(frames.count)")
      }
      var (text, bonds) = (try remarks, "")
      for (index, frame) in frames.enumerated() {
        let placed = try molecule.placed(at: frame)
        let numbers = frame.values(as: Double.self)
        guard numbers.allSatisfy({ (-999.999...9999.999).contains($0) }) else {
          throw .unwritable(
            expected: "places from -999.999 to 9999.999 Å", found: "others in model \(index + 1)")
        }
        let block = try RDKit.text { crdkit_pdb_block(placed.handle.pointer, $0, $1) }
        let lines = block.split(separator: "\n")
        let number = String(index + 1)
        text += "MODEL     " + String(repeating: " ", count: 4 - number.count) + number + "\n"
        for line in lines where line.hasPrefix("HETATM") || line.hasPrefix("ATOM") {
          text += line + "\n"
        }
        text += "ENDMDL\n"
        if index == 0 { bonds = lines.filter { $0.hasPrefix("CONECT") }.map { $0 + "\n" }.joined() }
      }
      return text + bonds + "END\n"
    }
  }

  /// Writes the file whole, or not at all.
  /// - Parameter url: Where. What was there is replaced.
  /// - Throws: `MoleculeError`, or a `FileError`.
  public func save(to url: URL) throws { try AtomicFile.write(Data(try text.utf8), to: url) }
}
