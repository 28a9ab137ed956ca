"""All prompts that dynamicprompts 0.31.0 makes of templates, for PromptTemplateTests.

Writes ModalitiesTests/Text/prompt_templates.json: the lines of some wildcard files, and templates with all
their prompts, each once and sorted. It draws them with `CombinatorialPromptGenerator`.
"""

import importlib.metadata
import json
import pathlib
import tempfile

from dynamicprompts.generators import CombinatorialPromptGenerator
from dynamicprompts.wildcards import WildcardManager

assert importlib.metadata.version("dynamicprompts") == "0.31.0"
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "ModalitiesTests/Text/prompt_templates.json"
FILES = {
    "colour": ["red", "green", "blue"],
    "season": ["{early|late} spring", "summer"],
    "nested": ["a __colour__ hat", "no hat"],
    "animal/big": ["bear", "yak"],
    "animal/small": ["mouse", "{red|grey} squirrel"],
}
TEMPLATES = [
    "a cat", "a {red|green} cat", "{ a | b }x", "a {b {c|d}|e}", "{a|}", "{|a}", "{a}", "{}",
    "{0.5::a|2::b|c}", "{2:: a|b}", "{10::a}", "a::b", "{a::b|c}", "{a,b|c}", "{a|b} and {a|b}",
    "a {2$$a|b|c} z", "{2$$ and $$a|b|c}", "{1-2$$a|b}", "{4$$a|b}", "{-2$$a|b|c}", "{2-$$a|b|c}",
    "{0$$a|b}", "{0-1$$a|b}", "{1$$ | $$a|b}", "{2$$+$$a {b|c}|d|e}", "{2$$2::a|0.5::b}",
    "__colour__", "a __colour__ hat in __season__", "__nested__", "{__colour__|plain} hat",
    "{2$$__colour__}", "{2$$ or $$__colour__|__season__}", "__animal/big__", "__animal/*__",
    "__*__", "__animal/s*__", "__**__", "snake_case", "a } b", "a | b", "\\{a|b\\}", "**", "(red:1.2) [a:b:3]",
    "emoji 🍉 {é|ü}",
]


def main():
    with tempfile.TemporaryDirectory() as folder:
        for name, lines in FILES.items():
            file = pathlib.Path(folder, name + ".txt")
            file.parent.mkdir(exist_ok=True)
            file.write_text("".join(line + "\n" for line in lines))
        generator = CombinatorialPromptGenerator(WildcardManager(pathlib.Path(folder)))
        cases = []
        for template in TEMPLATES:
            prompts = list(generator.generate(template, 1000))
            assert len(prompts) < 1000, template
            cases.append(dict(template=template, prompts=sorted(set(map(str, prompts)))))
    OUTPUT.write_text(json.dumps(dict(files=FILES, cases=cases), ensure_ascii=False, indent=1) + "\n")
    print(len(cases), OUTPUT.stat().st_size)


if __name__ == "__main__":
    main()
