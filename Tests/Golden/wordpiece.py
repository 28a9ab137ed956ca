"""Golden tokens of the WordPiece tokenizer, by Hugging Face's tokenizers 0.23.3; seed 20.

Writes, beside the tests that read them:
  ModalitiesTests/Text/wordpiece.json   texts, their numbers, and where they are cut
  ModalitiesTests/Text/characters.json  what the normalizer makes of every character
"""

import json
import pathlib
import random

import tokenizers
from tokenizers import Tokenizer

assert tokenizers.__version__ == "0.23.3", tokenizers.__version__
ROOT = pathlib.Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "Tests/ModalitiesTests/Text"
FILE = ROOT / "Models/inkwell-emoji/text_encoder/tokenizer.json"

PHRASES = """
a slice of watermelon
Smiling Cat with Heart-Eyes
it's a "rock'n'roll" guitar (v2.0), isn't it?
e-mail: someone@example.org / https://example.org/a_b?c=d&e=%20#f
price: $3.50, €4, £5, ¥600, 7 % off + tax = ~10^2 <tag> {x|y} `code` \\ end
unaffable antidisestablishmentarianism floccinaucinihilipilification
Ein Stück Wassermelone, schön groß: ÄÖÜ äöü ß ẞ
une tranche de pastèque, où l'élève naïf mange à Noël ; œuf, Ç ç
una rodaja de sandía, ¿quieres más? ¡Sí, señor! Ñandú
uma fatia de melancia, coração, maçã, pão, avô e avó
una fetta d'anguria, perché no? città, lunedì
een plakje watermeloen, geïnteresseerd, zeeën
en skive vannmelon på Ålesund, ærlig, øre
en bit vattenmelon, smörgås, räksallad
viipale vesimelonia, hääyöaie, päivää
szelet görögdinnye, árvíztűrő tükörfúrógép
plátek melounu, příliš žluťoučký kůň úpěl ďábelské ódy
kawałek arbuza, zażółć gęślą jaźń
felie de pepene verde, țară, știință, șarpe, ţ ş
bir dilim karpuz, İstanbul, ısırgan, IĞDIR, çğşöü
arbūzo skiltelė, ąčęėįšųūž; arbūza šķēle, āčēģīķļņšūž
lát dưa hấu, Tiếng Việt, đường phố, nghiêng ngả, ữ ẫ ỗ
φέτα καρπούζι, Ελλάδα, ΐΰ, ΆΈΉΊΌΎΏ, ὀδυσσεία, ς Σ
кусок арбуза, ёлка, Йод, съёмка, Щука
шматок кавуна, їжак, ґанок, єдність
парче диня; кавалак кавуна, ў; парче лубеница, ђ ћ џ љ њ
ձմերուկի կտոր, Հայաստան, և
საზამთროს ნაჭერი, თბილისი, ᲗᲑᲘᲚᲘᲡᲘ
פרוסת אבטיח, שָׁלוֹם עֲלֵיכֶם, ירושלים־תל אביב
شريحة من البطيخ، السَّلَامُ عَلَيْكُمْ، لا إله، ﷺ ﻻ
برشی از هندوانه، می‌خواهم، گل پژمرده
تربوز کا ٹکڑا، اُردُو، ہے ۔
तरबूज का टुकड़ा, हिन्दी, क्षत्रिय, ज़रूर, श्री।
তরমুজের টুকরো, বাংলা, কোথায়, ড়াল
தர்பூசணி துண்டு, தமிழ், கொடு
పుచ్చకాయ ముక్క, తెలుగు; ಕಲ್ಲಂಗಡಿ ತುಂಡು, ಕನ್ನಡ
തണ്ണിമത്തൻ കഷണം, മലയാളം; තරබූජ කැබැල්ලක්
ਤਰਬੂਜ ਦਾ ਟੁਕੜਾ; તરબૂચનો ટુકડો; ତରଭୁଜ ଖଣ୍ଡ
แตงโมหนึ่งชิ้น ภาษาไทย น้ำ กำลัง
ຊິ້ນໝາກໂມ ພາສາລາວ; ដុំឪឡឹក ភាសាខ្មែរ។
ဖရဲသီးတစ်စိတ် မြန်မာဘာသာ၊ ။
ཤུ་ཤུའི་དུམ་བུ། བོད་སྐད་ ཧཱུཾ
የሐብሐብ ቁራጭ፣ አማርኛ።
ᠮᠣᠩᠭᠣᠯ ᠬᠡᠯᠡ ᢅᢆ; тарвасны зүсэм, өвөл
ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ ꮳꮃꭹ; ᐃᓄᒃᑎᑐᑦ ᙭ ᙮; ᚠᚢᚦᚨᚱᚲ
一片西瓜，红苹果和火箭。「你好」——《世界》
一片西瓜，紅蘋果和火箭。台灣，龍龜
スイカ一切れ、ひらがなとカタカナ。がぎぐげご パピプペポ ﾊﾟﾋﾟ ｶﾞ
수박 한 조각, 안녕하세요 세계! 각 똠방각하 ㄱㄴㄷ ᄒᆞᆫ글
𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝓯𝓪𝓷𝓬𝔂 𝟘𝟙𝟚 ＦＵＬＬ ｗｉｄｔｈ ①②③ Ⅳ ℃ ™ ½ ﬁ ﬀ ǅ
𐐀𐐁𐐨 𞤀𞤁𞤢 𐒰𐓘 Ꙁꙁ Ⴀⴀ ᾼ ǈ ŉ ẖ ΐ
Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞
A\u030a Å \u212b e\u0301 é \u1e69 s\u0323\u0307 s\u0307\u0323 q\u0323\u0307 \u0344
𠀀𪛖𫝀𫠝𫠠𬺯 豈更 丽 㐀䶵 ⼀ 〇 々
[CLS] [SEP] [MASK] [PAD] [UNK] [cls] [MASK][MASK]x[SEP ] [ MASK]
##ing ##s # ## un##able
""".strip().split("\n")

