#include "Bridge.hpp"

#include <ForceField/ForceField.h>
#include <GraphMol/DistGeomHelpers/Embedder.h>
#include <GraphMol/ForceFieldHelpers/MMFF/AtomTyper.h>
#include <GraphMol/ForceFieldHelpers/MMFF/Builder.h>
#include <GraphMol/MolAlign/AlignMolecules.h>

using namespace crdkit;

int crdkit_embedded(
  const CRDKitMolecule *molecule, int32_t seed, int32_t attempts, CRDKitMolecule **result,
  char **message) {
  return guarded(message, [&] {
    auto graph = copy(molecule);
    RDKit::DGeomHelpers::EmbedParameters parameters = RDKit::DGeomHelpers::ETKDGv3;
    parameters.randomSeed = seed;
    parameters.maxIterations = static_cast<unsigned>(attempts);
    parameters.numThreads = 1;
    int found = RDKit::DGeomHelpers::EmbedMolecule(*graph, parameters);
    if (found < 0) {
      // Large and caged molecules begin better from random places.
      parameters.useRandomCoords = true;
      found = RDKit::DGeomHelpers::EmbedMolecule(*graph, parameters);
    }
    if (found < 0)
      throw std::runtime_error("no conformer was found in " + std::to_string(attempts) + " attempts");
    give(std::move(graph), result);
  });
}

int crdkit_relaxed(
  const CRDKitMolecule *molecule, int32_t steps, int *converged, double *energy,
  CRDKitMolecule **result, char **message) {
  return guarded(message, [&] {
    auto graph = copy(molecule);
    RDKit::MMFF::MMFFMolProperties properties(*graph, "MMFF94");
    if (!properties.isValid())
      throw std::invalid_argument("MMFF94 has no parameters for some of its atoms");
    const std::unique_ptr<ForceFields::ForceField> field(
      RDKit::MMFF::constructForceField(*graph, &properties));
    field->initialize();
    *converged = field->minimize(static_cast<unsigned>(steps)) == 0;
    *energy = field->calcEnergy();
    give(std::move(graph), result);
  });
}

int crdkit_rms(
  const CRDKitMolecule *probe, const CRDKitMolecule *reference, int aligned, int32_t matches,
  double *distance, char **message) {
  return guarded(message, [&] {
    const auto measure = aligned ? &RDKit::MolAlign::getBestRMS
                                 : static_cast<decltype(&RDKit::MolAlign::getBestRMS)>(
                                   &RDKit::MolAlign::CalcRMS);
    *distance = measure(*copy(probe), *copy(reference), -1, -1, {}, matches, true, nullptr);
  });
}
