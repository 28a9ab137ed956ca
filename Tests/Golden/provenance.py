"""Golden pictures that say how they were made, by Pillow 13.0.0 and piexif 1.1.3; no chance plays a part.

Writes InkwellTests/Provenance/pictures.json: small PNG, JPEG and WebP files whose texts are written as the programs
do (AUTOMATIC1111's web UI 1.10 `create_infotext` and `save_image_with_geninfo`, ComfyUI's `SaveImage`, InvokeAI 6,
NovelAI), in base64, and the settings that are in them. A value of AUTOMATIC1111's line is quoted as JSON if it has a
comma, a colon or a line's end in it; its JPEG and WebP files have the text as EXIF UserComment, in UTF-16.
"""

import base64
import io
import json
import pathlib

import piexif
import piexif.helper
import PIL
from PIL import Image, PngImagePlugin

assert PIL.__version__ == "13.0.0", PIL.__version__
assert piexif.VERSION == "1.1.3", piexif.VERSION
OUTPUT = pathlib.Path(__file__).resolve().parents[1] / "InkwellTests/Provenance/pictures.json"


def quoted(value):
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if any(mark in text for mark in ",\n:") else text


def infotext(prompt, negative, fields):
    line = ", ".join(f"{name}: {quoted(value)}" for name, value in fields.items() if value is not None)
    return f"{prompt}\nNegative prompt: {negative}\n{line}".strip() if negative else f"{prompt}\n{line}".strip()


def png(texts):
    info = PngImagePlugin.PngInfo()
    for key, text in texts.items():
        info.add_text(key, text)
    return saved("PNG", pnginfo=info)


def saved(kind, **options):
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), (90, 120, 40)).save(buffer, kind, **options)
    return buffer.getvalue()


def commented(kind, text):
    exif = piexif.dump({"Exif": {piexif.ExifIFD.UserComment: piexif.helper.UserComment.dump(text, encoding="unicode")}})
    if kind == "WEBP":
        return saved(kind, exif=exif)
    output = io.BytesIO()
    piexif.insert(exif, saved(kind), output)
    return output.getvalue()


def named(theirs, ours):
    return {"theirs": theirs, "ours": ours} if ours else {"theirs": theirs}


def settings(program, **values):
    return {"program": program, "loras": [], "others": {}} | values


def automatic():
    prompt = "a lighthouse at dusk, (storm:1.2), <lora:ink wash:0.7> <lora:grain:0.5:0.8>\nsecond line, Größe 100 %"
    negative = "blurry, [text]\nlow quality: bad"
    fields = {
        "Steps": 28, "Sampler": "DPM++ 2M SDE", "Schedule type": "Karras", "CFG scale": 6.5, "Seed": 4294967293,
        "Size": "832x1216", "Model hash": "6ce0161689", "Model": "v1-5-pruned", "Denoising strength": 0.45,
        "Clip skip": 2, "Hires upscale": 1.5, "Hires upscaler": "R-ESRGAN 4x+",
        "Lora hashes": "ink wash: 0123456789ab, grain: ba9876543210", "TI hashes": 'a "quoted": x', "Version": "v1.10.1"}
    found = settings(
        "automatic1111", prompt=prompt, negative=negative, steps=28, sampler=named("DPM++ 2M SDE", "dpmpp-2m-sde"),
        spacing=named("Karras", "karras"), guidance=6.5, seed=4294967293, width=832, height=1216,
        model="v1-5-pruned", modelHash="6ce0161689", strength=0.45,
        loras=[
            {"name": "ink wash", "weight": 0.7, "textEncoderWeight": 0.7, "hash": "0123456789ab"},
            {"name": "grain", "weight": 0.8, "textEncoderWeight": 0.5, "hash": "ba9876543210"}],
        others={"Clip skip": "2", "Hires upscale": "1.5", "Hires upscaler": "R-ESRGAN 4x+",
                "TI hashes": 'a "quoted": x', "Version": "v1.10.1"})
    text = infotext(prompt, negative, fields)
    yield "A1111 PNG", png({"parameters": text}), found
    yield "A1111 JPEG", commented("JPEG", text), found
    yield "A1111 WebP", commented("WEBP", text), found
    text = infotext("猫 🐈", "", {"Steps": 20, "Sampler": "DPM++ 2M Karras", "CFG scale": 7, "Seed": 1, "Size": "512x512"})
    yield "A1111 of 2023, not Latin", png({"parameters": text}), settings(
        "automatic1111", prompt="猫 🐈", steps=20, sampler=named("DPM++ 2M Karras", "dpmpp-2m"),
        spacing=named("Karras", "karras"), guidance=7, seed=1, width=512, height=512)
    yield "a prompt alone", png({"parameters": "a cat, Steps: 3"}), settings("automatic1111", prompt="a cat, Steps: 3")


def node(kind, **inputs):
    return {"inputs": inputs, "class_type": kind, "_meta": {"title": kind}}


