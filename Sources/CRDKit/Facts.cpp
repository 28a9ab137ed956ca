#include "Bridge.hpp"

#include <GraphMol/Descriptors/Lipinski.h>
#include <GraphMol/PeriodicTable.h>
#include <GraphMol/RingInfo.h>

using namespace crdkit;

int32_t crdkit_atom_count(const CRDKitMolecule *molecule) {
  return static_cast<int32_t>(molecule->graph->getNumAtoms());
}

int32_t crdkit_bond_count(const CRDKitMolecule *molecule) {
  return static_cast<int32_t>(molecule->graph->getNumBonds());
}

int crdkit_has_coordinates(const CRDKitMolecule *molecule) {
  const auto &graph = *molecule->graph;
  return graph.getNumConformers() > 0 && graph.getConformer().is3D();
}

static int32_t label(const RDKit::Atom &atom) {
  std::string code;
  if (!atom.getPropIfPresent(RDKit::common_properties::_CIPCode, code) || code.size() != 1)
    return 0;
  return code[0];
}

static CRDKitAtom facts(const RDKit::Atom &atom, const RDKit::RingInfo &rings) {
  const auto index = atom.getIdx();
  CRDKitAtom facts = {};
  facts.number = atom.getAtomicNum();
  facts.charge = atom.getFormalCharge();
  facts.isotope = static_cast<int32_t>(atom.getIsotope());
  facts.hybridization = atom.getHybridization();
  facts.chirality = atom.getChiralTag();
  facts.label = label(atom);
  facts.hydrogens = static_cast<int32_t>(atom.getTotalNumHs(true));
  facts.bare_hydrogens = static_cast<int32_t>(atom.getTotalNumHs(false));
  facts.implied_hydrogens = atom.getImplicitValence();
  facts.degree = static_cast<int32_t>(atom.getDegree());
  facts.radical_electrons = static_cast<int32_t>(atom.getNumRadicalElectrons());
  facts.rings = static_cast<int32_t>(rings.numAtomRings(index));
  for (unsigned size = 3; size <= 8; size++)
    if (rings.isAtomInRingOfSize(index, size)) facts.ring_sizes |= 1 << size;
  facts.is_aromatic = atom.getIsAromatic();
  return facts;
}

int crdkit_atoms(const CRDKitMolecule *molecule, CRDKitAtom *atoms, char **message) {
  return guarded(message, [&] {
    const auto &rings = *molecule->graph->getRingInfo();
    for (const auto atom : molecule->graph->atoms()) atoms[atom->getIdx()] = facts(*atom, rings);
  });
}

int crdkit_bonds(const CRDKitMolecule *molecule, CRDKitBond *bonds, char **message) {
  return guarded(message, [&] {
    const auto &rings = *molecule->graph->getRingInfo();
    for (const auto bond : molecule->graph->bonds()) {
      CRDKitBond &facts = bonds[bond->getIdx()];
      facts.begin = static_cast<int32_t>(bond->getBeginAtomIdx());
      facts.end = static_cast<int32_t>(bond->getEndAtomIdx());
      facts.order = bond->getBondTypeAsDouble();
      facts.stereo = bond->getStereo();
      facts.is_aromatic = bond->getIsAromatic();
      facts.is_conjugated = bond->getIsConjugated();
      facts.is_in_ring = rings.numBondRings(bond->getIdx()) > 0;
    }
  });
}

int crdkit_coordinates(const CRDKitMolecule *molecule, double *coordinates, char **message) {
  return guarded(message, [&] {
    for (const auto &place : molecule->graph->getConformer().getPositions()) {
      *coordinates++ = place.x;
      *coordinates++ = place.y;
      *coordinates++ = place.z;
    }
  });
}

int crdkit_rotatable_bonds(
  const CRDKitMolecule *molecule, int strict, int32_t *count, char **message) {
  return guarded(message, [&] {
    using namespace RDKit::Descriptors;
    *count = static_cast<int32_t>(
      calcNumRotatableBonds(*copy(molecule), strict ? Default : NonStrict));
  });
}

int crdkit_symbol(int32_t number, char **text, char **message) {
  return guarded(message, [&] {
    *text = copied(RDKit::PeriodicTable::getTable()->getElementSymbol(static_cast<unsigned>(number)));
  });
}

int crdkit_radius(const char *symbol, double *radius, char **message) {
  return guarded(message, [&] {
    const auto *table = RDKit::PeriodicTable::getTable();
    *radius = table->getRvdw(static_cast<unsigned>(table->getAtomicNumber(std::string(symbol))));
  });
}
