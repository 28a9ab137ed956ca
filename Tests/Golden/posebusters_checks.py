"""What PoseBusters 0.6.5 says of poses by proteins, by RDKit 2026.09.1; no chance.

    python Tests/Golden/posebusters_checks.py

Reads the package's own four complexes. Writes ModalitiesTests/Molecules/contacts.json: its docked poses, as they are and
shifted, with their least distances, their clashes and their distance to the ligand in the crystal by symmetry.
"""

import importlib.metadata
import json
import pathlib

import posebusters
import rdkit
from posebusters.modules.intermolecular_distance import check_intermolecular_distance
from posebusters.modules.rmsd import check_rmsd
from posebusters.tools.loading import safe_load_mol, safe_supply_mols
from rdkit import Chem
from rdkit.Geometry import Point3D

assert importlib.metadata.version("posebusters") == "0.6.5"
assert rdkit.__version__ == "2026.09.1", rdkit.__version__
FOLDER = pathlib.Path(posebusters.__file__).parent / "datasets/pdb"
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "ModalitiesTests/Molecules/contacts.json"
IGNORED = {"hydrogens", "organic_cofactors", "inorganic_cofactors", "waters"}
SHIFTS = [(0, 0, 0), (0.5, 0, 0), (0, -2, 1), (3, 3, 3), (0, 0, 25)]


def shifted(mol, shift):
    moved = Chem.Mol(mol)
    conformer = moved.GetConformer()
    for index in range(moved.GetNumAtoms()):
        place = conformer.GetAtomPosition(index)
        conformer.SetAtomPosition(index, Point3D(place.x + shift[0], place.y + shift[1], place.z + shift[2]))
    return moved


def main():
    rows = []
    for name in ["1ia1", "1s3v", "1uou"]:
        protein = safe_load_mol(FOLDER / f"{name}/{name}_protein_one_lig_removed.pdb", load_all=False)
        crystal = next(iter(safe_supply_mols(FOLDER / f"{name}/{name}_ligands.sdf")))
        pose = next(iter(safe_supply_mols(FOLDER / f"{name}/{name}_ligand.sdf")))
        for shift in SHIFTS:
            moved = shifted(pose, shift)
            found = check_intermolecular_distance(moved, protein, ignore_types=IGNORED)["results"]
            rmsd = check_rmsd(moved, crystal)["results"]["rmsd"]
            far = found["smallest_distance"] != found["smallest_distance"]
            rows.append(dict(
                name=name, shift=shift, rmsd=round(float(rmsd), 6), near=bool(found["not_too_far_away"]),
                free=bool(found["no_clashes"]), clashes=int(found["num_pairwise_clashes"]),
                distance=None if far else round(float(found["smallest_distance"]), 6),
                relative=None if far else round(float(found["most_extreme_relative_distance"]), 6)))
    OUTPUT.write_text(json.dumps(rows, indent=0) + "\n")


main()