EMOJI = (
    "🍉 😺 😻 🚀 🌈 ⛄ ❤️ ❤ 👩‍🚀 👨‍👩‍👧‍👦 👍🏽 🇳🇱 🇯🇵 🏴‍☠️ 🏳️‍🌈 1️⃣ #️⃣ ©️ ™ 🫠 🪿 🫨 🏴\U000e0067\U000e0062\U000e0065"
    "\U000e006e\U000e0067\U000e007f ☎ ⌚ 🧑🏿‍💻 🥲 🀄 ♟️ ⁉️"
).split(" ")
SPACES = list(" \t\n\r\x0b\x0c\x1c\x85\xa0\u1680\u2003\u2007\u2009\u2028\u2029\u202f\u205f\u3000")
HIDDEN = list("\x00\x01\x07\x08\x1b\x7f\x80\xad\u061c\u180e\u200b\u200c\u200d\u200e\u2060\ufeff"
              "\ufffc\ufffd\ufffe\ue000\U000f0000\U000e0001\u0378\U00013430\u070f\u08e2")


def texts(random):
    """Texts from plain to odd; about 2,200 of them."""
    yield from PHRASES + EMOJI + SPACES + HIDDEN + ["", "a", "[", "[MASK]"]
    for length in (99, 100, 101, 150):
        yield "x" * length
        yield "é" * length + " ok"
        yield "e\u0301" * length
        yield "한" * (length // 3) + "!"
        yield "-" * length
    words = [word for phrase in PHRASES for word in phrase.split()]
    for _ in range(900):  # words of all languages in one text
        parts = []
        for _ in range(random.randint(1, 7)):
            word = random.choice(words)
            word = random.choice([word, word, word.upper(), word.title(), word[::-1]])
            parts.append(word)
            parts.append(random.choice([" "] * 6 + SPACES + EMOJI + HIDDEN + ["", "", "-", "'", "."]))
        yield "".join(parts)
    for _ in range(250):  # any characters of one block
        start = random.choice([0x20, 0x80, 0x100, 0x300, 0x370, 0x400, 0x590, 0x600, 0x900, 0xE00,
                               0x1000, 0x1100, 0x1780, 0x1800, 0x1E00, 0x1F00, 0x2000, 0x2100,
                               0x2E00, 0x3000, 0x3100, 0xA640, 0xA980, 0xAC00, 0xF900, 0xFB00,
                               0xFE00, 0x10400, 0x11100, 0x11700, 0x1D160, 0x1F300, 0x1FA70, 0x2F800])
        yield "".join(chr(start + random.randrange(0x90)) for _ in range(random.randint(1, 10)))
    for _ in range(350):  # any characters at all
        yield "".join(any_character(random) for _ in range(random.randint(1, 9)))
    marks = [chr(c) for c in range(0x300, 0x370)] + list("\u093c\u094d\u0bcd\u1b44\ua953\u302e\u302f\u0345"
                                                          "\U0001d165\U0001d16d\U00016ff0\u1037\u0e3a")
    for _ in range(300):  # combining marks in any order
        yield "".join(
            random.choice("aeiouyABCÅéがक한ΐ ") + "".join(random.choices(marks, k=random.randint(0, 4)))
            for _ in range(random.randint(1, 5)))
    specials = ["[CLS]", "[SEP]", "[MASK]", "[PAD]", "[UNK]", "[mask]", "[", "]", "a", " ", "é", "中"]
    for _ in range(120):
        yield "".join(random.choices(specials, k=random.randint(1, 8)))


def any_character(random):
    limit = random.choice([0x80, 0x800, 0x10000, 0x20000, 0x110000])
    while True:
        code = random.randrange(limit)
        if not 0xD800 <= code < 0xE000:
            return chr(code)


def golden(tokenizer, random):
    """[text, numbers, longest, scalars kept when cut to `longest` numbers, or -1]"""
    rows = []
    for text in dict.fromkeys(texts(random)):
        encoding = tokenizer.encode(text)
        longest = random.randint(2, 16)
        kept = encoding.offsets[longest - 1][0] if len(encoding.ids) > longest else -1
        rows.append([text, encoding.ids, longest, kept])
    return rows


def characters(tokenizer):
    """What becomes of each character between two letters, and whether it ends a word."""
    changed, punctuation, spaces = {}, [], []
    planes = [*range(0xD800), *range(0xE000, 0x14000), *range(0x16000, 0x20000),
              *range(0x2A6D0, 0x2A710), *range(0x2B730, 0x2B930), *range(0x2CEA0, 0x2CEB0),
              *range(0x2F7F0, 0x2FA30), *range(0xE0000, 0xE0200)]
    for code in planes:
        if 0x3400 <= code < 0xD7A4 and code % 61 and not 0xA000 <= code < 0xAC00:
            continue  # ideographs and Hangul syllables follow rules: a sample is enough
        text = "a" + chr(code) + "b"
        normal = tokenizer.normalizer.normalize_str(text)[1:-1]
        if normal != chr(code):
            changed["%x" % code] = " ".join("%x" % ord(c) for c in normal)
        words = [word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(text)]
        if len(words) == 3:
            punctuation.append(code)
        elif len(words) == 2:
            spaces.append(code)
    return {"changed": changed, "punctuation": punctuation, "spaces": spaces}


def main():
    tokenizer = Tokenizer.from_file(str(FILE))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    rows = golden(tokenizer, random.Random(20))
    assert len(rows) >= 2000, len(rows)
    write("wordpiece.json", "[\n" + ",\n".join(compact(row) for row in rows) + "\n]\n")
    write("characters.json", compact(characters(tokenizer)) + "\n")


def compact(value):
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def write(name, text):
    (OUTPUT / name).write_text(text)
    print(f"{name}: {len(text)} bytes")


main()
