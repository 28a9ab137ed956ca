"""Golden LoRAs in every dialect and what the references merge of them: diffusers 0.42.1, peft 0.21.2,
lycoris-lora 4.1.3, torch 2.13.0; seeds 61 and up.

Writes, below ModelsTests/Adapters/, pairs of a LoRA, NAME.safetensors, and of what becomes of the networks,
NAME.golden.safetensors: `NETWORK.WEIGHT`, every weight that is changed; `y`, what the U-Net predicts then, or
`hidden`, the text encoder's last states; `strength`, how much of the change was made.
  kohya, attention, diffusers, peft, peft_dora   on the U-Net sd1 and the text encoder tiny
  sgm                                            on the U-Net sdxl, the text encoders tiny and projected
  own/adapter_model                              as PEFT itself saves it, with its adapter_config.json
  locon, loha, lokr, full                        LyCORIS, on the U-Net sd1
The networks are those of unet2d_condition.py and clip_text.py. No LoRA has all layers: one of every kind.
"""

import json
import pathlib
import runpy
import shutil
import tempfile

import diffusers
import peft
import torch
from diffusers import UNet2DConditionModel
from diffusers.loaders import StableDiffusionLoraLoaderMixin, StableDiffusionXLLoraLoaderMixin
from lycoris.modules.full import FullModule
from lycoris.modules.locon import LoConModule
from lycoris.modules.loha import LohaModule
from lycoris.modules.lokr import LokrModule
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors.torch import load_file, save_file
from transformers import CLIPTextModel, CLIPTextModelWithProjection

assert diffusers.__version__ == "0.42.1", diffusers.__version__
assert peft.__version__ == "0.21.2", peft.__version__
assert torch.__version__.startswith("2.13.0"), torch.__version__
TESTS = pathlib.Path(__file__).resolve().parents[1]
MODELS = TESTS / "ModelsTests"
OUTPUT = MODELS / "Adapters"
seeded = runpy.run_path(str(TESTS / "Golden/unet2d_condition.py"))["seeded"]

BLOCK = "down_blocks.0.attentions.0.transformer_blocks.0"
ATTENTION = [f"{BLOCK}.attn1.to_q", f"{BLOCK}.attn2.to_k", f"{BLOCK}.attn2.to_out.0",
             "mid_block.attentions.0.transformer_blocks.0.attn1.to_v"]
MATRICES = ATTENTION + [f"{BLOCK}.ff.net.0.proj", f"{BLOCK}.ff.net.2", "down_blocks.0.resnets.0.time_emb_proj",
                        "time_embedding.linear_1"]
KERNELS = ["down_blocks.0.attentions.0.proj_in", "up_blocks.1.attentions.1.proj_out",
           "down_blocks.0.resnets.0.conv1", "down_blocks.1.downsamplers.0.conv",
           "up_blocks.0.resnets.1.conv_shortcut", "up_blocks.1.upsamplers.0.conv", "conv_in"]
TEXT = ["encoder.layers.0.self_attn.q_proj", "encoder.layers.1.self_attn.out_proj", "encoder.layers.1.mlp.fc1",
        "encoder.layers.2.mlp.fc2"]


def unet(name):
    seed = json.loads((MODELS / f"StableDiffusion/{name}/weights.json").read_text())["seed"]
    path = MODELS / f"StableDiffusion/{name}/config.json"
    return seeded(UNet2DConditionModel.from_config(json.loads(path.read_text())), seed)


def text_encoder(name):
    kind = CLIPTextModelWithProjection if name == "projected" else CLIPTextModel
    return kind.from_pretrained(MODELS / f"CLIPText/{name}").eval()


def predict(model, name):
    given = load_file(MODELS / f"StableDiffusion/{name}/golden.safetensors")
    added = {key: given[key] for key in ("text_embeds", "time_ids") if key in given}
    return model(given["x"], given["timestep"], given["text"], added_cond_kwargs=added).sample


def hidden(model, name):
    ids = load_file(MODELS / f"CLIPText/{name}/golden.safetensors")["ids"]
    return model(ids, output_hidden_states=True).hidden_states[-1]


def weights(model):
    return {name.replace(".base_layer", ""): value.detach().clone()
            for name, value in model.state_dict().items() if "lora_" not in name}


def factors(model, places, rank=2):
    """Random factors for each module: its name, `down` and `up`."""
    modules = dict(model.named_modules())
    for place in places:
        weight = modules[place].weight
        down = torch.randn(rank, *weight.shape[1:]) * 0.5
        up = torch.randn(weight.shape[0], rank, *[1] * (weight.dim() - 2)) * 0.5
        yield place, down, up


