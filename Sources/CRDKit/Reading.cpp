#include "Bridge.hpp"

#include <GraphMol/FileParsers/FileParsers.h>
#include <GraphMol/SmilesParse/SmilesParse.h>

#include <cmath>
#include <cstdlib>
#include <mutex>
#include <sstream>

using namespace crdkit;

namespace {

using Graph = std::unique_ptr<RDKit::RWMol>;

Graph parsed_smiles(const std::string &text, bool sanitize, bool keep_hydrogens) {
  RDKit::SmilesParserParams parameters;
  parameters.sanitize = sanitize;
  parameters.removeHs = sanitize && !keep_hydrogens;
  parameters.allowCXSMILES = false;
  parameters.parseName = false;
  return Graph(RDKit::SmilesToMol(text, parameters));
}

Graph parsed(int format, const std::string &text, bool sanitize, bool keep_hydrogens) {
  const bool remove = sanitize && !keep_hydrogens;
  // The parsers share a log.
  static std::mutex one_at_a_time;
  const std::lock_guard<std::mutex> guard(one_at_a_time);
  take_logged_errors();
  Graph graph;
  switch (format) {
  case CRDKIT_SMILES: graph = parsed_smiles(text, sanitize, keep_hydrogens); break;
  case CRDKIT_MOL: graph.reset(RDKit::MolBlockToMol(text, sanitize, remove)); break;
  case CRDKIT_MOL2: graph.reset(RDKit::Mol2BlockToMol(text, sanitize, remove)); break;
  case CRDKIT_PDB: graph.reset(RDKit::PDBBlockToMol(text, sanitize, remove)); break;
  default: throw std::invalid_argument("the format is none of ours");
  }
  if (graph) return graph;
  const std::string reason = take_logged_errors();
  throw std::invalid_argument(reason.empty() ? "there is no molecule in it" : reason);
}

void check_count(const std::string &line, size_t start, const CRDKitLimits &limits) {
  const double count = std::strtod(line.c_str() + start, nullptr);
  // A negative one becomes a large one inside.
  if (count < 0) throw std::invalid_argument("a negative number of atoms");
  if (count > static_cast<double>(limits.atoms))
    throw TooLarge("more atoms than the limit, " + std::to_string(limits.atoms));
}

// The parsers set places aside for as many atoms as these files state.
void check_stated_counts(int format, const std::string &text, const CRDKitLimits &limits) {
  const std::string v3000 = "M  V30 COUNTS";
  std::istringstream lines(text);
  std::string line;
  int until_counts = 0;
  while (std::getline(lines, line)) {
    if (format == CRDKIT_MOL && line.compare(0, v3000.size(), v3000) == 0) {
      // A dash at its end says that the line goes on after the next one's first columns.
      while (line.back() == '-') {
        std::string rest;
        line.back() = ' ';
        if (std::getline(lines, rest) && rest.size() > 7) line += rest.substr(7);
      }
      check_count(line, v3000.size(), limits);
    }
    if (format != CRDKIT_MOL2) continue;
    // Lines of comments and empty lines do not count.
    if (until_counts > 0 && !line.empty() && line[0] != '#' && --until_counts == 0)
      check_count(line, 0, limits);
    // After the record's name come the molecule's name and the counts.
    if (line.compare(0, 17, "@<TRIPOS>MOLECULE") == 0) until_counts = 2;
  }
}

void check_places(const RDKit::ROMol &graph) {
  if (!graph.getNumConformers()) return;
  const auto &places = graph.getConformer().getPositions();
  for (size_t i = 0; i < places.size(); i++)
    for (const double number : {places[i].x, places[i].y, places[i].z})
      if (!(std::abs(number) < 1e6))
        throw std::invalid_argument(
          "atom " + std::to_string(i + 1) + " has no place within 1e6 Å: "
          + std::to_string(number));
}

}  // namespace

int crdkit_read(
  int format, const char *text, size_t length, int keep_hydrogens, const CRDKitLimits *limits,
  CRDKitMolecule **result, char **message) {
  return guarded(message, [&] {
    const std::string copy(text, length);
    const size_t zero = copy.find('\0');
    if (zero != std::string::npos)
      throw std::invalid_argument("the byte at " + std::to_string(zero) + " is 0, which is no text");
    // RDKit would pass over them.
    for (size_t i = 0; format == CRDKIT_SMILES && i < copy.size(); i++)
      if (copy[i] & 0x80)
        throw std::invalid_argument("the byte at " + std::to_string(i) + " is no ASCII");
    check_stated_counts(format, copy, *limits);
    check_size(*parsed(format, copy, false, true), *limits);
    Graph graph = parsed(format, copy, true, keep_hydrogens);
    if (!graph->getNumAtoms()) throw std::invalid_argument("there are no atoms in it");
    check_places(*graph);
    give(std::move(graph), result);
  });
}
