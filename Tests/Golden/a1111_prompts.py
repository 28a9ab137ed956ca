"""Golden prompts in the syntax of AUTOMATIC1111's web UI 1.10, by its own modules; seed 43.

    python Tests/Golden/a1111_prompts.py FOLDER

FOLDER is a checkout of the web UI (AGPL: nothing of it is in this repository); the fixtures were made
with commit 5347a0d3261e467f6861ea9407016579e5cc6113 of github.com/chirag127/stable-diffusion-webui,
a copy whose lines are broken otherwise. It needs lark 1.1.2 besides what the other scripts need, and
open_clip_torch 3.3.0 for the vocabulary. Without FOLDER, nothing is made.

Writes:
  ModalitiesTests/Text/a1111_prompts.json       prompts with their weighted parts, their terms between
                                                ANDs, their texts by step, and their chunks
  ModelsTests/CLIPText/a1111.safetensors        what the encoder tiny/ makes of prompts with weights
  ModelsTests/CLIPText/a1111.json               those prompts
"""

import importlib.util
import json
import os
import pathlib
import random
import runpy
import subprocess
import sys
import tempfile
import types

import torch
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

ROOT = pathlib.Path(__file__).resolve().parents[2]
TESTS = ROOT / "Tests"

PROMPTS = r"""
normal text
an (important) word
(unbalanced
unbalanced) here] too
\(literal\] \[x\) \\ back\slash end\
(unnecessary)(parens)
a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).
(a:1.2) (b : 0.5 ) (c:+1.) (d:-.5) (e: 2) (f:x) (g:1.2
:1.2) not opened, (a (b:1.1) c:0.9)
[less] [[lesser]] ([both]) [(both)] ((a] b) c]
one BREAK two BREAK BREAK three BREAK
BREAK first, xBREAK BREAKx BREAK_ (a BREAK b) [c BREAK d] BREAK
(a:1.5)(b:1.5) (c:1.5)d(e:1.0)f
, , ,(,:1.1),
émigré (ñandú:1.3) 猫 (犬:1.2) 🍉 (🚀🌈:0.7)
a cat AND a dog
a cat :1.2 AND a dog:-0.5 AND  a bird : 3. AND nothing: AND :2 AND x:.5
LAND AND_ ANDy band AND
a [b:3]
a [b: 3 ] c [d::4] e
a [[[b]]:2]
[(a:2):3]
a [b : c : 1] d
a[b:[c:d:2]:1]e
a [unbalanced
a [b:.5] c [d:e:0.25] [f::0.99] [g:1.0] [h:i:-1] [j:1e1] [k:0]
a [{b|d{:.5] c
((a][:b:c [d:3]
[a|(b:1.1)]
[fe|]male
[fe|||]male [x|y:0.5]
[a:b|c:3] then
a | b [c:0.5]
([a|b]:1.3) and (c:[d:e:0.5])
[a|[b:c:4]|d] x
[cat:dog:0.5:0.6] [::3] [:3] [a:b:c]
\[a:b:3\] [a\:b:c:0.4] [a\|b|c] end\
fantasy landscape with a [mountain:lake:0.25] and [an oak:a christmas tree:0.75][ in foreground::0.6]
(masterpiece:1.3), best quality, [red:blue:0.3] hair (smile AND x:1.2)
""".strip("\n").split("\n") + ["", " ", "a\nb [c\nd:0.5]\ne BREAK\nf", "(((((a", "a)))))", "(", "[", ")", ":", "\\", "[]", "()", "[:", "[|]"]

# Two readings as well, of which the parser takes the one with fewer brackets in every run.
ODD = [r"é[0.5][([x y):(([\::cat:7]([0.5|cat]: 1.5 ):-1):7]"]

WORDS = ["cat", "red hair", "a, b", "1girl", " ", "BREAK", "AND", "0.5", "3", "x y", "\\(", "\\:", "é", ""]


