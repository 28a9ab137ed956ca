#include "Bridge.hpp"

#include <DataStructs/ExplicitBitVect.h>
#include <GraphMol/Fingerprints/MorganFingerprints.h>

using namespace crdkit;

int crdkit_fingerprint(
  const CRDKitMolecule *molecule, int32_t radius, int32_t bits, uint8_t *values, char **message) {
  return guarded(message, [&] {
    const auto graph = copy(molecule);
    const std::unique_ptr<ExplicitBitVect> print(RDKit::MorganFingerprints::getFingerprintAsBitVect(
      *graph, static_cast<unsigned>(radius), static_cast<unsigned>(bits)));
    for (unsigned i = 0; i < static_cast<unsigned>(bits); i++) values[i] = print->getBit(i);
  });
}
