"""Proteins as Biotite 1.6.0 reads them, of the complexes in PoseBusters 0.6.5; no chance.

    python Tests/Golden/proteins.py [FOLDER]

FOLDER is the unpacked wheel, .deps/evaluation/posebusters-0.6.5 if not given, where Scripts/test-weights puts it.

Writes ModalitiesTests/Molecules/: proteins.json, the names, chains and numbers of all residues of the chains and of the
other groups; proteins.safetensors, the places of the alpha carbons; part.pdb and part.cif, a piece of one of them in
both formats, with two models, a letter after a number and a ligand.
"""

import json
import pathlib
import sys

import biotite
import biotite.structure as struc
import biotite.structure.io.pdb as pdb
import biotite.structure.io.pdbx as pdbx
import numpy as np
from safetensors.numpy import save_file

assert biotite.__version__ == "1.6.0", biotite.__version__
ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".deps/evaluation/posebusters-0.6.5"
OUTPUT = ROOT / "Tests/ModalitiesTests/Molecules"
NAMES = ["1ia1", "1of6", "1s3v", "1uou"]


def structure(name):
    file = pdb.PDBFile.read(FOLDER / f"posebusters/datasets/pdb/{name}/{name}_protein_one_lig_removed.pdb")
    return file.get_structure(model=1, altloc="occupancy")


def facts(atoms):
    """Residues of chains, other groups, and the alpha carbons' places."""
    residues, others, places = [], [], []
    starts = struc.get_residue_starts(atoms, add_exclusive_stop=True)
    for first, last in zip(starts, starts[1:]):
        group = atoms[first:last]
        names = list(group.atom_name)
        row = [group.chain_id[0], int(group.res_id[0]), group.res_name[0], len(group)]
        if not group.hetero[0] and {"N", "CA", "C"} <= set(names):
            residues.append(row)
            places.append(group.coord[names.index("CA")])
        else:
            others.append(row)
    return dict(residues=residues, others=others), np.array(places, dtype=np.float32)


def part():
    atoms = structure("1ia1")
    chain = atoms[(atoms.chain_id == "A") & (atoms.res_id <= 4) & ~atoms.hetero & (atoms.element != "H")]
    ligand = atoms[atoms.res_name == "TQ3"][:9]
    whole = chain + ligand
    whole.ins_code[whole.res_id == 3] = "B"
    for annotation, values in [("occupancy", np.ones(len(whole))), ("b_factor", np.zeros(len(whole)))]:
        whole.set_annotation(annotation, values)
    models = struc.stack([whole, whole])
    models.coord[1] += 1
    text = pdb.PDBFile()
    text.set_structure(models)
    text.write(OUTPUT / "part.pdb")
    file = pdbx.CIFFile()
    pdbx.set_structure(file, models, data_block="PART")
    file.write(OUTPUT / "part.cif")


def main():
    found = {name: facts(structure(name)) for name in NAMES}
    (OUTPUT / "proteins.json").write_text(json.dumps({name: rows for name, (rows, _) in found.items()},
                                                     separators=(",", ":")) + "\n")
    save_file({name: places for name, (_, places) in found.items()}, OUTPUT / "proteins.safetensors")
    part()


if FOLDER.is_dir():
    main()
else:
    print(f"proteins: needs {FOLDER}, see Scripts/test-weights; skipped")