def random_prompt(chance, depth=0):
    """Mostly sound nests of brackets, with a loose character now and then."""
    parts = []
    for _ in range(chance.randint(1, 4)):
        kind = chance.random()
        inner = lambda: random_prompt(chance, depth + 1) if depth < 3 else chance.choice(WORDS)
        when = chance.choice(["0.5", "3", ".25", " 4 ", "1.0", "-1", "0.999", "7"])
        if kind < 0.4:
            parts.append(chance.choice(WORDS))
        elif kind < 0.5:
            parts.append(f"({inner()})")
        elif kind < 0.6:
            parts.append(f"({inner()}:{chance.choice(['1.2', '0.8', ' 1.5 ', '-1', 'x'])})")
        elif kind < 0.68:
            parts.append(f"[{inner()}]")
        elif kind < 0.78:
            parts.append(f"[{inner()}:{inner()}:{when}]")
        elif kind < 0.84:
            parts.append(f"[{inner()}:{when}]")
        elif kind < 0.9:
            parts.append(f"[{inner()}|{inner()}{chance.choice(['', '|', '|' + inner()])}]")
        else:
            parts.append(chance.choice("()[]:|\\,  "))
    return "".join(parts)


class Stub(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Stub(name)

    def __call__(self, *arguments, **named):
        return self


def modules(folder):
    """The web UI's prompt_parser and sd_hijack_clip, without the rest of it."""
    package = Stub("modules")
    package.__path__ = [str(pathlib.Path(folder) / "modules")]
    sys.modules["modules"] = package
    options = types.SimpleNamespace(
        emphasis="Original", comma_padding_backtrack=20, CLIP_stop_at_last_layers=1,
        use_old_emphasis_implementation=False, textual_inversion_add_hashes_to_infotext=False)
    for name in ["devices", "sd_hijack", "shared"]:
        sys.modules[f"modules.{name}"] = Stub(name)
        setattr(package, name, sys.modules[f"modules.{name}"])
    sys.modules["modules.shared"].opts = options
    sys.modules["modules.devices"].device = "cpu"
    # All three by name: the package gives a stub for what is not imported yet.
    import modules.prompt_parser
    import modules.sd_emphasis
    import modules.sd_hijack_clip
    assert isinstance(modules.sd_hijack_clip.sd_emphasis.options, list)
    return modules.prompt_parser, modules.sd_hijack_clip, options


class Encoder:
    """The text model where the web UI, made for transformers 4, looks for it."""

    def __init__(self, model):
        self.text_model = model

    def __call__(self, input_ids, output_hidden_states):
        return self.text_model(input_ids=input_ids, output_hidden_states=bool(output_hidden_states))


def conditioner(clip, tokenizer, model=None):
    hijack = types.SimpleNamespace(
        fixes=None, extra_generation_params={},
        embedding_db=types.SimpleNamespace(find_embedding_at_position=lambda tokens, place: (None, None)))
    wrapped = types.SimpleNamespace(tokenizer=tokenizer, transformer=model)
    return clip.FrozenCLIPEmbedderWithCustomWords(wrapped, hijack)


def attempt(function, *arguments):
    """What a function gives, or nothing if it fails, as for a weight that is no number."""
    try:
        return function(*arguments)
    except ValueError:
        return None


def row(parser, prompt):
    schedules = parser.get_learned_conditioning_prompt_schedules
    parts = attempt(parser.parse_prompt_attention, prompt)
    indexes, texts, _ = parser.get_multicond_prompt_list([prompt])
    return [
        prompt, parts, [[texts[index], weight] for index, weight in indexes[0]],
        schedules([prompt], 10)[0], schedules([prompt], 6, 5)[0]]


def texts_by_step(parser, prompts):
    return [parser.get_learned_conditioning_prompt_schedules([prompt], 10)[0] for prompt in prompts]


def steady(prompts):
    """The prompts whose texts by step do not change from run to run.

    The web UI's grammar has two readings of some odd prompts, and which of them its parser takes
    depends on the seed of Python's hashes.
    """
    runs = []
    for seed in range(8):
        command = [sys.executable, __file__, sys.argv[1], "--steps"]
        environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
        found = subprocess.run(
            command, input=json.dumps(prompts), env=environment, capture_output=True, text=True, check=True)
        runs.append(json.loads(found.stdout))
    kept = [prompt for prompt, *texts in zip(prompts, *runs) if all(text == texts[0] for text in texts)]
    print(f"{len(prompts) - len(kept)} of {len(prompts)} prompts have two readings")
    return kept


def long_prompts(chance):
    words = "red, blue sky, (tall:1.2) tower, old, very old house, cat dog bird fish, oil painting BREAK,".split(" ")
    for count in (70, 75, 76, 80, 100, 160, 240):
        yield " ".join(chance.choice(words) for _ in range(count))
    yield " ".join(["word"] * 75)
    yield " ".join(["word"] * 76)
    yield " ".join(["word"] * 74) + ", next one"
    yield " ".join(["word"] * 75) + ", next one"
    yield " ".join(["word"] * 54) + ", " + " ".join(["far"] * 30)
    yield " ".join(["word"] * 55) + ", " + " ".join(["near"] * 30)
    yield "a <|endoftext|> b, (c <|startoftext|>:1.3)"
    yield "BREAK a BREAK BREAK b"


def vocabulary_folder(path):
    merges = runpy.run_path(str(ROOT / "Scripts/generate-clip-merges"), run_name="library")
    package = importlib.util.find_spec("open_clip").submodule_search_locations[0]
    pairs = merges["read"](pathlib.Path(package) / "bpe_simple_vocab_16e6.txt.gz")
    pieces = {piece: number for number, piece in enumerate(merges["vocabulary"](pairs))}
    (path / "vocab.json").write_text(json.dumps(pieces, ensure_ascii=False))
    (path / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in pairs))


