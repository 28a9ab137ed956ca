#include "Bridge.hpp"

#include <GraphMol/Descriptors/MolDescriptors.h>
#include <GraphMol/FileParsers/FileParsers.h>
#include <GraphMol/SmilesParse/SmilesWrite.h>

using namespace crdkit;

int crdkit_smiles(
  const CRDKitMolecule *molecule, int stereochemistry, char **text, char **message) {
  return guarded(
    message, [&] { *text = copied(RDKit::MolToSmiles(*copy(molecule), stereochemistry != 0)); });
}

int crdkit_formula(const CRDKitMolecule *molecule, char **text, char **message) {
  return guarded(
    message, [&] { *text = copied(RDKit::Descriptors::calcMolFormula(*copy(molecule))); });
}

int crdkit_mol_block(const CRDKitMolecule *molecule, char **text, char **message) {
  return guarded(message, [&] { *text = copied(RDKit::MolToMolBlock(*copy(molecule))); });
}

int crdkit_pdb_block(const CRDKitMolecule *molecule, char **text, char **message) {
  return guarded(message, [&] { *text = copied(RDKit::MolToPDBBlock(*copy(molecule))); });
}
