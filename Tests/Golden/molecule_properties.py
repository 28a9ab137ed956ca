"""Properties and fingerprints of molecules by RDKit 2022.09.3 as Debian 12 has it; no chance.

Run it with Debian's own python3: python3 Tests/Golden/molecule_properties.py. Writes
ModalitiesTests/Molecules/properties.json: of every fourth molecule of molecules.json, Crippen's logP, the topological polar
surface, the weight, the share of sp3 carbons, and which of 256 bits its Morgan fingerprint of radius 2 sets.
"""

import json
import pathlib
import sys

try:
    import rdkit
except ImportError:
    sys.exit(print("molecule_properties: needs Debian's python3-rdkit, skipped"))
from rdkit import Chem
from rdkit.Chem import AllChem, Crippen, Descriptors, rdMolDescriptors

assert rdkit.__version__ == "2022.09.3", rdkit.__version__
FOLDER = pathlib.Path(__file__).resolve().parents[1] / "ModalitiesTests/Molecules"


def facts(smiles):
    mol = Chem.MolFromSmiles(smiles)
    return dict(
        smiles=smiles, logp=Crippen.MolLogP(mol), tpsa=rdMolDescriptors.CalcTPSA(mol), weight=Descriptors.MolWt(mol),
        sp3=rdMolDescriptors.CalcFractionCSP3(mol),
        bits=list(AllChem.GetMorganFingerprintAsBitVect(mol, 2, 256).GetOnBits()))


def main():
    molecules = json.loads((FOLDER / "molecules.json").read_text())["molecules"][::4]
    (FOLDER / "properties.json").write_text(json.dumps([facts(m["canonical"]) for m in molecules], indent=0) + "\n")


if __name__ == "__main__":
    main()
