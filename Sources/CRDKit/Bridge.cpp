#include "Bridge.hpp"

#include <RDGeneral/RDLog.h>
#include <RDGeneral/versions.h>

#include <cstdlib>
#include <cstring>
#include <mutex>
#include <ostream>
#include <streambuf>

namespace {

thread_local std::string logged;

// RDKit's parsers give the reason of a failure to the log only. Each thread has a text of its own.
class ErrorText : public std::streambuf {
  static constexpr size_t longest = 4096;

 protected:
  std::streamsize xsputn(const char *text, std::streamsize length) override {
    if (logged.size() < longest) logged.append(text, static_cast<size_t>(length));
    return length;
  }
  int_type overflow(int_type character) override {
    if (logged.size() < longest) logged.push_back(static_cast<char>(character));
    return character;
  }
};

void silence() {
  RDLog::InitLogs();
  for (auto &log : {rdAppLog, rdDebugLog, rdInfoLog, rdWarningLog, rdStatusLog})
    if (log) log->df_enabled = false;
  // They live as long as the program, which may log while it ends.
  static auto *stream = new std::ostream(new ErrorText);
  rdErrorLog->dp_dest = stream;
  rdErrorLog->df_owner = false;
  rdErrorLog->df_enabled = true;
}

// Whether a line begins with the time that RDKit's log puts there, as [12:34:56].
bool has_time(const std::string &line) {
  return line.size() >= 10 && line[0] == '[' && line[3] == ':' && line[6] == ':' && line[9] == ']';
}

}  // namespace

void crdkit::start() {
  static std::once_flag once;
  std::call_once(once, silence);
}

std::string crdkit::take_logged_errors() {
  std::string text, line;
  for (const char character : logged + "\n") {
    if (character != '\n') {
      line.push_back(character);
      continue;
    }
    if (has_time(line)) line.erase(0, 10);
    while (!line.empty() && line.front() == ' ') line.erase(0, 1);
    if (!line.empty()) text += (text.empty() ? "" : "; ") + line;
    line.clear();
  }
  logged.clear();
  return text;
}

char *crdkit::copied(const std::string &text) {
  char *copy = static_cast<char *>(std::malloc(text.size() + 1));
  if (!copy) throw std::bad_alloc();
  std::memcpy(copy, text.c_str(), text.size() + 1);
  return copy;
}

void crdkit::check_size(const RDKit::ROMol &graph, const CRDKitLimits &limits) {
  const int64_t atoms = graph.getNumAtoms();
  if (atoms > limits.atoms)
    throw TooLarge(
      std::to_string(atoms) + " atoms, the limit is " + std::to_string(limits.atoms));
  std::vector<int> parts;
  const int64_t rings =
    static_cast<int64_t>(graph.getNumBonds()) - atoms + RDKit::MolOps::getMolFrags(graph, parts);
  if (rings > limits.rings)
    throw TooLarge(
      std::to_string(rings) + " rings, the limit is " + std::to_string(limits.rings));
}

void crdkit_release(CRDKitMolecule *molecule) { delete molecule; }

const char *crdkit_version(void) { return RDKit::rdkitVersion; }

void crdkit_free(void *pointer) { std::free(pointer); }
