"""Golden scores of torsions by the reference's network, e3nn 0.6.0, RDKit 2026.09.1 and torch 2.13.0; seed 87.

    python Tests/Golden/torsional_diffusion.py FOLDER

FOLDER is a checkout of github.com/gcorso/torsional-diffusion at commit 5f713b42d7000307655f272471014c6127ea59be (MIT;
nothing of it is in this repository). What its modules take from torch_cluster, torch_scatter and torch_geometric is
written anew here, and its tables of the wrapped normal distribution are sums. Without FOLDER, nothing is made.

Writes ModelsTests/TorsionalDiffusion/: two small networks with random weights, as config.json and a checkpoint of the
reference's; molecules.json, their SMILES; golden.safetensors: places, features of atoms, and scores by the reference.
"""

import importlib.util
import json
import math
import pathlib
import sys
import types
import warnings

warnings.filterwarnings("ignore")

import e3nn
import numpy as np
import rdkit
import torch
from rdkit import Chem, RDLogger
from rdkit.Chem import AllChem
from safetensors.torch import save_file

assert torch.__version__.startswith("2.13.0"), torch.__version__
assert e3nn.__version__ == "0.6.0", e3nn.__version__
assert rdkit.__version__ == "2026.09.1", rdkit.__version__
RDLogger.DisableLog("rdApp.*")
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "ModelsTests/TorsionalDiffusion"
SMILES = ["CC(=O)Oc1ccccc1C(=O)O", "C[C@H](N)C(=O)NCCS(C)(=O)=O", "Clc1ccc(cc1)C#CC[NH2+]CBr"]
TURNS = Chem.MolFromSmarts("[!$(*#*)&!D1]-&!@[!$(*#*)&!D1]")
NETWORKS = {
    "second": dict(ns=4, nv=2, num_conv_layers=4, use_second_order_repr=True, sigma_embed_dim=8, radius_embed_dim=10),
    "plain": dict(ns=6, nv=2, num_conv_layers=3, use_second_order_repr=False, batch_norm=False, residual=False,
                  scale_by_sigma=False, max_radius=4.0, sigma_embed_dim=8, radius_embed_dim=10),
}


def pairs(x, y, r, batch_x, batch_y, same=False):
    """For each of y those of x that are nearer than r; all of them, for there are fewer than the limit."""
    near = (torch.cdist(y, x) < r) & (batch_y[:, None] == batch_x[None])
    if same:
        near.fill_diagonal_(False)
    assert near.sum(1).max() <= 32
    return near.nonzero().T


def mean(source, index, dim=0, dim_size=None, reduce="mean"):
    assert dim == 0 and reduce == "mean"
    sums = torch.zeros(dim_size, *source.shape[1:]).index_add(0, index, source)
    return sums / torch.bincount(index, minlength=dim_size).clamp(min=1)[:, None]


def score_norm(sigma):
    """The mean square of a wrapped normal's score."""
    x = np.linspace(-math.pi, math.pi, 20001)[:-1]
    turns = x + 2 * math.pi * np.arange(-20, 21)[:, None]
    results = []
    for s in np.unique(sigma):
        density = np.exp(-turns**2 / (2 * s**2))
        score = -(turns * density).sum(0) / s**2 / np.maximum(density.sum(0), 1e-300)
        results.append((s, (density.sum(0) * score**2).sum() / density.sum()))
    return np.array([dict(results)[s] for s in sigma], dtype=np.float32)


class Data(types.SimpleNamespace):
    pass


def reference(folder):
    def module(name, **members):
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(members)

    module("torch_cluster", radius=lambda x, y, r, batch_x, batch_y: pairs(x, y, r, batch_x, batch_y),
           radius_graph=lambda x, r, batch: pairs(x, x, r, batch, batch, same=True))
    module("torch_scatter", scatter=mean)
    module("torch_geometric")
    module("torch_geometric.data", Data=Data, Dataset=object, DataLoader=object)
    module("diffusion")
    module("diffusion.torus", score_norm=score_norm)
    sys.modules["diffusion"].torus = sys.modules["diffusion.torus"]
    found = []
    for path in ["diffusion/score_model.py", "utils/featurization.py"]:
        spec = importlib.util.spec_from_file_location(pathlib.Path(path).stem, folder / path)
        found.append(importlib.util.module_from_spec(spec))
        spec.loader.exec_module(found[-1])
    return found


def molecules(featurize):
    """The molecules with hydrogens as one graph, the noise of each, and which edges are bonds that turn."""
    parts, first = [], 0
    for number, smiles in enumerate(SMILES):
        mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
        AllChem.EmbedMolecule(mol, randomSeed=5)
        data = featurize(mol)
        heavy = Chem.RemoveHs(mol)
        turning = {tuple(sorted(match)) for match in heavy.GetSubstructMatches(TURNS)}
        mask = torch.zeros(data.edge_index.shape[1], dtype=torch.bool)
        for index, bond in enumerate(mol.GetBonds()):
            mask[2 * index] = tuple(sorted((bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()))) in turning
        count = mol.GetNumAtoms()
        sigma = [0.05, 0.6, 2.5][number]
        parts.append(dict(x=data.x.float(), edge_attr=data.edge_attr, edge_mask=mask, edge_index=data.edge_index + first,
                          pos=torch.tensor(mol.GetConformer().GetPositions(), dtype=torch.float),
                          node_sigma=torch.full((count,), sigma), batch=torch.full((count,), number)))
        first += count
    return {key: torch.cat([part[key] for part in parts], dim=-1 if key == "edge_index" else 0) for key in parts[0]}


def main(folder):
    score_model, featurization = reference(folder)
    whole = molecules(featurization.featurize_mol)
    tensors = {"places": whole["pos"], "features": whole["x"]}
    OUTPUT.mkdir(exist_ok=True)
    for name, options in NETWORKS.items():
        torch.manual_seed(87)
        network = score_model.TensorProductScoreModel(**options).eval()
        state = network.state_dict()
        for key, value in state.items():
            if "running" in key or "batch_norm" in key:
                value.copy_(torch.rand_like(value) + 0.5 if "var" in key else torch.randn_like(value) * 0.5)
        with torch.no_grad():
            tensors[f"{name}.scores"] = network(Data(**{k: v.clone() for k, v in whole.items()})).edge_pred
        (OUTPUT / name).mkdir(exist_ok=True)
        save_file({key: value.clone().contiguous() for key, value in state.items()}, OUTPUT / name / "model.safetensors")
        sizes = dict(sigma_min=0.01 * math.pi, sigma_max=math.pi, in_node_features=74, in_edge_features=4) | options
        (OUTPUT / name / "config.json").write_text(json.dumps(sizes, indent=2, sort_keys=True) + "\n")
    save_file({key: value.contiguous() for key, value in tensors.items()}, OUTPUT / "golden.safetensors")
    (OUTPUT / "molecules.json").write_text(json.dumps(SMILES, indent=0) + "\n")


if len(sys.argv) > 1:
    main(pathlib.Path(sys.argv[1]))
else:
    print("torsional_diffusion: needs a checkout of the reference, skipped")
