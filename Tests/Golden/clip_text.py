"""Golden states of CLIP text encoders, by transformers 5.23.0 and torch 2.13.0; seed 42.

Writes, below ModelsTests/CLIPText/:
  tokenizer/  a tokenizer of bytes and 60 merges, with the files of a folder on the hub
  tiny/       a CLIPTextModel with OpenAI's activation, whose configuration is of the older kind
  projected/  a CLIPTextModelWithProjection with OpenCLIP's activation
The encoders have random weights, under the names of published checkpoints. Each has
golden.safetensors: `ids`, the states `hidden.N` before and behind every layer, the `last` ones
normalized, the `pooled` ones and the `projected`; `mask` and `masked`, the last states under it.
"""

import json
import pathlib
import runpy

import torch
import transformers
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

assert transformers.__version__ == "5.23.0", transformers.__version__
assert torch.__version__.startswith("2.13.0"), torch.__version__
ROOT = pathlib.Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "Tests/ModelsTests/CLIPText"
MERGES = """i n|t h|a n|r e|a r|e r|th e</w>|in g</w>|o u|o n|s t|o r|e n|o n</w>|a l|a t|e r</w>|i t|i n</w>|
t o</w>|r o|i s</w>|l e|i c|a t</w>|an d</w>|e d</w>|o f</w>|c h|o r</w>|e s</w>|i l|e l|s t</w>|a c|o m|a m|
l o|a n</w>|a y</w>|s h|r i|l i|t i|f or</w>|n e|ð Ł|r a|h a|d e|o l|v e</w>|s i|u r|a l</w>|s e|' s</w>|u n|
d i|b e""".replace("\n", "").split("|")


def tokenizer():
    characters = runpy.run_path(str(ROOT / "Scripts/generate-clip-merges"))["byte_characters"]()
    pieces = characters + [character + "</w>" for character in characters]
    pieces += ["".join(merge.split()) for merge in MERGES] + ["<|startoftext|>", "<|endoftext|>"]
    assert len(set(pieces)) == len(pieces) == 574
    folder = OUTPUT / "tokenizer"
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "vocab.json", {piece: number for number, piece in enumerate(pieces)})
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(MERGES) + "\n")
    mark = {"lstrip": False, "rstrip": False, "single_word": False, "normalized": True}
    named = {
        "bos_token": {**mark, "content": "<|startoftext|>"},
        "eos_token": {**mark, "content": "<|endoftext|>"},
        "unk_token": {**mark, "content": "<|endoftext|>"}, "pad_token": "<|endoftext|>"}
    write(folder / "special_tokens_map.json", named)
    typed = {name: {**token, "__type": "AddedToken"} if isinstance(token, dict) else token
             for name, token in named.items()}
    write(folder / "tokenizer_config.json", {**typed, "model_max_length": 77, "tokenizer_class": "CLIPTokenizer"})


def write(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False) + "\n")


def encoder(name, kind, ids, mask, **sizes):
    config = CLIPTextConfig(
        vocab_size=574, hidden_size=8, intermediate_size=20, num_attention_heads=2, bos_token_id=572,
        pad_token_id=573, **sizes)
    model = kind._from_config(config, attn_implementation="eager").eval()
    for parameter in model.parameters():
        noise = torch.randn_like(parameter)
        parameter.data = noise / parameter[0].numel() ** 0.5 if parameter.dim() > 1 else 0.3 * noise
    output = model(ids, output_hidden_states=True)
    text_model = getattr(model, "text_model", model)
    golden = {f"hidden.{place}": states for place, states in enumerate(output.hidden_states)}
    golden |= {
        "ids": ids, "mask": mask, "last": output.last_hidden_state,
        "pooled": text_model(ids).pooler_output,
        "masked": model(ids, attention_mask=mask).last_hidden_state}
    if kind is CLIPTextModelWithProjection:
        golden["projected"] = output.text_embeds
    weights = {name if name.startswith("text_") else f"text_model.{name}": tensor.contiguous()
               for name, tensor in model.state_dict().items()}
    if kind is CLIPTextModel:
        weights["text_model.embeddings.position_ids"] = torch.arange(77)[None]  # as the older ones have
    folder = OUTPUT / name
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config.architectures = [kind.__name__]
    (folder / "config.json").write_text(json.dumps(config.to_dict(), indent=2, sort_keys=True) + "\n")
    save_file({name: tensor.contiguous().clone() for name, tensor in golden.items()}, folder / "golden.safetensors")
    return model


@torch.no_grad()
def main():
    torch.manual_seed(42)
    tokenizer()
    ids = torch.randint(0, 570, (3, 12))
    ids[:, 0] = 572
    for row, end in enumerate([11, 6, 1]):
        ids[row, end:] = 573
    mask = torch.ones(3, 12, dtype=torch.int64)
    mask[0, 3:5] = 0
    mask[1, 7:] = 0
    encoder("tiny", CLIPTextModel, ids, mask, num_hidden_layers=3, hidden_act="quick_gelu", eos_token_id=2)
    # The end is not the highest number here, and padding is not the end.
    ids = torch.where(ids == 573, 0, ids)
    for row, end in enumerate([11, 6, 1]):
        ids[row, end] = 571
    ids[0, 3] = 573
    encoder(
        "projected", CLIPTextModelWithProjection, ids, mask, num_hidden_layers=2, hidden_act="gelu",
        projection_dim=6, eos_token_id=571)
    for path in sorted(OUTPUT.rglob("*.*")):
        if path.suffix != ".swift":
            print(path.relative_to(OUTPUT), path.stat().st_size)


main()