def comfy():
    graph = {
        "4": node("CheckpointLoaderSimple", ckpt_name="sd_xl_base_1.0.safetensors"),
        "10": node("LoraLoader", lora_name="a.safetensors", strength_model=0.8, strength_clip=1.0, model=["4", 0], clip=["4", 1]),
        "11": node("LoraLoaderModelOnly", lora_name="b.safetensors", strength_model=0.25, model=["10", 0]),
        "6": node("CLIPTextEncode", text="a fox, \"quoted\"\nin snow", clip=["10", 1]),
        "7": node("CLIPTextEncode", text="text, watermark", clip=["10", 1]),
        "12": node("ControlNetApplyAdvanced", strength=1.0, positive=["6", 0], negative=["7", 0], control_net=["13", 0]),
        "13": node("ControlNetLoader", control_net_name="canny.safetensors"),
        "14": node("PrimitiveInt", value=1024),
        "5": node("EmptyLatentImage", width=["14", 0], height=768, batch_size=1),
        "3": node("KSampler", seed=156680208700286, steps=20, cfg=8.0, sampler_name="dpmpp_2m", scheduler="karras",
                  denoise=1.0, model=["11", 0], positive=["12", 0], negative=["12", 1], latent_image=["5", 0]),
        "20": node("LatentUpscale", upscale_method="bicubic", width=2048, height=1536, crop="disabled", samples=["3", 0]),
        "2": node("KSampler", seed=5, steps=10, cfg=4.0, sampler_name="euler", scheduler="normal", denoise=0.5,
                  model=["11", 0], positive=["12", 0], negative=["12", 1], latent_image=["20", 0]),
        "8": node("VAEDecode", samples=["2", 0], vae=["4", 2]),
        "9": node("SaveImage", filename_prefix="ComfyUI", images=["8", 0]) | {"is_changed": [float("nan")]},
    }
    found = settings(
        "comfyui", prompt="a fox, \"quoted\"\nin snow", negative="text, watermark", seed=156680208700286, steps=20,
        guidance=8.0, sampler=named("dpmpp_2m", "dpmpp-2m"), spacing=named("karras", "karras"), strength=1.0,
        width=1024, height=768, model="sd_xl_base_1.0.safetensors",
        loras=[{"name": "a.safetensors", "weight": 0.8, "textEncoderWeight": 1.0}, {"name": "b.safetensors", "weight": 0.25}],
        others={"samplers": "2"})
    yield "ComfyUI", png({"prompt": json.dumps(graph), "workflow": json.dumps({"nodes": [], "version": 0.4})}), found
    custom = {
        "1": node("UNETLoader", unet_name="m.safetensors", weight_dtype="default"),
        "2": node("CLIPTextEncode", text=["3", 0], clip=["9", 0]),
        "3": node("StringConstant", string="a moth"),
        "4": node("CLIPTextEncode", text="", clip=["9", 0]),
        "5": node("CFGGuider", cfg=3.5, model=["1", 0], positive=["2", 0], negative=["4", 0]),
        "6": node("RandomNoise", noise_seed=77),
        "7": node("KSamplerSelect", sampler_name="res_multistep_ancestral"),
        "8": node("BasicScheduler", scheduler="beta", steps=30, denoise=0.6, model=["1", 0]),
        "9": node("CLIPLoader", clip_name="c.safetensors", type="sd3"),
        "10": node("EmptySD3LatentImage", width=640, height=512, batch_size=1),
        "11": node("SamplerCustomAdvanced", noise=["6", 0], guider=["5", 0], sampler=["7", 0], sigmas=["8", 0],
                   latent_image=["10", 0]),
    }
    yield "ComfyUI's custom sampler", png({"prompt": json.dumps(custom)}), settings(
        "comfyui", prompt="a moth", negative="", seed=77, steps=30, guidance=3.5,
        sampler=named("res_multistep_ancestral", None), spacing=named("beta", "timestep-beta"), strength=0.6,
        width=640, height=512, model="m.safetensors")


def others():
    metadata = {
        "app_version": "6.0.0", "generation_mode": "sdxl_txt2img", "positive_prompt": "a barn", "negative_prompt": "fog",
        "width": 896, "height": 1152, "seed": 12345, "cfg_scale": 5.5, "steps": 30, "scheduler": "dpmpp_2m_k",
        "model": {"key": "k", "hash": "blake3:00ff", "name": "juggernaut", "base": "sdxl", "type": "main"},
        "loras": [{"model": {"key": "l", "hash": "blake3:11", "name": "detail", "base": "sdxl", "type": "lora"}, "weight": 0.6}]}
    yield "InvokeAI", png({"invokeai_metadata": json.dumps(metadata)}), settings(
        "invokeai", prompt="a barn", negative="fog", width=896, height=1152, seed=12345, guidance=5.5, steps=30,
        sampler=named("dpmpp_2m_k", "dpmpp-2m"), spacing=named("k", "karras"), model="juggernaut", modelHash="blake3:00ff",
        loras=[{"name": "detail", "weight": 0.6, "hash": "blake3:11"}],
        others={"app_version": "6.0.0", "generation_mode": "sdxl_txt2img"})
    comment = {"prompt": "a girl with a cat", "steps": 28, "height": 1216, "width": 832, "scale": 5.0, "uncond_scale": 1.0,
               "seed": 3042, "n_samples": 1, "sampler": "k_euler_ancestral", "uc": "lowres", "v4_prompt": {"caption": {}}}
    yield "NovelAI", png({"Software": "NovelAI", "Description": "a girl with a cat", "Comment": json.dumps(comment)}), settings(
        "novelai", prompt="a girl with a cat", negative="lowres", steps=28, width=832, height=1216, guidance=5.0, seed=3042,
        sampler=named("k_euler_ancestral", "euler-ancestral"), others={"uncond_scale": "1", "n_samples": "1"})


def main():
    OUTPUT.parent.mkdir(exist_ok=True)
    cases = [
        {"name": name, "picture": base64.b64encode(picture).decode(), "settings": found}
        for make in (automatic, comfy, others) for name, picture, found in make()]
    OUTPUT.write_text(json.dumps(cases, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    print(OUTPUT, OUTPUT.stat().st_size, len(cases))


main()
