package import Checkpoints

extension StableDiffusionFamily {
  /// A network of a family: its weights, and the layouts in which files have them.
  package struct Part: Sendable, Hashable {
    /// The folder in diffusers' layout.
    package let folder: String
    /// The weights with their shapes, by diffusers' names.
    package let weights: [String: [Int]]
    /// Names by which the part is known.
    package let signature: [String]
    /// The layouts, diffusers' own last.
    package let layouts: [PartLayout]

    /// The layout in which a file has the part, if it has.
    package func layout(in shapes: [String: [Int]]) -> PartLayout? {
      layouts.first { layout in
        signature.allSatisfy { name in
          guard let origin = layout.origin(of: name), let shape = shapes[origin],
            let expected = weights[name]
          else { return false }
          return shape.reduce(1, *) == expected.reduce(1, *)
        }
      }
    }
  }

  /// The denoiser, in a file of its own or below the place of single files.
  package var denoiser: Part {
    let level = unet.depths.firstIndex { $0 > 0 } ?? 0
    return Part(
      folder: "unet", weights: unet.weights,
      signature: ["down_blocks.\(level).attentions.0.transformer_blocks.0.attn2.to_k.weight"],
      layouts: [
        PartLayout("model.diffusion_model", unet.keyMap), PartLayout("", unet.keyMap),
        PartLayout("", .same("")),
      ])
  }

  /// The autoencoder, in a file of its own or below the place of single files.
  package var decoder: Part { autoencoder.part }

  /// The text encoders, in files of their own or below the places of single files.
  package var encoders: [Part] {
    textEncoders.map { encoder in
      Part(
        folder: encoder.folder, weights: encoder.outline.weights,
        signature: [
          "text_model.embeddings.token_embedding.weight",
          "text_model.encoder.layers.0.layer_norm1.weight",
        ],
        layouts: encoder.layouts + [
          // transformers 5 writes an encoder that does not project without a part of the names.
          PartLayout("", TextEncoderOutline.clipMap(below: "")),
          PartLayout("", TextEncoderOutline.clipMap()),
        ])
    }
  }

  /// All networks.
  package var parts: [Part] { [denoiser, decoder] + encoders }

  /// What single files have beside the networks, from training.
  package static let leftovers = KeyMap.leavingOut(
    "model_ema", "betas", "alphas_cumprod", "alphas_cumprod_prev", "sqrt_alphas_cumprod",
    "sqrt_one_minus_alphas_cumprod", "log_one_minus_alphas_cumprod",
    "sqrt_recip_alphas_cumprod", "sqrt_recipm1_alphas_cumprod", "posterior_variance",
    "posterior_log_variance_clipped", "posterior_mean_coef1", "posterior_mean_coef2", "logvar",
    "lvlb_weights", "denoiser", "low_scale_model", "depth_model", "ztsnr", "v_pred", "edm_vpred")
}

extension PartLayout {
  /// The name in the file of the tensor that becomes another, or part of it.
  func origin(of name: String) -> String? {
    map.origin(of: name).map { place.isEmpty ? $0 : "\(place).\($0)" }
  }
}