def kohya(prefix, model, places, spelled=lambda place: place, alpha=1.5):
    lora = {}
    for place, down, up in factors(model, places):
        name = prefix + spelled(place).replace(".", "_")
        # diffusers 0.42.1 reads another alpha than most layers have for layers without attention only.
        own = alpha + (1.0 if "conv" in place else 0.0)
        lora |= {f"{name}.lora_down.weight": down, f"{name}.lora_up.weight": up, f"{name}.alpha": torch.tensor(own)}
    return lora


def merge(model, strength):
    for module in model.modules():
        if isinstance(module, BaseTunerLayer):
            module.scale_layer(strength)
            module.merge()


def write(name, lora, golden, metadata=None):
    save_file({key: value.detach().contiguous() for key, value in lora.items()}, OUTPUT / f"{name}.safetensors",
              metadata=metadata)
    write_golden(name, golden)


def write_golden(name, golden):
    save_file({key: value.detach().contiguous() for key, value in golden.items()},
              OUTPUT / f"{name}.golden.safetensors")


def changed(prefix, before, model):
    after = weights(model)
    assert before.keys() == after.keys()
    found = {key for key in before if not torch.equal(before[key], after[key])}
    text = "" if prefix.startswith("unet") or next(iter(before)).startswith("text_") else "text_model."
    return {f"{prefix}.{text}{key}": after[key] for key in sorted(found)}


def load(name, networks, strength=0.7, mixin=StableDiffusionLoraLoaderMixin):
    """What diffusers merges of a file, as `load_lora_weights` and `fuse_lora` of a pipeline do."""
    more = {"unet_config": networks["unet"].config} if mixin is StableDiffusionXLLoraLoaderMixin else {}
    state, alphas, metadata = mixin.lora_state_dict(
        str(OUTPUT / f"{name}.safetensors"), return_lora_metadata=True, **more)
    golden = {"strength": torch.tensor(strength)}
    for key, model in networks.items():
        before = weights(model)
        if key == "unet":
            mixin.load_lora_into_unet(state, network_alphas=alphas, unet=model, metadata=metadata)
        else:
            mixin.load_lora_into_text_encoder(
                state, network_alphas=alphas, text_encoder=model, prefix=key, lora_scale=1.0, metadata=metadata)
        merge(model, strength)
        found = changed(key, before, model)
        assert found, (name, key)
        golden |= found
    return golden


def sd1():
    return {"unet": unet("sd1"), "text_encoder": text_encoder("tiny")}


def dialects():
    model, text = sd1().values()
    lora = kohya("lora_unet_", model, MATRICES + KERNELS) | kohya("lora_te_text_model_", text, TEXT)
    save_file(lora, OUTPUT / "kohya.safetensors", metadata={
        "ss_base_model_version": "sd_v1", "ss_network_module": "networks.lora", "ss_network_dim": "2",
        "modelspec.title": "a tiny LoRA"})
    networks = sd1()
    golden = load("kohya", networks)
    golden |= {"y": predict(networks["unet"], "sd1"), "hidden": hidden(networks["text_encoder"], "tiny")}
    write_golden("kohya", golden)

    lora = {}
    for place, down, up in factors(model, ATTENTION):
        layer, _, part = place.removesuffix(".0").rpartition(".")
        lora |= {f"unet.{layer}.processor.{part}_lora.down.weight": down,
                 f"unet.{layer}.processor.{part}_lora.up.weight": up}
    former = {"q_proj": "to_q", "out_proj": "to_out"}
    for place, down, up in factors(text, TEXT[:2]):
        layer, _, part = place.rpartition(".")
        lora |= {f"text_encoder.{layer}.{former[part]}_lora.down.weight": down,
                 f"text_encoder.{layer}.{former[part]}_lora.up.weight": up}
    save_file(lora, OUTPUT / "attention.safetensors")
    write_golden("attention", load("attention", sd1()))

    lora = {}
    for place, down, up in factors(model, MATRICES + KERNELS):
        lora |= {f"unet.{place}.lora.down.weight": down, f"unet.{place}.lora.up.weight": up}
    for place, down, up in factors(text, TEXT):
        lora |= {f"text_encoder.{place}.lora_linear_layer.down.weight": down,
                 f"text_encoder.{place}.lora_linear_layer.up.weight": up}
    save_file(lora, OUTPUT / "diffusers.safetensors")
    write_golden("diffusers", load("diffusers", sd1()))


