"""Golden tokens of CLIP's tokenizer, by transformers 5.23.0 with tokenizers 0.23.3; seed 41.

The vocabulary is that of open_clip_torch 3.3.0, names of languages and countries are those of
babel 2.17.0 (CLDR); install both with `pip install --no-deps`.

Writes, beside the tests that read them:
  ModalitiesTests/Text/clip_texts.json   what the test makes 10,400 texts of, by the rules of `text`
  ModalitiesTests/Text/clip_tokens.json  the numbers of the first 400 texts; a hash of every text with
                                         its numbers, for the published tokenizer and for one that
                                         pads with `!`, as SDXL's second does; a hash of 64 characters
                                         each between two letters, for most of Unicode
"""

import base64
import importlib.metadata
import importlib.util
import json
import pathlib
import random
import runpy
import struct
import sys
import tempfile

import tokenizers
import transformers
from babel import Locale, localedata
from transformers import CLIPTokenizer

assert transformers.__version__ == "5.23.0", transformers.__version__
assert tokenizers.__version__ == "0.23.3", tokenizers.__version__
assert importlib.metadata.version("babel") == "2.17.0"
assert importlib.metadata.version("open_clip_torch") == "3.3.0"
ROOT = pathlib.Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "Tests/ModalitiesTests/Text"
COUNT = 10_400
FULL = 400

PROMPTS = """
masterpiece, best quality, 1girl, (red hair:1.2), looking at viewer, (((detailed eyes)))
A photo of an astronaut riding a horse on Mars, f/1.8, 85mm, 4k UHD
it's the cat's whiskers; they're, we've, I'm, she'll, he'd, don't, 'S 'LL rock'n'roll
http://example.org/a_b?c=d&e=%20#f user@example.com $3.50 €4 £5 ¥600 7% ~10^2 <tag> {x|y} `code` \\end
floccinaucinihilipilification antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis
lora:add_detail:0.6> <lora:x:1> embedding:easynegative BREAK AND [a|b] [from:to:0.5] \\(escaped\\)
ÄÖÜ ẞ ß İstanbul ISPARTA ΣΑΣ ὈΔΥΣΣΕΎΣ ЁЖИК Ǆ ǅ ﬁ ﬃ Å Å é é ṩ ṩ ḍ̇ ḍ̇ q̣̇ 각 각 한글 ᄒᆞᆫ
½ ² ³ Ⅳ ① ٣ ४ 〇 一二三 𝟘𝟙 ๓ 𐒠 ㊿ 0123456789 3.14 1,000
Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞
""".strip().split("\n")

PIECES = (
    "🍉 😺 ❤️ ❤ 👩‍🚀 👨‍👩‍👧‍👦 👍🏽 🇳🇱 🏴‍☠️ 🏳️‍🌈 1️⃣ #️⃣ ™ 🫠 🪿 🫨 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f ⁉️ "
    ", . - _ ! !! ?! ... '' \" ( ) [ ] : ; / \\ 's 't 're 've 'm 'll 'd ’s 1 22 a A é e\u0301 "
    "<|startoftext|> <|endoftext|> <|ENDOFTEXT|> <|StartOfText|> <|endoftext <| |> </w> a</w>"
).split(" ")
PIECES += list(" \t\n\r\x0b\x0c\x1c\x1f\x85\xa0\u1680\u2000\u2003\u2007\u2028\u2029\u202f\u205f\u3000")
PIECES += list("\x00\x01\x08\x1b\x7f\x80\xad\u061c\u180e\u200b\u200c\u200d\u200e\u2060\ufeff\ufffc\ufffd\ufffe"
               "\ue000\U000f0000\U000e0001\u0378\u070f\u0300\u0301\u0323\u0345\u093c\u09be\u0bd7\u1161\u11a8\u3099")
PIECES += ["\r\n", "  ", " \u0301", "\u1100\u1161\u11a8", "\uac00\u11a8"]

BLOCKS = [0x20, 0x80, 0x100, 0x250, 0x300, 0x370, 0x400, 0x530, 0x590, 0x600, 0x900, 0x980, 0xB80, 0xE00,
          0xF40, 0x1000, 0x10A0, 0x1100, 0x13A0, 0x1780, 0x1800, 0x1E00, 0x1F00, 0x2000, 0x2100, 0x2150,
          0x2E00, 0x3000, 0x3100, 0x4E00, 0xA640, 0xA7A0, 0xA980, 0xAC00, 0xF900, 0xFB00, 0xFE00, 0xFF00,
          0x10400, 0x10D40, 0x11100, 0x11700, 0x11900, 0x1D160, 0x1D7C0, 0x1E900, 0x1F300, 0x1FA70, 0x2F800]
LIMITS = [0x80, 0x800, 0x10000, 0x20000, 0x110000]


class Chance:
    """SplitMix64 (Steele et al. 2014), which the test has too."""

    def __init__(self, seed):
        self.state = seed

    def below(self, bound):
        self.state = (self.state + 0x9E3779B97F4A7C15) % 2**64
        z = self.state
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
        return (z ^ z >> 31) % bound

    def pick(self, values):
        return values[self.below(len(values))]


def character(code):
    """A surrogate is no character: the one 2,048 places further stands for it."""
    return chr(code + 0x800 if 0xD800 <= code < 0xE000 else code)


