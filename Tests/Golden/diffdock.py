"""Golden scores and confidences of poses by DiffDock's network, e3nn 0.6.0, RDKit 2026.09.1 and torch 2.13.0; seed 131.

    python Tests/Golden/diffdock.py FOLDER

FOLDER is a checkout of github.com/gcorso/DiffDock at commit b4704d94de74d8cb2acbe7ec84ad234c09e78009 (MIT; nothing of it
is in this repository). What its modules take from torch_cluster and torch_scatter is written anew here, and its tables of
the usual sizes of scores are sums. Without FOLDER, nothing is made.

Writes ModelsTests/DiffDock/: three small networks with random weights, as config.json and a checkpoint of the
reference's; complexes.json, the ligands' SMILES, the residues' names and the times; golden.safetensors: places, what is
known of atoms, and what the networks make of it.
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
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "ModelsTests/DiffDock"
SMILES = ["CC(=O)Oc1ccccc1C(=O)[O-]", "C[C@H]([NH3+])C(=O)NCCS(C)(=O)=O"]
RESIDUES = [["ALA", "TRP", "GLY", "MSE", "HIS", "VAL"] * 5, ["LYS", "ASP", "CYX"] * 7]
TIMES = [0.15, 0.7]
TURNS = Chem.MolFromSmarts("[!$(*#*)&!D1]-&!@[!$(*#*)&!D1]")
SIGMAS = dict(tr=(0.1, 19.0), rot=(0.03, 1.55), tor=(0.0314, 3.14))
SIZES = dict(sigma_embed_dim=8, distance_embed_dim=6, cross_distance_embed_dim=7, max_radius=5.0, receptor_radius=15.0,
             c_alpha_max_neighbors=9, embedding_scale=1000)
NETWORKS = {
    "second": dict(ns=4, nv=2, num_conv_layers=3, num_prot_emb_layers=1, use_second_order_repr=True,
                   dynamic_max_cross=True, cross_max_distance=80.0),
    "plain": dict(ns=6, nv=2, num_conv_layers=3, sh_lmax=1, smooth_edges=True, odd_parity=True, no_batch_norm=True,
                  no_differentiate_convolutions=True, reduce_pseudoscalars=True, scale_by_sigma=False,
                  tp_weights_layers=3, cross_max_distance=20.0),
    "confidence": dict(ns=4, nv=2, num_conv_layers=4, depthwise_convolution=True, confidence_mode=True,
                       num_confidence_outputs=2, dynamic_max_cross=True, cross_max_distance=80.0),
}


def pairs(x, y, r, batch_x, batch_y, max_num_neighbors=32, same=False):
    """For each of y those of x that are nearer than r; all of them, for there are fewer than the limit."""
    near = (torch.cdist(y.double(), x.double()) < r) & (batch_y[:, None] == batch_x[None])
    if same:
        near.fill_diagonal_(False)
    assert near.sum(1).max() <= max_num_neighbors
    return near.nonzero().T


def scatter(source, index, dim=0, dim_size=None, reduce="mean"):
    count = dim_size or int(index.max()) + 1
    sums = torch.zeros(count, *source.shape[1:]).index_add(0, index, source)
    return sums if reduce == "sum" else sums / torch.bincount(index, minlength=count).clamp(min=1)[:, None]


def rotation_norm(epsilon):
    """The root of the mean square of an isotropic Gaussian's score over π."""
    omega = (np.arange(8000) + 0.5) / 8000 * math.pi
    l = np.arange(1500)[:, None]
    found = []
    for e in epsilon.double().numpy():
        factor = (2 * l + 1) * np.exp(-l * (l + 1) * e**2 / 2)
        high, low = np.sin((l + 0.5) * omega), np.sin(omega / 2)
        slope = (l + 0.5) * np.cos((l + 0.5) * omega) * low - high * 0.5 * np.cos(omega / 2)
        density, change = (factor * high / low).sum(0), (factor * slope / low**2).sum(0)
        share = density * (1 - np.cos(omega))
        kept = share > 1e-9 * share.max()
        found.append(math.sqrt((change[kept] ** 2 / density[kept] ** 2 * share[kept]).sum() / share[kept].sum() / math.pi))
    return torch.tensor(found).float()


def turn_norm(sigma):
    """The mean square of a wrapped normal's score."""
    x = np.linspace(-math.pi, math.pi, 20001)[:-1]
    turns = x + 2 * math.pi * np.arange(-20, 21)[:, None]
    results = []
    for s in sigma:
        density = np.exp(-turns**2 / (2 * s**2))
        score = -(turns * density).sum(0) / s**2 / np.maximum(density.sum(0), 1e-300)
        results.append((density.sum(0) * score**2).sum() / density.sum())
    return np.array(results, dtype=np.float32)


