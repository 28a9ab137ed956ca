#include "Bridge.hpp"

#include <GraphMol/ChemTransforms/ChemTransforms.h>

using namespace crdkit;

int crdkit_scaffold(const CRDKitMolecule *molecule, CRDKitMolecule **result, char **message) {
  return guarded(message, [&] {
    const std::unique_ptr<RDKit::ROMol> scaffold(RDKit::MurckoDecompose(*copy(molecule)));
    auto graph = std::make_unique<RDKit::RWMol>(*scaffold);
    RDKit::MolOps::sanitizeMol(*graph);
    RDKit::MolOps::assignStereochemistry(*graph, true, true);
    give(std::move(graph), result);
  });
}

int crdkit_add_hydrogens(
  const CRDKitMolecule *molecule, const CRDKitLimits *limits, CRDKitMolecule **result,
  char **message) {
  return guarded(message, [&] {
    auto graph = copy(molecule);
    RDKit::MolOps::addHs(*graph, false, crdkit_has_coordinates(molecule) != 0);
    check_size(*graph, *limits);
    give(std::move(graph), result);
  });
}

int crdkit_remove_hydrogens(
  const CRDKitMolecule *molecule, CRDKitMolecule **result, char **message) {
  return guarded(message, [&] {
    auto graph = copy(molecule);
    RDKit::MolOps::removeHs(*graph);
    give(std::move(graph), result);
  });
}

int crdkit_renumbered(
  const CRDKitMolecule *molecule, const int32_t *order, CRDKitMolecule **result, char **message) {
  return guarded(message, [&] {
    const std::vector<unsigned> places(order, order + crdkit_atom_count(molecule));
    const std::unique_ptr<RDKit::ROMol> renumbered(
      RDKit::MolOps::renumberAtoms(*molecule->graph, places));
    give(std::make_unique<RDKit::RWMol>(*renumbered), result);
  });
}

int crdkit_with_coordinates(
  const CRDKitMolecule *molecule, const double *coordinates, CRDKitMolecule **result,
  char **message) {
  return guarded(message, [&] {
    auto graph = copy(molecule);
    graph->clearConformers();
    if (coordinates) {
      auto conformer = std::make_unique<RDKit::Conformer>(graph->getNumAtoms());
      for (auto &place : conformer->getPositions()) {
        place = RDGeom::Point3D(coordinates[0], coordinates[1], coordinates[2]);
        coordinates += 3;
      }
      conformer->set3D(true);
      graph->addConformer(conformer.release(), true);
    }
    give(std::move(graph), result);
  });
}
