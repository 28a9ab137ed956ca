/// A kind of weights that is known by names: one line of a table, for what is no whole model.
package struct WeightsKind: Sendable {
  /// The short name.
  package let name: String
  /// What it is, in words.
  package let title: String
  /// Names, all of which the file has; each may have something before it, up to a dot.
  let signature: [String]
  /// Ends of names, whole parts of which one at the least is in the file.
  let ends: [String]

  private init(_ name: String, _ title: String, has signature: [String] = [], ends: [String] = []) {
    self.name = name
    self.title = title
    self.signature = signature
    self.ends = ends
  }

  /// The kind of a file's tensors, if it is a known one.
  ///
  /// - Parameter names: The names of all tensors.
  package init?(names: some Collection<String>) {
    var parts: Set<String> = []
    for name in names {
      parts.insert(name)
      for (place, character) in zip(name.indices, name) where character == "." {
        parts.insert(String(name[name.index(after: place)...]))
      }
    }
    let kind = Self.all.first { kind in
      kind.signature.allSatisfy(parts.contains)
        && (kind.ends.isEmpty || kind.ends.contains(where: parts.contains))
    }
    guard let kind else { return nil }
    self = kind
  }

  /// All kinds; the first that fits is it, so what others build upon stands below them.
  package static let all: [WeightsKind] = [
    WeightsKind(
      "lora-dora", "LoRA with magnitudes (DoRA)", ends: ["dora_scale", "lora_magnitude_vector"]),
    WeightsKind("lora-loha", "LoRA of Hadamard products (LyCORIS LoHa)", ends: ["hada_w1_a"]),
    WeightsKind(
      "lora-lokr", "LoRA of Kronecker products (LyCORIS LoKr)", ends: ["lokr_w1", "lokr_w1_a"]),
    WeightsKind("lora-kohya", "LoRA in kohya's layout", ends: ["lora_down.weight"]),
    WeightsKind(
      "lora-peft", "LoRA in PEFT's layout, as diffusers writes it",
      ends: ["lora_A.weight", "lora_A.default.weight"]),
    WeightsKind(
      "lora-diffusers", "LoRA in diffusers' first layout",
      ends: ["to_q_lora.down.weight", "lora_linear_layer.down.weight", "lora.down.weight"]),
    WeightsKind("lora-full", "full differences (LyCORIS)", ends: ["diff", "w_norm"]),
    WeightsKind(
      "controlnet", "ControlNet", has: ["controlnet_cond_embedding.conv_in.weight"]),
    WeightsKind(
      "controlnet", "ControlNet in the original's layout", has: ["input_hint_block.0.weight"]),
    WeightsKind("ip-adapter", "IP-Adapter", ends: ["to_k_ip.weight"]),
    WeightsKind("t2i-adapter", "T2I-Adapter", has: ["adapter.body.0.resnets.0.block1.weight"]),
    WeightsKind(
      "textual-inversion", "vectors of a word (textual inversion)",
      ends: ["emb_params", "string_to_param.*"]),
    WeightsKind(
      "textual-inversion-xl", "vectors of a word for SDXL's two text encoders",
      has: ["clip_l", "clip_g"]),
    WeightsKind(
      "latent-upscaler", "denoiser of Stable Diffusion's x2 latent upscaler",
      has: ["time_proj.weight", "time_embedding.cond_proj.weight", "conv_in.weight"]),
    WeightsKind(
      "unidiffuser", "UniDiffuser transformer",
      has: ["vae_img_in.proj.weight", "clip_img_in.weight"]),
    WeightsKind("pixart", "PixArt transformer", has: ["adaln_single.linear.weight"]),
    WeightsKind(
      "sd3", "Stable Diffusion 3", has: ["joint_blocks.0.context_block.adaLN_modulation.1.bias"]),
    WeightsKind("flux", "FLUX", has: ["double_blocks.0.img_attn.norm.key_norm.scale"]),
    WeightsKind("clip-vision", "CLIP image encoder", has: ["embeddings.class_embedding"]),
    WeightsKind("bert", "BERT text encoder", has: ["embeddings.word_embeddings.weight"]),
    WeightsKind(
      "taesd", "tiny autoencoder (TAESD)",
      has: ["encoder.layers.0.weight", "decoder.layers.0.weight"]),
  ]
}