def reference(folder):
    def module(name, **members):
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(members)

    def load(name):
        spec = importlib.util.spec_from_file_location(name, folder / (name.replace(".", "/") + ".py"))
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
        return sys.modules[name]

    module("torch_cluster", radius=pairs, knn_graph=None,
           radius_graph=lambda x, r, batch: pairs(x, x, r, batch, batch, same=True))
    module("torch_scatter", scatter=scatter, scatter_mean=scatter)
    for name in ["esm", "Bio", "prody", "models", "utils", "datasets"]:
        module(name)
    module("esm.pretrained", load_model_and_alphabet=None)
    module("Bio.PDB", PDBParser=None)
    module("datasets.conformer_matching", get_torsion_angles=None, optimize_rotatable_bonds=None)
    module("datasets.parse_chi", get_chi_angles=None, get_coords=None, aa_idx2aa_short=None, get_onehot_sequence=None)
    module("datasets.constants", aa_short2long=None, atom_order=None, three_to_one=None)
    module("utils.torsion", get_transformation_mask=None)
    module("utils.logging_utils", get_logger=None)
    module("utils.so3", score_norm=rotation_norm)
    module("utils.torus", score_norm=turn_norm)
    sys.modules["utils"].so3, sys.modules["utils"].torus = sys.modules["utils.so3"], sys.modules["utils.torus"]
    for name in ["models.layers", "models.tensor_layers", "datasets.process_mols"]:
        load(name)
    return load("models.cg_model"), sys.modules["datasets.process_mols"]


class Part(types.SimpleNamespace):
    @property
    def num_nodes(self):
        return len(self.pos)


class Data(types.SimpleNamespace):
    """Parts by name, as a HeteroData has them."""

    def __getitem__(self, name):
        return self.parts[name]


def ligand(smiles, featurize):
    """What is known of the heavy atoms, their places about the origin, the bonds and those that turn."""
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    AllChem.EmbedMolecule(mol, randomSeed=5)
    mol = Chem.RemoveHs(mol)
    turning = {tuple(sorted(match)) for match in mol.GetSubstructMatches(TURNS)}
    index, kinds, mask = [], [], []
    names = {Chem.BondType.SINGLE: 0, Chem.BondType.DOUBLE: 1, Chem.BondType.TRIPLE: 2, Chem.BondType.AROMATIC: 3}
    for bond in mol.GetBonds():
        ends = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        index += [ends, ends[::-1]]
        kinds += [names[bond.GetBondType()]] * 2
        mask += [tuple(sorted(ends)) in turning, False]
    places = torch.tensor(mol.GetConformer().GetPositions(), dtype=torch.float)
    return dict(x=featurize(mol), pos=places - places.mean(0), index=torch.tensor(index).T,
                kinds=torch.nn.functional.one_hot(torch.tensor(kinds), 4).float(), mask=torch.tensor(mask))


def chain(count, seed):
    """Alpha carbons 3.8 Å apart, none nearer to another."""
    generator = torch.Generator().manual_seed(seed)
    places = [torch.tensor([6.0, 0.0, 0.0])]
    while len(places) < count:
        step = torch.randn(3, generator=generator)
        place = places[-1] + 3.8 * step / step.norm()
        if (torch.stack(places) - place).norm(dim=1).min() > 3.7 and place.norm() > 4:
            places.append(place)
    return torch.stack(places)


def receptor_edges(places):
    """Each residue tells its nearest ones within the radius."""
    distances = torch.cdist(places.double(), places.double())
    hearing, telling = [], []
    for i, row in enumerate(distances):
        near = [j for j in row.argsort().tolist() if j != i and row[j] < SIZES["receptor_radius"]]
        near = near[: SIZES["c_alpha_max_neighbors"]]
        hearing += near
        telling += [i] * len(near)
    return torch.tensor([hearing, telling])


def complexes(process):
    kinds = process.allowable_features["possible_amino_acids"]
    ligands, chains = [ligand(s, process.lig_atom_featurizer) for s in SMILES], []
    for number, names in enumerate(RESIDUES):
        chains.append(chain(len(names), 40 + number))
    first, start, index, edges = 0, 0, [], []
    for mol, places in zip(ligands, chains):
        index.append(mol["index"] + first)
        edges.append(receptor_edges(places) + start)
        first, start = first + len(mol["pos"]), start + len(places)

    def owners(parts):
        return torch.cat([torch.full((len(part),), number) for number, part in enumerate(parts)])

    times = torch.tensor(TIMES)
    atoms, residues = owners([mol["pos"] for mol in ligands]), owners(chains)
    names = [process.safe_index(kinds, name) for chain in RESIDUES for name in chain]
    parts = {
        "ligand": Part(x=torch.cat([mol["x"] for mol in ligands]), pos=torch.cat([mol["pos"] for mol in ligands]),
                       batch=atoms, edge_mask=torch.cat([mol["mask"] for mol in ligands]),
                       node_t={key: times[atoms] for key in SIGMAS}),
        ("ligand", "ligand"): Part(edge_index=torch.cat(index, 1), edge_attr=torch.cat([mol["kinds"] for mol in ligands])),
        "receptor": Part(x=torch.tensor(names)[:, None].float(), pos=torch.cat(chains), batch=residues),
        ("receptor", "receptor"): Part(edge_index=torch.cat(edges, 1)),
    }
    return Data(parts=parts, num_graphs=2, complex_t={key: times for key in SIGMAS})


