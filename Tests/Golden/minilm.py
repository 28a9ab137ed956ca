"""Golden states of BERT encoders, by transformers 5.23.0 and torch 2.13.0; seed 31.

Writes, beside the tests that read them:
  ModelsTests/MiniLM/tiny/config.json         a small configuration
  ModelsTests/MiniLM/tiny/model.safetensors   random weights for it, with the reference's extra keys
  ModelsTests/MiniLM/tiny/golden.safetensors  numbers, their mask and states
  ModelsTests/MiniLM/prompts.json             prompts
  ModelsTests/MiniLM/prompts.safetensors      what the model in Models/inkwell-emoji makes of them
"""

import json
import pathlib

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

assert transformers.__version__ == "5.23.0", transformers.__version__
assert torch.__version__.startswith("2.13.0"), torch.__version__
ROOT = pathlib.Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "Tests/ModelsTests/MiniLM"
MODEL = ROOT / "Models/inkwell-emoji/text_encoder"

PROMPTS = [
    "a slice of watermelon",
    "red apple",
    "smiling cat",
    "rocket",
    "",
    "flag of Côte d’Ivoire, in the style of OpenMoji",
    "woman scientist: medium-dark skin tone",
    "💡 light bulb",
    "西瓜",
    "an unquestionably bioluminescent jellyfish floccinaucinihilipilification",
    "a snowman without snow, under a rainbow",
    "a very long prompt that goes on and on about a small yellow bird who sits on a branch of a cherry "
    "tree in the spring, sings to the moon, and is never, ever heard by anybody but the sleepy owl",
]
MAXIMUM = 32


def states(model, ids, mask):
    with torch.no_grad():
        return model(input_ids=ids, attention_mask=mask).last_hidden_state


def sentences(states, mask):
    """The Pooling (mean) and Normalize modules of sentence-transformers."""
    weights = mask.unsqueeze(-1).float()
    mean = (states * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
    return torch.nn.functional.normalize(mean, dim=-1)


def tiny():
    torch.manual_seed(31)
    config = BertConfig(
        vocab_size=48, hidden_size=24, num_hidden_layers=2, num_attention_heads=3,
        intermediate_size=40, max_position_embeddings=12, type_vocab_size=2, layer_norm_eps=1e-12)
    model = BertModel._from_config(config, attn_implementation="eager").eval()
    for parameter in model.parameters():
        parameter.data = 0.5 * torch.randn_like(parameter)
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    weights["embeddings.position_ids"] = torch.arange(12)[None]  # as the published checkpoint has
    folder = OUTPUT / "tiny"
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config.to_dict(), indent=2, sort_keys=True) + "\n")
    ids = torch.randint(0, 48, (3, 12))
    mask = torch.ones(3, 12, dtype=torch.int64)
    mask[1, 7:] = 0
    mask[2, 1:] = 0
    golden = states(model, ids, mask)
    save_file(
        {"ids": ids, "mask": mask, "states": golden, "sentences": sentences(golden, mask)},
        folder / "golden.safetensors")


def prompts():
    weights = {name: tensor.float() for name, tensor in load_file(MODEL / "model.safetensors").items()}
    config = BertConfig.from_pretrained(MODEL)
    model = BertModel._from_config(config, attn_implementation="eager", add_pooling_layer=False)
    misfits = model.load_state_dict(weights, strict=False)
    assert not misfits.missing_keys and not misfits.unexpected_keys, misfits
    model.eval()
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(MODEL / "tokenizer.json"), pad_token="[PAD]")
    tokens = tokenizer(
        PROMPTS, padding="max_length", truncation=True, max_length=MAXIMUM, return_tensors="pt")
    ids, mask = tokens["input_ids"], tokens["attention_mask"]
    golden = states(model, ids, mask)
    (OUTPUT / "prompts.json").write_text(json.dumps(PROMPTS, indent=2) + "\n")
    save_file(
        {
            "ids": ids,
            "mask": mask,
            "states": golden[mask.bool()],  # of the text alone, one prompt after the other
            "sentences": sentences(golden, mask),
        },
        OUTPUT / "prompts.safetensors")


tiny()
prompts()
for path in sorted(OUTPUT.rglob("*.*")):
    if path.suffix in (".json", ".safetensors"):
        print(path.relative_to(OUTPUT), path.stat().st_size)
