// A C header over the part of RDKit that molecules need.
//
// Every function that can fail returns CRDKIT_OK or the reason it failed. On failure `*message` is
// RDKit's own text (or ours), which the caller releases with `crdkit_free`; on success it is NULL.
// A molecule is never changed: what changes one gives another. Coordinates are in Å, atom after atom,
// three numbers each. All functions may be called from any thread.
#ifndef CRDKIT_H
#define CRDKIT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum CRDKitStatus {
  CRDKIT_OK = 0,
  // RDKit refused: the message is its own.
  CRDKIT_FAILED = 1,
  // The text states or holds more than the caller allows; found before anything costly was done.
  CRDKIT_TOO_LARGE = 2,
  // The text was read, but no molecule has such valences or such an aromatic system.
  CRDKIT_UNCHEMICAL = 3,
};

enum CRDKitFormat {
  CRDKIT_SMILES = 0,
  CRDKIT_MOL = 1,
  CRDKIT_MOL2 = 2,
  CRDKIT_PDB = 3,
};

typedef struct CRDKitMolecule CRDKitMolecule;

typedef struct CRDKitLimits {
  int64_t atoms;
  // Independent rings: bonds beyond those that keep the atoms together.
  int64_t rings;
} CRDKitLimits;

typedef struct CRDKitAtom {
  int32_t number;
  int32_t charge;
  int32_t isotope;
  // RDKit's Atom::HybridizationType.
  int32_t hybridization;
  // RDKit's Atom::ChiralType.
  int32_t chirality;
  // 'R', 'S', or 0 for an atom without a label of Cahn, Ingold and Prelog.
  int32_t label;
  // All hydrogens bound to it, atoms of their own or not.
  int32_t hydrogens;
  // Those that are no atoms of their own, and those of them that follow from its valence.
  int32_t bare_hydrogens;
  int32_t implied_hydrogens;
  // Neighbours that are atoms of their own.
  int32_t degree;
  int32_t radical_electrons;
  int32_t rings;
  // Bit n is set for an atom in a ring of n atoms, 3 to 8.
  int32_t ring_sizes;
  int32_t is_aromatic;
} CRDKitAtom;

typedef struct CRDKitBond {
  int32_t begin;
  int32_t end;
  double order;
  // RDKit's Bond::BondStereo.
  int32_t stereo;
  int32_t is_aromatic;
  int32_t is_conjugated;
  int32_t is_in_ring;
} CRDKitBond;

// What is computed of a molecule with all its hydrogens.
typedef struct CRDKitProperties {
  // Wildman and Crippen's logarithm of the partition between octanol and water.
  double logp;
  // Ertl's topological polar surface, without sulfur and phosphorus, in square Å.
  double polar_area;
  // The mean weight of the natural isotopes, in Da.
  double weight;
  // The share of carbons with four neighbours.
  double sp3_share;
} CRDKitProperties;

// Reads and sanitizes a molecule. Hydrogens that are atoms of the text stay so if they are kept.
int crdkit_read(
  int format, const char *text, size_t length, int keep_hydrogens, const CRDKitLimits *limits,
  CRDKitMolecule **result, char **message);

// Releases a molecule. NULL is allowed.
void crdkit_release(CRDKitMolecule *molecule);

int32_t crdkit_atom_count(const CRDKitMolecule *molecule);
int32_t crdkit_bond_count(const CRDKitMolecule *molecule);

// Whether the atoms have places in space; those of a drawing are none.
int crdkit_has_coordinates(const CRDKitMolecule *molecule);

// Fill as many elements as there are atoms, bonds, and three times the atoms.
int crdkit_atoms(const CRDKitMolecule *molecule, CRDKitAtom *atoms, char **message);
int crdkit_bonds(const CRDKitMolecule *molecule, CRDKitBond *bonds, char **message);
int crdkit_coordinates(const CRDKitMolecule *molecule, double *coordinates, char **message);

// RDKit's default count of rotatable bonds, without amides and the like, and its plain one.
int crdkit_rotatable_bonds(
  const CRDKitMolecule *molecule, int strict, int32_t *count, char **message);

int crdkit_smiles(
  const CRDKitMolecule *molecule, int stereochemistry, char **text, char **message);
int crdkit_formula(const CRDKitMolecule *molecule, char **text, char **message);
int crdkit_mol_block(const CRDKitMolecule *molecule, char **text, char **message);
int crdkit_pdb_block(const CRDKitMolecule *molecule, char **text, char **message);

// The rings and what links them (Bemis and Murcko); no atoms for a molecule without rings.
int crdkit_scaffold(const CRDKitMolecule *molecule, CRDKitMolecule **result, char **message);

int crdkit_add_hydrogens(
  const CRDKitMolecule *molecule, const CRDKitLimits *limits, CRDKitMolecule **result,
  char **message);
int crdkit_remove_hydrogens(
  const CRDKitMolecule *molecule, CRDKitMolecule **result, char **message);

// `order` has the old index of each new atom.
int crdkit_renumbered(
  const CRDKitMolecule *molecule, const int32_t *order, CRDKitMolecule **result, char **message);

// NULL for a molecule without places.
int crdkit_with_coordinates(
  const CRDKitMolecule *molecule, const double *coordinates, CRDKitMolecule **result,
  char **message);

// ETKDG of version 3: distance geometry with what is known of torsions. `seed` is not negative.
int crdkit_embedded(
  const CRDKitMolecule *molecule, int32_t seed, int32_t attempts, CRDKitMolecule **result,
  char **message);

// Minimizes the energy of MMFF94; `energy` is in kcal/mol, `converged` whether it is a minimum.
int crdkit_relaxed(
  const CRDKitMolecule *molecule, int32_t steps, int *converged, double *energy,
  CRDKitMolecule **result, char **message);

// The least root mean square distance over the symmetries of the molecule, in Å, after the best
// rigid motion of the probe or in place.
int crdkit_rms(
  const CRDKitMolecule *probe, const CRDKitMolecule *reference, int aligned, int32_t matches,
  double *distance, char **message);

int crdkit_properties(
  const CRDKitMolecule *molecule, CRDKitProperties *properties, char **message);

// Morgan's fingerprint: 1 for each of `bits` that is set, and 0.
int crdkit_fingerprint(
  const CRDKitMolecule *molecule, int32_t radius, int32_t bits, uint8_t *values, char **message);

// The symbol of an element, such as "Cl"; "*" for 0.
int crdkit_symbol(int32_t number, char **text, char **message);

// The van der Waals radius of an element, in Å.
int crdkit_radius(const char *symbol, double *radius, char **message);

// RDKit's version, such as "2022.09.3". Not to be released.
const char *crdkit_version(void);

// Releases text that this header's functions returned. NULL is allowed.
void crdkit_free(void *pointer);

#ifdef __cplusplus
}
#endif

#endif