def text(number, phrases):
    """One of the texts. The order of the draws is part of the fixture."""
    chance = Chance(number)
    kind = number % 8
    if kind < 3:  # phrases of all languages
        parts = []
        for _ in range(1 + chance.below(5)):
            parts.append(chance.pick(phrases))
            parts.append(chance.pick(PIECES) if chance.below(3) == 0 else " ")
        return "".join(parts)
    if kind == 3:  # a part of a phrase, with something before and behind
        phrase = chance.pick(phrases)
        start = chance.below(len(phrase))
        end = start + 1 + chance.below(len(phrase) - start)
        return chance.pick(PIECES) + phrase[start:end] + chance.pick(PIECES)
    if kind == 4:  # characters of one block
        start = chance.pick(BLOCKS)
        return "".join(character(start + chance.below(0x90)) for _ in range(1 + chance.below(12)))
    if kind == 5:  # any characters
        return "".join(character(chance.below(chance.pick(LIMITS))) for _ in range(1 + chance.below(9)))
    if kind == 6:  # what is no UTF-8
        data = bytearray((chance.pick(phrases) + chance.pick(PIECES) + chance.pick(phrases)).encode())
        for _ in range(1 + chance.below(5)):
            place = chance.below(len(data))
            change = chance.below(3)
            if change == 0:
                data[place] = chance.below(256)
            elif change == 1 and len(data) > 1:
                del data[place]
            else:
                data.insert(place, 128 + chance.below(128))
        return data.decode("utf-8", errors="replace")
    return "".join(chance.pick(PIECES) for _ in range(1 + chance.below(9)))


def is_sampled(code):
    dense = [(0, 0x3400), (0xA000, 0xAC00), (0xD7A4, 0xD800), (0xE000, 0x14000), (0x16000, 0x20000),
             (0xE0000, 0xE0200)]
    return not 0xD800 <= code < 0xE000 and (code % 61 == 0 or any(a <= code < b for a, b in dense))


def hashed(text, ids):
    """FNV-1a over the text's UTF-8 and its numbers, two bytes each, the lower first."""
    value = 0x811C9DC5
    for byte in text.encode() + struct.pack(f"<{len(ids)}H", *ids):
        value = (value ^ byte) * 0x01000193 % 2**32
    return value


def phrases():
    """Names of languages and countries in 200 languages, and prompts."""
    chance = random.Random(41)
    found = []
    for name in localedata.locale_identifiers():
        locale = Locale.parse(name)
        if locale.territory or locale.variant:
            continue
        names = sorted({*locale.territories.values(), *locale.languages.values()})
        names = [name for name in names if not name.isascii()] or names
        for phrase in chance.sample(names, min(len(names), 4)):
            found.append(chance.choice([phrase, phrase, phrase, phrase.upper()]))
    return PROMPTS + list(dict.fromkeys(phrase for phrase in found if phrase))


def folder(path, file, padding=None):
    """The published tokenizer, as its folders on the hub have it."""
    merges = runpy.run_path(str(ROOT / "Scripts/generate-clip-merges"), run_name="library")
    path = pathlib.Path(path)
    pairs = merges["read"](file)
    vocabulary = {piece: number for number, piece in enumerate(merges["vocabulary"](pairs))}
    (path / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
    (path / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in pairs))
    mark = {"lstrip": False, "rstrip": False, "single_word": False, "normalized": True, "special": True}
    if padding:
        (path / "tokenizer_config.json").write_text(json.dumps({
            "added_tokens_decoder": {
                "0": {**mark, "content": padding, "normalized": False},
                "49406": {**mark, "content": "<|startoftext|>"},
                "49407": {**mark, "content": "<|endoftext|>"}},
            "bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "pad_token": padding,
            "unk_token": "<|endoftext|>", "model_max_length": 77}))
    return CLIPTokenizer.from_pretrained(path)


def numbers(tokenizer, texts):
    return [encoding.ids for encoding in tokenizer.backend_tokenizer.encode_batch(texts)]


def packed(values):
    return base64.b64encode(struct.pack(f"<{len(values)}I", *values)).decode()


def main():
    package = importlib.util.find_spec("open_clip").submodule_search_locations[0]
    file = pathlib.Path(package) / "bpe_simple_vocab_16e6.txt.gz"
    words = phrases()
    texts = [text(number, words) for number in range(COUNT)]
    codes = [code for code in range(0x110000) if is_sampled(code)]
    blocks = [" ".join(f"a{chr(code)}b" for code in codes[start:start + 64])
              for start in range(0, len(codes), 64)]
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        published, padded = folder(one, file), folder(two, file, "!")
        ids = numbers(published, texts)
        fixture = {
            "ids": ids[:FULL],
            "published": packed([hashed(text, row) for text, row in zip(texts, ids)]),
            "padded": packed([hashed(text, row) for text, row in zip(texts, numbers(padded, texts))]),
            "characters": packed(
                [hashed(text, row) for text, row in zip(blocks, numbers(published, blocks))]),
        }
    write("clip_texts.json", {"phrases": words, "pieces": PIECES, "blocks": BLOCKS, "limits": LIMITS})
    write("clip_tokens.json", fixture)
    print(f"{len(set(texts))} different texts, {sum(map(len, ids))} numbers")


def write(name, value):
    (OUTPUT / name).write_text(json.dumps(value, separators=(",", ":")) + "\n")
    print(name, (OUTPUT / name).stat().st_size)


if __name__ == "__main__":
    sys.exit(main())
