"""Golden embeddings of words, by diffusers 0.42.1, transformers 5.23.0 and torch 2.13.0; seed 45.

`clip_text.py` comes before it: the encoders are the tiny ones that it makes.

Writes, below ModelsTests/CLIPText/inversions/:
  a1111.pt, kohya.safetensors, learned_embeds.bin, learned_embeds.safetensors, sdxl.safetensors
  parameter_dict.pt   as the web UI wrote it at first, which diffusers and this project refuse
  golden.safetensors  what the encoders make of prompts after `load_textual_inversion`
  prompts.json        those prompts
"""

import json
import pathlib

import diffusers
import torch
import transformers
from diffusers.loaders import TextualInversionLoaderMixin
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

assert diffusers.__version__ == "0.42.1", diffusers.__version__
assert transformers.__version__ == "5.23.0", transformers.__version__
FOLDER = pathlib.Path(__file__).resolve().parents[1] / "ModelsTests/CLIPText"
OUTPUT = FOLDER / "inversions"
PROMPTS = [
    "a <cat-toy> in the rain", "ink-hat, on the ink-hat hat", "A <CAT-TOY> and ink-hat_1 in it",
    " ".join(["in"] * 73) + " ink-hat <rain>", "uneink-hathat <rain><rain> <hat>", "no word of them"]


class Pipeline(TextualInversionLoaderMixin):
    hf_device_map = None
    components = {}

    def __init__(self, folder, kind):
        self.tokenizer = CLIPTokenizer.from_pretrained(FOLDER / "tokenizer")
        config = CLIPTextConfig.from_pretrained(FOLDER / folder)
        self.text_encoder = kind._from_config(config, attn_implementation="eager").eval()
        weights = load_file(FOLDER / folder / "model.safetensors")
        weights.pop("text_model.embeddings.position_ids", None)
        if kind is CLIPTextModel:
            weights = {name.removeprefix("text_model."): tensor for name, tensor in weights.items()}
        self.text_encoder.load_state_dict(weights)

    def states(self, prompt):
        text = self.maybe_convert_prompt(prompt, self.tokenizer)
        ids = self.tokenizer(
            text, padding="max_length", max_length=77, truncation=True, return_tensors="pt").input_ids
        return self.text_encoder(ids).last_hidden_state[0]


def write_files():
    web = {"string_to_token": {"*": 265}, "name": "ink-hat", "step": 1499, "sd_checkpoint": None,
           "sd_checkpoint_name": "a model"}
    vectors = torch.nn.Parameter(torch.randn(3, 8))
    torch.save({**web, "string_to_param": {"*": vectors}}, OUTPUT / "a1111.pt")
    torch.save({**web, "string_to_param": torch.nn.ParameterDict({"*": vectors})}, OUTPUT / "parameter_dict.pt")
    save_file({"emb_params": torch.randn(2, 8).half()}, OUTPUT / "kohya.safetensors")
    torch.save({"<cat-toy>": torch.randn(8)}, OUTPUT / "learned_embeds.bin")
    save_file({"<hat>": torch.randn(1, 8)}, OUTPUT / "learned_embeds.safetensors")
    save_file({"clip_g": torch.randn(2, 8), "clip_l": torch.randn(2, 8)}, OUTPUT / "sdxl.safetensors")


@torch.no_grad()
def main():
    torch.manual_seed(45)
    OUTPUT.mkdir(exist_ok=True)
    write_files()
    pipeline = Pipeline("tiny", CLIPTextModel)
    for name, word in [("a1111.pt", None), ("kohya.safetensors", "<rain>"), ("learned_embeds.bin", None),
                       ("learned_embeds.safetensors", None)]:
        pipeline.load_textual_inversion(OUTPUT / name, weight_name=name, token=word)
    golden = {str(number): pipeline.states(prompt) for number, prompt in enumerate(PROMPTS)}
    for folder, kind, table in [
            ("tiny", CLIPTextModel, "clip_l"), ("projected", CLIPTextModelWithProjection, "clip_g")]:
        pipeline = Pipeline(folder, kind)
        vectors = load_file(OUTPUT / "sdxl.safetensors")[table]
        pipeline.load_textual_inversion({"web": vectors})
        golden[table] = pipeline.states("the web in a hat")
    save_file({name: tensor.contiguous().clone() for name, tensor in golden.items()}, OUTPUT / "golden.safetensors")
    (OUTPUT / "prompts.json").write_text(json.dumps(PROMPTS) + "\n")
    for path in sorted(OUTPUT.iterdir()):
        print(path.name, path.stat().st_size)


main()
