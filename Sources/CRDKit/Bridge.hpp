// What every function behind the C header does: call RDKit, and turn its exceptions into statuses.
#pragma once

#include "CRDKit.h"

#include <GraphMol/RDKitBase.h>
#include <GraphMol/SanitException.h>
#include <RDGeneral/Invariant.h>

#include <memory>
#include <new>
#include <stdexcept>
#include <string>

struct CRDKitMolecule {
  std::unique_ptr<RDKit::RWMol> graph;
};

namespace crdkit {

// More than the caller allows.
struct TooLarge : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Silences RDKit's logs, once; what its parsers log as errors is kept for the calling thread.
void start();

// What this thread's calls logged as errors since the last call of this, in one line.
std::string take_logged_errors();

char *copied(const std::string &text);

// Runs `body`; any exception becomes a status and a message.
template <typename Body>
int guarded(char **message, Body &&body) noexcept {
  *message = nullptr;
  int status = CRDKIT_FAILED;
  std::string text;
  try {
    try {
      start();
      body();
      return CRDKIT_OK;
    } catch (const TooLarge &error) {
      status = CRDKIT_TOO_LARGE;
      text = error.what();
    } catch (const RDKit::MolSanitizeException &error) {
      status = CRDKIT_UNCHEMICAL;
      text = error.what();
    } catch (const Invar::Invariant &error) {
      text = std::string(error.what()) + " (expected " + error.getExpression() + ")";
    } catch (const std::bad_alloc &) {
      text = "out of memory";
    } catch (const std::exception &error) {
      text = error.what();
    } catch (...) {
      text = "RDKit gave no reason";
    }
    *message = copied(text);
  } catch (...) {
    // No memory for the message either.
  }
  return status;
}

// Hands a new molecule to the caller.
inline void give(std::unique_ptr<RDKit::RWMol> graph, CRDKitMolecule **result) {
  *result = new CRDKitMolecule{std::move(graph)};
}

// RDKit keeps notes in the molecules that it writes or compares, so those calls get a copy.
inline std::unique_ptr<RDKit::RWMol> copy(const CRDKitMolecule *molecule) {
  return std::make_unique<RDKit::RWMol>(*molecule->graph);
}

// Refuses more atoms or rings than allowed.
void check_size(const RDKit::ROMol &graph, const CRDKitLimits &limits);

}  // namespace crdkit
