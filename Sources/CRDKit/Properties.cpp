#include "Bridge.hpp"

#include <GraphMol/Descriptors/Crippen.h>
#include <GraphMol/Descriptors/Lipinski.h>
#include <GraphMol/Descriptors/MolDescriptors.h>
#include <GraphMol/Descriptors/MolSurf.h>

using namespace crdkit;

int crdkit_properties(
  const CRDKitMolecule *molecule, CRDKitProperties *properties, char **message) {
  return guarded(message, [&] {
    using namespace RDKit::Descriptors;
    const auto graph = copy(molecule);
    properties->logp = calcClogP(*graph);
    properties->polar_area = calcTPSA(*graph);
    properties->weight = calcAMW(*graph);
    properties->sp3_share = calcFractionCSP3(*graph);
  });
}
