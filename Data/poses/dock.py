#!/usr/bin/env python3
"""Docks small molecules to proteins with AutoDock Vina: the poses that `inkwell dataset poses` reads.

    python3 -m venv .venv
    .venv/bin/pip install --no-deps --requirement Data/poses/requirements.txt
    .venv/bin/python Data/poses/dock.py data/conformers data/docked

The molecules are those of `inkwell dataset conformers`, the proteins the prepared ones of the
package dockstring. Each molecule is docked by itself with one thread and one seed, so the
same packages give the same poses; what is there already is not docked again.
"""

import argparse
import hashlib
import importlib.metadata
import json
import pathlib
import shutil
import sys

from meeko import MoleculePreparation, PDBQTMolecule, PDBQTWriterLegacy, RDKitMolCreate
from rdkit import Chem, RDLogger
from rdkit.Chem import AllChem
from vina import Vina

VERSIONS = {"vina": "1.2.7", "meeko": "0.8.0", "rdkit": "2026.9.1", "dockstring": "0.3.4"}

# Whole families are held out. Dihydrofolate reductase and acetylcholinesterase are among them
# because complexes of theirs are what docking is measured on.
HELD_OUT = {
    "test": ["ACHE", "DHFR", "HSP90AA1", "PARP1"],
    "validation": ["DPP4", "HSD11B1", "PTPN1"],
}
# How many molecules of each split are docked to a protein of each split.
COUNTS = {
    "train": {"train": 12, "test": 1},
    "validation": {"validation": 8},
    "test": {"test": 12},
}
EXHAUSTIVENESS, SEED = 1, 1
LARGEST_BOX = 22.5  # Å: the pocket, not what lies around it
ELEMENTS = {"A": "C", "C": "C", "NA": "N", "N": "N", "OA": "O", "SA": "S", "S": "S", "P": "P",
            "Zn": "ZN", "Mg": "MG", "Fe": "FE"}


def order(text):
    """A number by chance that is the same everywhere."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def split_of(target):
    return next((name for name, all in HELD_OUT.items() if target in all), "train")


def box(path):
    """The middle and the sides of the box in which a target's ligands are looked for."""
    values = {}
    for line in path.read_text().splitlines():
        if "=" in line:
            name, value = line.split("=")
            values[name.strip()] = float(value)
    return ([values[f"center_{axis}"] for axis in "xyz"],
            [min(values[f"size_{axis}"], LARGEST_BOX) for axis in "xyz"])


