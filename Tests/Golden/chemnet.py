"""Golden features and distances of ChemNet, by fcd-torch 1.0.7 and torch 2.13.0; no chance.

Writes InkwellTests/Molecules/chemnet.safetensors (what ChemNet sees in some texts) and chemnet.json (the texts, and the
Fréchet ChemNet distance of the first 100 molecules of ModalitiesTests/Molecules/molecules.json from the other 100).
"""

import importlib.metadata
import json
import pathlib

import fcd_torch
import torch
from safetensors.torch import save_file

assert importlib.metadata.version("fcd-torch") == "1.0.7"
assert torch.__version__.startswith("2.13.0"), torch.__version__
TESTS = pathlib.Path(__file__).resolve().parents[1]
# Of two letters, unknown to the network, of several parts, chiral, and longer than it reads.
TEXTS = [
    "C", "CCO", "CC(=O)Oc1ccccc1C(=O)O", "ClCCBr", "C[Si](C)(C)C", "[Li+].[Cl-]", "C[Se]C", "N[C@@H](C)C(=O)O", "CC.CC",
    "C1CCCCCCCC1%10CC%10", "C" * 400, "O=C(CCl)Nc1nc2ccc(Br)cc2s1"]


def main():
    molecules = [
        molecule["canonical"]
        for molecule in json.loads((TESTS / "ModalitiesTests/Molecules/molecules.json").read_text())["molecules"]]
    reference = fcd_torch.FCD(canonize=False)
    folder = TESTS / "InkwellTests/Molecules"
    save_file({"features": torch.from_numpy(reference.get_predictions(TEXTS))}, folder / "chemnet.safetensors")
    first, second = molecules[:100], molecules[100:]
    (folder / "chemnet.json").write_text(json.dumps(
        {"texts": TEXTS, "first": first, "second": second, "distance": float(reference(first, second))}, indent=0) + "\n")


if __name__ == "__main__":
    main()