def chunks(clip, prompts):
    with tempfile.TemporaryDirectory() as folder:
        vocabulary_folder(pathlib.Path(folder))
        model = conditioner(clip, CLIPTokenizer.from_pretrained(folder))
    return [
        [prompt, [[chunk.tokens, chunk.multipliers] for chunk in model.tokenize_line(prompt)[0]]]
        for prompt in prompts]


@torch.no_grad()
def states(clip, options):
    """What tiny/ makes of prompts, in each way of weighing that the web UI has."""
    folder = TESTS / "ModelsTests/CLIPText"
    config = CLIPTextConfig.from_pretrained(folder / "tiny")
    model = CLIPTextModel._from_config(config, attn_implementation="eager").eval()
    weights = load_file(folder / "tiny/model.safetensors")
    weights.pop("text_model.embeddings.position_ids")
    model.load_state_dict({name.removeprefix("text_model."): tensor for name, tensor in weights.items()})
    prompts = ["an (old:1.4) hat [in] the (((rain)))", "", "one BREAK (two:0.3), (three:-1)",
               ", ".join(["the (red:1.1) hen"] * 16)]
    found = {}
    for emphasis, skip in [("Original", 1), ("No norm", 1), ("Original", 2)]:
        options.emphasis, options.CLIP_stop_at_last_layers = emphasis, skip
        tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
        encoder = conditioner(clip, tokenizer, Encoder(model))
        for number, prompt in enumerate(prompts):
            key = f"{'mean' if emphasis == 'Original' else 'plain'}.{skip}.{number}"
            found[key] = encoder([prompt])[0].clone()
    options.emphasis, options.CLIP_stop_at_last_layers = "Original", 1
    save_file(found, folder / "a1111.safetensors")
    write(folder / "a1111.json", prompts)


def write(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(path.name, path.stat().st_size)


def main():
    if len(sys.argv) < 2:
        return print("a1111_prompts.py: nothing made: it needs a checkout of the web UI")
    sys.path.insert(0, sys.argv[1])
    parser, clip, options = modules(sys.argv[1])
    if "--steps" in sys.argv:
        return print(json.dumps(texts_by_step(parser, json.load(sys.stdin))))
    chance = random.Random(43)
    prompts = PROMPTS + [random_prompt(chance) for _ in range(150)]
    prompts = steady([prompt for prompt in dict.fromkeys(prompts) if len(prompt) < 120 and prompt not in ODD])
    write(TESTS / "ModalitiesTests/Text/a1111_prompts.json", {
        "rows": [row(parser, prompt) for prompt in prompts],
        "chunks": chunks(clip, list(long_prompts(chance)))})
    states(clip, options)


main()
