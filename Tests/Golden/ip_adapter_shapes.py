"""The names and shapes of IP-Adapters' tensors, as the published files have them."""


def plain(channels, embedding=1024, words=4):
    """Some words of a picture's embedding."""
    return {"proj.weight": [words * channels, embedding], "proj.bias": [words * channels],
            "norm.weight": [channels], "norm.bias": [channels]}


def plus(channels, states=1280, width=768, words=16, layers=4):
    """Words that attend to the encoder's states by heads of 64 channels."""
    shapes = {"latents": [1, words, width], "proj_in.weight": [width, states], "proj_in.bias": [width],
              "proj_out.weight": [channels, width], "proj_out.bias": [channels],
              "norm_out.weight": [channels], "norm_out.bias": [channels]}
    for layer in range(layers):
        norms = [f"{part}.{kind}" for part in ["0.norm1", "0.norm2", "1.0"] for kind in ["weight", "bias"]]
        shapes |= {f"layers.{layer}.{name}": [width] for name in norms}
        shapes |= {f"layers.{layer}.{name}.weight": shape for name, shape in {
            "0.to_q": [width, width], "0.to_kv": [2 * width, width], "0.to_out": [width, width],
            "1.1": [4 * width, width], "1.3": [width, 4 * width]}.items()}
    return shapes


def full(channels, states):
    """A word of every state."""
    return {"proj.0.weight": [states, states], "proj.0.bias": [states],
            "proj.2.weight": [channels, states], "proj.2.bias": [channels],
            "proj.3.weight": [channels], "proj.3.bias": [channels]}


def adapter(unet, projection):
    """All tensors of a file for a U-Net: the projection's, and keys and values at its cross-attentions."""
    shapes = {f"image_proj.{key}": shape for key, shape in projection.items()}
    for number, place in enumerate(unet.attn_processors):
        if place.endswith("attn2.processor"):
            width = unet.get_submodule(place.removesuffix(".processor")).to_q.weight.shape[1]
            for key in ["to_k_ip", "to_v_ip"]:
                shapes[f"ip_adapter.{number}.{key}.weight"] = [width, unet.config.cross_attention_dim]
    return shapes


def in_parts(tensors):
    """Tensors of a file in the two dictionaries that diffusers takes."""
    parts = {"image_proj": {}, "ip_adapter": {}}
    for key, tensor in tensors.items():
        part, rest = key.split(".", 1)
        parts[part][rest] = tensor
    return parts
