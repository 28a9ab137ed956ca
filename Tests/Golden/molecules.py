"""Molecules by RDKit 2022.09.3 as Debian 12 has it (python3-rdkit, rdkit-data 202209.3-1); no chance.

Run it with Debian's own python3: python3 Tests/Golden/molecules.py. Writes
ModalitiesTests/Molecules/molecules.json: 200 molecules of the NCI's open data, every 23rd of rdkit-data's first_5K.smi,
with canonical SMILES, formulas, counts, scaffolds; and poses of ten ligands with their distances by symmetry.
"""

import json
import pathlib
import sys

try:
    import rdkit
except ImportError:
    sys.exit(print("molecules: needs Debian's python3-rdkit and rdkit-data, skipped"))
from rdkit import Chem, RDConfig, RDLogger
from rdkit.Chem import AllChem, rdMolAlign, rdMolDescriptors
from rdkit.Chem.Scaffolds import MurckoScaffold

assert rdkit.__version__ == "2022.09.3", rdkit.__version__
RDLogger.DisableLog("rdApp.*")
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "ModalitiesTests/Molecules/molecules.json"
SMILES = [line.split()[0] for line in open(pathlib.Path(RDConfig.RDDataDir) / "NCI/first_5K.smi")]
POSES = ["CC(=O)Oc1ccccc1C(=O)O", "c1ccccc1-c1ccccc1", "CC(C)(C)c1ccc(C(=O)[O-])cc1", "FC(F)(F)CCS(N)(=O)=O",
         "O=[N+]([O-])c1ccc(CCN)cc1", "C[C@H](N)C(=O)O", "c1ccc(cc1)CCc1ccccc1", "CC(C)CC(C)C", "C1CCCCC1CO", "NC(=N)CCc1ccncc1"]


def facts(smiles):
    mol = Chem.MolFromSmiles(smiles)
    return dict(
        smiles=smiles, canonical=Chem.MolToSmiles(mol), formula=rdMolDescriptors.CalcMolFormula(mol),
        atoms=mol.GetNumAtoms(), aromatic=sum(a.GetIsAromatic() for a in mol.GetAtoms()),
        hydrogens=sum(a.GetTotalNumHs() for a in mol.GetAtoms()),
        rotatable=rdMolDescriptors.CalcNumRotatableBonds(mol),
        turning=rdMolDescriptors.CalcNumRotatableBonds(mol, rdMolDescriptors.NumRotatableBondsOptions.NonStrict),
        scaffold=Chem.MolToSmiles(MurckoScaffold.GetScaffoldForMol(mol)))


def poses(smiles):
    """Two conformers, the second with its atoms in the opposite order."""
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    AllChem.EmbedMultipleConfs(mol, 2, randomSeed=17)
    mol = Chem.RemoveHs(mol)
    first, second = Chem.Mol(mol, confId=0), Chem.Mol(mol, confId=1)
    second = Chem.RenumberAtoms(second, list(range(mol.GetNumAtoms()))[::-1])
    return dict(
        smiles=smiles, first=Chem.MolToMolBlock(first), second=Chem.MolToMolBlock(second),
        **distances(Chem.MolFromMolBlock(Chem.MolToMolBlock(first)), Chem.MolFromMolBlock(Chem.MolToMolBlock(second))))


def distances(first, second):
    return dict(inPlace=rdMolAlign.CalcRMS(Chem.Mol(first), second), aligned=rdMolAlign.GetBestRMS(Chem.Mol(first), second))


def main():
    molecules = [facts(s) for s in SMILES[::23] if Chem.MolFromSmiles(s)][:200]
    assert len(molecules) == 200, len(molecules)
    OUTPUT.write_text(json.dumps(dict(molecules=molecules, poses=[poses(s) for s in POSES]), indent=0) + "\n")


main()