def randomize(model, magnitudes=False):
    for name, parameter in model.named_parameters():
        if "lora_magnitude" in name:
            parameter.data *= 1 + 0.3 * torch.randn_like(parameter)
        elif "lora_" in name:
            parameter.data = torch.randn_like(parameter) * 0.5


def with_peft(name, strength, **options):
    networks = sd1()
    before = {key: weights(model) for key, model in networks.items()}
    patterns = {"rank_pattern": {MATRICES[0]: 3}, "alpha_pattern": {MATRICES[0]: 5.0, KERNELS[2]: 0.5}}
    networks["unet"].add_adapter(LoraConfig(
        r=2, lora_alpha=3, target_modules=MATRICES + KERNELS, init_lora_weights=False, **patterns, **options))
    networks["text_encoder"].add_adapter(LoraConfig(
        r=1, lora_alpha=2, target_modules=TEXT, init_lora_weights=False, **options))
    layers, metadata = {}, {}
    for key, model in networks.items():
        randomize(model)
        config = next(iter(model.peft_config.values())).to_dict()
        metadata[f"{key}_lora_adapter_metadata"] = {
            field: list(value) if isinstance(value, set) else value for field, value in config.items()
            if field in ("r", "lora_alpha", "rank_pattern", "alpha_pattern", "use_rslora", "target_modules", "use_dora")}
        layers[f"{key}_lora_layers"] = get_peft_model_state_dict(model, adapter_name="default")
    with tempfile.TemporaryDirectory() as folder:
        StableDiffusionLoraLoaderMixin.save_lora_weights(folder, **layers, **metadata)
        shutil.copy(pathlib.Path(folder) / "pytorch_lora_weights.safetensors", OUTPUT / f"{name}.safetensors")
    golden = {"strength": torch.tensor(strength)}
    for key, model in networks.items():
        merge(model, strength)
        golden |= changed(key, before[key], model)
    write_golden(name, golden)


def own():
    """What PEFT itself saves of a U-Net alone."""
    model = unet("sd1")
    before = weights(model)
    adapted = get_peft_model(model, LoraConfig(
        r=2, lora_alpha=3, use_rslora=True, lora_bias=True, target_modules=[MATRICES[index] for index in (2, 4, 7)],
        init_lora_weights=False))
    randomize(adapted)
    folder = OUTPUT / "own"
    with tempfile.TemporaryDirectory() as temporary:
        adapted.save_pretrained(temporary)
        folder.mkdir(exist_ok=True)
        shutil.copy(pathlib.Path(temporary) / "adapter_model.safetensors", folder)
        config = json.loads((pathlib.Path(temporary) / "adapter_config.json").read_text())
    config["target_modules"].sort()
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=1, sort_keys=True) + "\n")
    merge(model, 1.0)
    write_golden("own/adapter_model", {"strength": torch.tensor(1.0)} | changed("unet", before, model))


def sgm():
    """Stable Diffusion XL as kohya names it: the U-Net's names are the original's."""
    networks = {"unet": unet("sdxl"), "text_encoder": text_encoder("tiny"), "text_encoder_2": text_encoder("projected")}
    original = {
        "down_blocks.0.resnets.0.conv1": "input_blocks.1.0.in_layers.2",
        "down_blocks.0.downsamplers.0.conv": "input_blocks.2.0.op",
        "down_blocks.1.resnets.0.time_emb_proj": "input_blocks.3.0.emb_layers.1",
        "down_blocks.1.attentions.0.transformer_blocks.1.attn2.to_k": "input_blocks.3.1.transformer_blocks.1.attn2.to_k",
        "mid_block.attentions.0.proj_in": "middle_block.1.proj_in",
        "mid_block.resnets.1.conv2": "middle_block.2.out_layers.3",
        "up_blocks.0.attentions.1.transformer_blocks.2.ff.net.0.proj":
            "output_blocks.1.1.transformer_blocks.2.ff.net.0.proj",
        "up_blocks.0.upsamplers.0.conv": "output_blocks.1.2.conv",
        "up_blocks.1.resnets.1.conv_shortcut": "output_blocks.3.0.skip_connection",
        "time_embedding.linear_2": "time_embed.2",
        "add_embedding.linear_1": "label_emb.0.0",
    }
    # Without an out_proj, diffusers takes the names of attention for others and changes nothing.
    second = ["text_model.encoder.layers.0.self_attn.v_proj", "text_model.encoder.layers.1.self_attn.out_proj",
              "text_model.encoder.layers.1.mlp.fc2"]
    lora = kohya("lora_unet_", networks["unet"], original, lambda place: original[place])
    lora |= kohya("lora_te1_text_model_", networks["text_encoder"], TEXT[:2])
    lora |= kohya("lora_te2_", networks["text_encoder_2"], second)
    save_file(lora, OUTPUT / "sgm.safetensors", metadata={"ss_base_model_version": "sdxl_base_v1-0"})
    golden = load("sgm", networks, mixin=StableDiffusionXLLoraLoaderMixin)
    write_golden("sgm", golden | {"y": predict(networks["unet"], "sdxl")})