def protein(path):
    """The heavy atoms of a PDBQT file as a PDB file, chains told apart where numbers fall."""
    chains, last, lines = iter("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), None, []
    chain = next(chains)
    for line in path.read_text().splitlines():
        if not line.startswith(("ATOM", "HETATM")):
            continue
        number, kind = int(line[22:26]), line[77:].strip()
        if last is not None and number < last:
            chain = next(chains)
        last = number
        if kind in ("HD", "H"):
            continue
        lines.append(f"ATOM  {len(lines) + 1:5d}{line[11:21]}{chain}{line[22:66]}"
                     f"{'':10}{ELEMENTS[kind]:>2}")
    return "\n".join(lines + ["END", ""])


def ligands(folder):
    """The molecules that are small enough and have a ring, in an order by chance."""
    found = []
    for line in (folder / "metadata.jsonl").read_text().splitlines():
        entry = json.loads(line)
        if 10 <= entry["atoms"] <= 20 and 1 <= entry["torsions"] <= 5 and entry["scaffold"]:
            found.append(entry)
    return found


def chosen(target, molecules):
    """The molecules that are docked to a target, others for each."""
    for split, count in COUNTS[split_of(target)].items():
        own = [entry for entry in molecules if entry["split"] == split]
        own.sort(key=lambda entry: order(f"inkwell poses {target} {entry['id']}"))
        yield from own[:count]


def docked(vina, entry, target, exhaustiveness=EXHAUSTIVENESS):
    """The best pose of a molecule with its energy in kcal/mol.

    RDKit makes bond lengths, angles and rings, which stay: Vina turns bonds and the whole. It
    begins each search with its seed, so a pose does not depend on what was docked before.
    """
    molecule = Chem.AddHs(Chem.MolFromSmiles(entry["smiles"]))
    seed = order(f"inkwell poses seed {target} {entry['id']}") % (2**31 - 1)
    if AllChem.EmbedMolecule(molecule, randomSeed=seed) != 0:
        raise ValueError("RDKit finds no conformer")
    setups = MoleculePreparation(rigid_macrocycles=True).prepare(molecule)
    text, is_fine, reason = PDBQTWriterLegacy.write_string(setups[0])
    if not is_fine:
        raise ValueError(reason)
    vina.set_ligand_from_string(text)
    vina.dock(exhaustiveness=exhaustiveness, n_poses=1)
    energy = float(vina.energies(n_poses=1)[0][0])
    poses = PDBQTMolecule(vina.poses(n_poses=1), skip_typing=True)
    return Chem.RemoveHs(RDKitMolCreate.from_pdbqt_mol(poses)[0]), energy


def dock_all(target, source, folder, molecules):
    """Docks the molecules of a target and writes their poses; a line says what became of each."""
    path = folder / f"{target}.sdf"
    if path.exists():
        return
    center, size = box(source / f"{target}_conf.txt")
    (folder / f"{target}.pdb").write_text(protein(source / f"{target}_target.pdbqt"))
    vina = Vina(sf_name="vina", cpu=1, seed=SEED, verbosity=0)
    vina.set_receptor(str(source / f"{target}_target.pdbqt"))
    vina.compute_vina_maps(center=center, box_size=size)
    lines, part = [], folder / f"{target}.part"
    with Chem.SDWriter(str(part)) as writer:
        for entry in chosen(target, molecules):
            line = {"ligand": entry["id"], "smiles": entry["smiles"], "split": entry["split"]}
            try:
                pose, energy = docked(vina, entry, target)
                pose.SetProp("_Name", entry["id"])
                pose.SetProp("Vina.Energy", f"{energy:.3f}")
                writer.write(pose)
                line["energy"] = round(energy, 3)
            except Exception as error:  # a molecule that cannot be docked is told, not hidden
                line["error"] = " ".join(str(error).split()).split(" (")[0]
            lines.append(line)
    about = {"target": target, "split": split_of(target), "center": center, "size": size,
             "exhaustiveness": EXHAUSTIVENESS, "seed": SEED, "versions": VERSIONS, "docked": lines}
    (folder / f"{target}.json").write_text(json.dumps(about, indent=1) + "\n")
    part.rename(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("conformers", type=pathlib.Path, help="a folder of inkwell dataset conformers")
    parser.add_argument("output", type=pathlib.Path, help="the folder to fill")
    parser.add_argument("--count", type=int, help="how many targets; all 58 if not given")
    options = parser.parse_args()
    for name, version in VERSIONS.items():
        found = importlib.metadata.version(name)
        assert found == version, f"{name}: expected {version}, found {found}"
    RDLogger.DisableLog("rdApp.*")
    root = importlib.metadata.distribution("dockstring").locate_file("dockstring/resources/targets")
    source = pathlib.Path(str(root))
    targets = sorted(path.name.removesuffix("_target.pdbqt") for path in source.glob("*.pdbqt"))
    options.output.mkdir(parents=True, exist_ok=True)
    shutil.copy(pathlib.Path(__file__).with_name("sources.json"), options.output)
    molecules = ligands(options.conformers)
    # Those that are held out first; the others by chance, so that a part is a fair one.
    targets.sort(key=lambda target: (split_of(target) == "train", order(target)))
    targets = targets[: options.count]
    for number, target in enumerate(targets, 1):
        dock_all(target, source, options.output, molecules)
        print(f"{number} of {len(targets)}: {target}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
