internal import Foundation
internal import Modalities

/// The wwPDB's Chemical Component Dictionary: every small molecule of the Protein Data Bank, with
/// the places of its atoms where it was first seen.
///
/// Westbrook et al. 2015, https://doi.org/10.1093/bioinformatics/btu789.
struct ChemicalComponents {
  /// A molecule of the dictionary, without its hydrogens.
  struct Component {
    /// Its code, such as `STI`.
    let id: String
    /// When it was put into the dictionary, `YYYY-MM-DD`.
    let date: String
    /// The entry of the Protein Data Bank whose places are told.
    let entry: String
    /// The atoms but hydrogens.
    var atoms: [Atom] = []
    /// Numbers of atoms, with the order of the bond.
    var bonds: [(begin: Int, end: Int, order: Int)] = []
    /// How many hydrogens it has.
    var hydrogens = 0
    /// Whether a bond is of another kind than single, double and triple.
    var hasOddBond = false
  }

  /// An atom of a component.
  struct Atom {
    let name: String
    /// The element's symbol as SD files have it, such as `Cl`.
    let element: String
    let charge: Int
    /// In Å; not a number where it is not known.
    let place: SIMD3<Double>
  }

  let components: [Component]

  /// Reads a dictionary.
  init(_ file: BinaryCIF) throws {
    let (head, atom, bond) = ("_chem_comp", "_chem_comp_atom", "_chem_comp_bond")
    let ids = try file.texts(head, "id")
    let dates = try file.texts(head, "pdbx_initial_date")
    let entries = try file.texts(head, "pdbx_model_coordinates_db_code")
    let states = try file.texts(head, "pdbx_release_status")
    var components: [Component] = []
    var number: [String: Int] = [:]
    for row in ids.indices where states[row] == "REL" && number[ids[row]] == nil {
      number[ids[row]] = components.count
      components.append(Component(id: ids[row], date: dates[row], entry: entries[row]))
    }
    try Self.addAtoms(of: file, atom, to: &components, number)
    try Self.addBonds(of: file, bond, to: &components, number)
    self.components = components
  }

  private static func addAtoms(
    of file: BinaryCIF, _ table: String, to components: inout [Component], _ number: [String: Int]
  ) throws {
    let owners = try file.texts(table, "comp_id")
    let names = try file.texts(table, "atom_id")
    let elements = try file.texts(table, "type_symbol")
    let charges = try file.integers(table, "charge")
    let axes = try ["x", "y", "z"].map { try file.numbers(table, "model_Cartn_\($0)") }
    for row in owners.indices {
      guard let component = number[owners[row]] else { continue }
      let element = elements[row].capitalized
      guard element != "H", element != "D" else {
        components[component].hydrogens += 1
        continue
      }
      components[component].atoms.append(
        Atom(
          name: names[row], element: element, charge: charges[row],
          place: SIMD3(axes[0][row], axes[1][row], axes[2][row])))
    }
  }

  private static func addBonds(
    of file: BinaryCIF, _ table: String, to components: inout [Component], _ number: [String: Int]
  ) throws {
    let owners = try file.texts(table, "comp_id")
    let first = try file.texts(table, "atom_id_1")
    let second = try file.texts(table, "atom_id_2")
    let orders = try file.texts(table, "value_order")
    let known = ["SING": 1, "DOUB": 2, "TRIP": 3]
    var (current, places): (Int?, [String: Int]) = (nil, [:])
    for row in owners.indices {
      guard let component = number[owners[row]] else { continue }
      if component != current {
        current = component
        places = Dictionary(
          components[component].atoms.enumerated().map { ($1.name, $0) },
          uniquingKeysWith: { a, _ in a })
      }
      // A bond to a hydrogen is none of these atoms'.
      guard let begin = places[first[row]], let end = places[second[row]] else { continue }
      guard let order = known[orders[row]] else {
        components[component].hasOddBond = true
        continue
      }
      components[component].bonds.append((begin, end, order))
    }
  }
}

extension ChemicalComponents.Component {
  /// Why a component is left out of the data set.
  enum Misfit: String, CodingKey, CaseIterable {
    case size = "not 8 to 50 atoms"
    case element = "other elements"
    case places = "places that are not known"
    case chemistry = "no molecule to RDKit"
    case hydrogens = "hydrogens that do not add up"
    case parts = "several parts"
    case length = "bonds of impossible length"
    case rigid = "no bond that turns"
    case repeated = "a molecule that was there before"
  }

  /// The elements that are taken: those that drugs are made of.
  static let elements: Set = [
    "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "Se", "Br", "I",
  ]

  /// The molecule in its true conformer, or why it is left out.
  func molecule() -> Result<Molecule, Misfit> {
    guard (8...50).contains(atoms.count) else { return .failure(.size) }
    guard atoms.allSatisfy({ Self.elements.contains($0.element) }) else {
      return .failure(.element)
    }
    guard atoms.allSatisfy({ $0.place.x.isFinite && $0.place.y.isFinite && $0.place.z.isFinite })
    else { return .failure(.places) }
    guard !hasOddBond, bonds.count < 1000 else { return .failure(.chemistry) }
    let molecule: Molecule
    do {
      molecule = try Molecule(molBlock: molBlock, source: id, keepingHydrogens: true)
    } catch {
      return .failure(.chemistry)
    }
    guard molecule.atoms.count == atoms.count,
      molecule.atoms.reduce(0, { $0 + $1.hydrogens }) == hydrogens
    else { return .failure(.hydrogens) }
    guard molecule.isConnected else { return .failure(.parts) }
    guard bonds.allSatisfy({ (0.9...2.6).contains(length($0.begin, $0.end)) }) else {
      return .failure(.length)
    }
    return molecule.torsions.bonds.isEmpty ? .failure(.rigid) : .success(molecule)
  }

  private func length(_ a: Int, _ b: Int) -> Double {
    let difference = atoms[a].place - atoms[b].place
    return (difference * difference).sum().squareRoot()
  }

  /// A MOL block of version 2000; RDKit finds what is right and left from the places.
  private var molBlock: String {
    func number(_ value: Int) -> String {
      String(repeating: " ", count: max(3 - "\(value)".count, 0)) + "\(value)"
    }
    let rest = "  0  0  0  0  0  0"
    var lines = [id, "  Inkwell           3D", ""]
    lines.append("\(number(atoms.count))\(number(bonds.count))\(rest)  0  0999 V2000")
    for atom in atoms {
      let place = [atom.place.x, atom.place.y, atom.place.z].map { coordinate in
        String(format: "%10.4f", coordinate)
      }
      let element = atom.element.padding(toLength: 3, withPad: " ", startingAt: 0)
      lines.append("\(place.joined()) \(element) 0  0\(rest)  0  0  0  0")
    }
    for bond in bonds {
      lines.append("\(number(bond.begin + 1))\(number(bond.end + 1))\(number(bond.order))  0")
    }
    for (index, atom) in atoms.enumerated() where atom.charge != 0 {
      lines.append("M  CHG  1 \(number(index + 1)) \(number(atom.charge))")
    }
    return (lines + ["M  END", ""]).joined(separator: "\n")
  }
}

extension ChemicalComponents.Component.Misfit: Error {}