def lycoris_case(name, model, kinds, strength):
    """The modules of LyCORIS over some layers, with random factors."""
    layers = dict(model.named_modules())
    before = weights(model)
    lora = {}
    for place, kind, options in kinds:
        layer = layers[place]
        module = kind("x", layer, lora_dim=2, alpha=3, **options)
        for key, parameter in module.named_parameters():
            if key == "dora_scale":
                parameter.data *= 1 + 0.3 * torch.randn_like(parameter)
            elif not key.startswith("org"):
                parameter.data = torch.randn_like(parameter) * 0.4
        if kind is FullModule:
            module.is_diff = True
            lora |= {f"lora_unet_{place.replace('.', '_')}.diff": module.weight}
            if module.bias is not None:
                lora |= {f"lora_unet_{place.replace('.', '_')}.diff_b": module.bias}
            difference, bias = module.get_diff_weight(strength, shape=layer.weight.shape)
            layer.weight.data += difference
            if bias is not None:
                layer.bias.data += bias
            continue
        state = module.custom_state_dict()
        lora |= {f"lora_unet_{place.replace('.', '_')}.{key}": value.float() for key, value in state.items()}
        # The merges of LoHa and LoKr in version 4.1.3 have the scale twice, which training has once; and with
        # magnitudes no strength takes the product away. So the merge is by the parts that training uses.
        if kind is LoConModule:
            difference = module.get_diff_weight(1, shape=layer.weight.shape)[0]
        else:
            difference = module.get_weight(layer.weight.shape)
        whole = layer.weight + difference
        if "dora_scale" in state:
            whole = module.apply_weight_decompose(whole, 1)
        layer.weight.data += (whole - layer.weight) * strength
    golden = {"strength": torch.tensor(strength)} | changed("unet", before, model)
    write(name, lora, golden | {"y": predict(model, "sd1")})


def with_lycoris():
    matrix, kernel, small, decomposed = MATRICES[4], KERNELS[2], KERNELS[0], {"weight_decompose": True}
    tucker, inputs = {"use_tucker": True}, {"weight_decompose": True, "wd_on_out": False}
    lycoris_case("locon", unet("sd1"), [
        (matrix, LoConModule, {}), (kernel, LoConModule, tucker), (small, LoConModule, {}),
        (MATRICES[0], LoConModule, decomposed), (KERNELS[3], LoConModule, decomposed | tucker),
        (MATRICES[5], LoConModule, inputs), (KERNELS[4], LoConModule, inputs)], 0.6)
    lycoris_case("loha", unet("sd1"), [
        (matrix, LohaModule, {}), (kernel, LohaModule, tucker), (small, LohaModule, {}),
        (KERNELS[3], LohaModule, {}), (MATRICES[0], LohaModule, decomposed)], 0.6)
    lycoris_case("lokr", unet("sd1"), [
        (matrix, LokrModule, {"factor": 2}), (MATRICES[5], LokrModule, {"factor": 2, "full_matrix": True}),
        (MATRICES[1], LokrModule, {"factor": 1}), ("down_blocks.1.resnets.1.conv1", LokrModule, {"factor": 1} | tucker),
        ("down_blocks.1.resnets.1.conv2", LokrModule, {"factor": 1}),
        ("time_embedding.linear_2", LokrModule, {"factor": 2} | decomposed),
        (kernel, LokrModule, {"factor": 2, "full_matrix": True})], 0.6)
    lycoris_case("full", unet("sd1"), [
        (matrix, FullModule, {}), (kernel, FullModule, {}), (MATRICES[1], FullModule, {})], 0.6)


def main():
    OUTPUT.mkdir(exist_ok=True)
    with torch.no_grad():
        for seed, make in enumerate([
                dialects, lambda: with_peft("peft", 0.7), lambda: with_peft("peft_dora", 1.0, use_dora=True), own,
                sgm, with_lycoris], 61):
            torch.manual_seed(seed)
            make()
    for path in sorted(OUTPUT.rglob("*.*")):
        if path.suffix != ".swift":
            print(path.relative_to(OUTPUT), path.stat().st_size)


main()