def t_to_sigma(*times):
    return [low ** (1 - t) * high**t for t, (low, high) in zip(times, SIGMAS.values())]


def build(model, options):
    sizes = SIZES | options
    torch.manual_seed(131)
    return model.CGModel(
        t_to_sigma, torch.device("cpu"), lambda t: embedding(sizes["embedding_scale"] * t, sizes["sigma_embed_dim"]),
        sigma_embed_dim=sizes["sigma_embed_dim"], sh_lmax=sizes.get("sh_lmax", 2), ns=sizes["ns"], nv=sizes["nv"],
        num_conv_layers=sizes["num_conv_layers"], lig_max_radius=sizes["max_radius"],
        rec_max_radius=sizes["receptor_radius"], cross_max_distance=sizes["cross_max_distance"],
        distance_embed_dim=sizes["distance_embed_dim"], cross_distance_embed_dim=sizes["cross_distance_embed_dim"],
        scale_by_sigma=sizes.get("scale_by_sigma", True), use_second_order_repr=sizes.get("use_second_order_repr", False),
        batch_norm=not sizes.get("no_batch_norm", False), dynamic_max_cross=sizes.get("dynamic_max_cross", False),
        smooth_edges=sizes.get("smooth_edges", False), odd_parity=sizes.get("odd_parity", False),
        confidence_mode=sizes.get("confidence_mode", False), num_confidence_outputs=sizes.get("num_confidence_outputs", 1),
        fixed_center_conv=True, differentiate_convolutions=not sizes.get("no_differentiate_convolutions", False),
        tp_weights_layers=sizes.get("tp_weights_layers", 2), num_prot_emb_layers=sizes.get("num_prot_emb_layers", 0),
        reduce_pseudoscalars=sizes.get("reduce_pseudoscalars", False), embed_also_ligand=True,
        depthwise_convolution=sizes.get("depthwise_convolution", False)).eval()


def embedding(times, count):
    """The reference's `sinusoidal_embedding`: its module imports more than there is."""
    half = count // 2
    angles = times[:, None] * torch.exp(torch.arange(half) * -(math.log(10000) / (half - 1)))
    return torch.cat([angles.sin(), angles.cos()], 1)


def main(folder):
    model, process = reference(folder)
    data = complexes(process)
    tensors = {"atoms": data["ligand"].pos, "residues": data["receptor"].pos, "features": data["ligand"].x}
    OUTPUT.mkdir(exist_ok=True)
    for name, options in NETWORKS.items():
        network = build(model, options)
        state = network.state_dict()
        for key, value in state.items():
            if "running" in key or "batch_norm" in key:
                value.copy_(torch.rand_like(value) + 0.5 if "var" in key else torch.randn_like(value) * 0.5)
            elif ".fc." in key and options.get("no_batch_norm"):
                # Without a normalization, what is told of mirrors dies out from layer to layer.
                value.mul_(4)
        fresh = complexes(process)
        if options.get("confidence_mode"):
            fresh.complex_t = {key: torch.zeros(2) for key in SIGMAS}
            fresh["ligand"].node_t = {key: torch.zeros(fresh["ligand"].num_nodes) for key in SIGMAS}
        with torch.no_grad():
            found = network(fresh)
        if options.get("confidence_mode"):
            tensors[f"{name}.confidences"] = found[0]
        else:
            for part, value in zip(["shift", "rotation", "turns"], found):
                tensors[f"{name}.{part}"] = value
        (OUTPUT / name).mkdir(exist_ok=True)
        save_file({key: value.clone().contiguous() for key, value in state.items()}, OUTPUT / name / "model.safetensors")
        sigmas = {f"{part}_sigma_{end}": value for part, ends in SIGMAS.items() for end, value in zip(["min", "max"], ends)}
        (OUTPUT / name / "config.json").write_text(json.dumps(SIZES | options | sigmas, indent=2, sort_keys=True) + "\n")
    save_file({key: value.contiguous() for key, value in tensors.items()}, OUTPUT / "golden.safetensors")
    (OUTPUT / "complexes.json").write_text(
        json.dumps(dict(ligands=SMILES, residues=RESIDUES, times=TIMES), separators=(",", ":")) + "\n")


if len(sys.argv) > 1:
    main(pathlib.Path(sys.argv[1]))
else:
    print("diffdock: needs a checkout of the reference, skipped")
