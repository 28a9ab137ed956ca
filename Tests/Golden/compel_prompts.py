"""Golden prompts in compel's syntax, by compel 2.5.1 and transformers 5.23.0; seed 44.

Install compel with `pip install --no-deps compel==2.5.1`, and pyparsing 3.3.3.

Writes:
  ModalitiesTests/Text/compel_prompts.json   prompts with what they are made of, or null for an error
  ModelsTests/CLIPText/compel.safetensors    what the encoder tiny/ makes of prompts with weights
  ModelsTests/CLIPText/compel.json           those prompts
"""

import importlib.metadata
import json
import pathlib
import random

import torch
from compel import Compel, ReturnedEmbeddingsType
from compel.prompt_parser import Blend, FlattenedPrompt, PromptParser
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

assert importlib.metadata.version("compel") == "2.5.1"
assert importlib.metadata.version("pyparsing") == "3.3.3"
PARSER = PromptParser()
TESTS = pathlib.Path(__file__).resolve().parents[1]

PROMPTS = r"""
a cat playing with a ball++ in the forest
a cat-- (red hat)++ "blue shoes"-- +plus -minus semi-detached
(a b)1.3 (c)0.5 (d)-.5 (e)+ (f)2 (g)1. (h)+1.5 (i) 1.2 "j"1.4 k1.2
((a)++ b)0.9 (((deep)1.1)1.1)1.1 ("quoted (inner)++ text" x)1.2
(a, b. c)1.2, d,e , f. g.h++ i++. j++,k
(unbalanced text++ and) more) "quotes
escaped \(brackets\) and \"quotes\" plus\+ minus\- (in\)side)1.2
(cat).attend(1.3) "dog".attend(++) bird.attend(-) fish .attend ( 1.5 )
("a cat", "a dog").blend(0.7, 0.3)
("a cat++", (b c), d).blend(1, 1, no_normalize)
("a cat, on a mat", "it's a b.c:d").blend(1, -0.5)
("one", "two").blend()
("one").blend(2)
("one", "").blend(1, 1)
("a cat", "an impressionist painting").and(1, 0.5)
("one++", "two", three).and()
("one", "two").add(1, 2)
("one","two" ).and( 1 , 0.8 )
withLora(name, 0.5) a cat withLora(other) useLora(third-one, 1.25)
withLora a cat, withLora() (b withLora(x,2))1.5
1girl, (masterpiece)1.2, best quality, 8k, f/1.8, 85mm
émigré++ (ñandú)1.3 猫++ (🍉 🚀)0.8
()1.5 "" ("")2 ( )- x
a+++ b++c d+-e --f ++ g--
http://example.org/a_b?c=d&e user@example.com #tag $3.50
"a "nested" quote"++ "esc \"aped\" quote"1.1
""".strip("\n").split("\n") + ["", "  ", "a\nb++\nc", ",", ",,a", "(", "\"", "(((((a", "a)))))", "+", "-", "\\"]

BAD = [
    '("a", "b").blend(1)', '("a", "b").blend(1, x)', '("a", "b").and(1, 2, 3)',
    '("a", "b").blend(1, 2) more', '("a", "b").and(1, 2) more', 'a cat.swap(dog) x', '("a").swap("b")',
]

WORDS = ["cat", "red hair", "a, b", "1girl", "x.y", "b++", "c--", "\\(", "\\)", "é", "0.5", "-", "+", "semi-d"]


def random_prompt(chance, depth=0):
    parts = []
    for _ in range(chance.randint(1, 4)):
        kind = chance.random()
        inner = lambda: random_prompt(chance, depth + 1) if depth < 2 else chance.choice(WORDS)
        weight = chance.choice(["", "++", "--", "+", "1.3", "0.5", "2", "-1", " 1.2", ".attend(1.5)", ".attend(+)"])
        if kind < 0.5:
            parts.append(chance.choice(WORDS))
        elif kind < 0.75:
            parts.append(f"({inner()}){weight}")
        elif kind < 0.9:
            parts.append('"' + inner().replace('"', '\\"') + f'"{weight}')
        else:
            parts.append(chance.choice("()\",.+-"))
    return chance.choice(["", " ", " ", " "]).join(parts)


def fragments(prompt):
    return [[child.text, child.weight] for child in prompt.children]


def described(prompt):
    """What compel makes of a prompt, or nothing for what is refused here."""
    if prompt in BAD:
        return None
    try:
        conjunction = PARSER.parse_conjunction(prompt)
    except Exception:
        return None
    terms = []
    for part, weight in zip(conjunction.prompts, conjunction.weights):
        if isinstance(part, Blend):
            terms.append([
                [fragments(child) for child in part.prompts], part.weights, part.normalize_weights, weight])
        else:
            assert isinstance(part, FlattenedPrompt)
            terms.append([[fragments(part)], None, False, weight])
    return [terms, [[adapter.model, float(adapter.weight)] for adapter in conjunction.lora_weights]]


@torch.no_grad()
def states():
    """What tiny/ makes of prompts: all long ones whole, as compel's wrappers for pipelines do."""
    folder = TESTS / "ModelsTests/CLIPText"
    config = CLIPTextConfig.from_pretrained(folder / "tiny")
    model = CLIPTextModel._from_config(config, attn_implementation="eager").eval()
    weights = load_file(folder / "tiny/model.safetensors")
    weights.pop("text_model.embeddings.position_ids")
    model.load_state_dict({name.removeprefix("text_model."): tensor for name, tensor in weights.items()})
    tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
    prompts = [
        "an (old)1.4 hat in+ the rain", "a (red)0.5 (hat)0 on-- it", "",
        '("a hat", "on the++ rain").blend(0.7, 0.4)', '("a hat", "a (rain)0.6 hat").blend(1, 1, no_normalize)',
        '("a hat", "the (rain)1.2").and(1, 0.5)',
        ". ".join(["the (red)1.1 hen, a (cat)0.7"] * 9), " ".join(["in"] * 80)]
    last = Compel(tokenizer, model, truncate_long_prompts=False)
    skipped = Compel(
        tokenizer, model, truncate_long_prompts=False,
        returned_embeddings_type=ReturnedEmbeddingsType.PENULTIMATE_HIDDEN_STATES_NON_NORMALIZED)
    found = {str(number): last(prompt) for number, prompt in enumerate(prompts)}
    found["penultimate"] = skipped(prompts[1])
    save_file({name: tensor.contiguous().clone() for name, tensor in found.items()}, folder / "compel.safetensors")
    write(folder / "compel.json", prompts)


def write(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(path.name, path.stat().st_size)


def main():
    chance = random.Random(44)
    prompts = PROMPTS + BAD + [random_prompt(chance) for _ in range(120)]
    prompts = [prompt for prompt in dict.fromkeys(prompts) if len(prompt) < 120]
    write(TESTS / "ModalitiesTests/Text/compel_prompts.json", [[prompt, described(prompt)] for prompt in prompts])
    states()


main()
