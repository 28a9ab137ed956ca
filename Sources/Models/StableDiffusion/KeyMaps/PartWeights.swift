package import Checkpoints
package import Layers

extension StableDiffusionFamily.Part {
  /// The weights of the part in a file that may hold more.
  ///
  /// - Parameter file: The file.
  /// - Returns: The weights by diffusers' names; nothing if the part is not there, or of other
  ///   sizes.
  /// - Throws: `KeyMapError` with all names that are not of the part's layout.
  package func weights(of file: WeightsFile) throws -> WeightSource? {
    guard let tensors = try tensors(of: file) else { return nil }
    let folder = folder
    let named = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0) })
    return WeightSource(
      names: named.keys.sorted(),
      release: { name in named[name]?.sources.forEach { file.release($0) } },
      tensor: { name in
        guard let tensor = named[name] else {
          throw CheckpointError.missing(file: folder, tensor: name)
        }
        return try tensor { try file.tensor($0) }
      })
  }

  /// The weights of the part in a file that may hold more, without their numbers.
  ///
  /// - Parameter file: The file.
  /// - Returns: The weights by diffusers' names; nothing if the part is not there, or of other
  ///   sizes.
  /// - Throws: `KeyMapError` with all names that are not of the part's layout.
  package func tensors(of file: WeightsFile) throws -> [ConvertedTensor]? {
    let shapes = Dictionary(uniqueKeysWithValues: file.entries.map { ($0.name, $0.shape) })
    guard let layout = layout(in: shapes) else { return nil }
    let place = layout.place.isEmpty ? "" : "\(layout.place)."
    let own = shapes.filter { $0.key.hasPrefix(place) }
    return try layout.map.placed(layout.place, "").convert(own)
  }
}

extension AutoencoderOutline {
  /// The autoencoder in a file of its own, or below the place of single files.
  var part: StableDiffusionFamily.Part {
    let alone = keyMap + KeyMap.leavingOut("loss", "model_ema")
    return StableDiffusionFamily.Part(
      folder: "vae", weights: weights,
      signature: [
        "decoder.mid_block.attentions.0.to_q.weight",
        "encoder.down_blocks.\(channels.count - 1).resnets.0.norm1.weight",
      ],
      layouts: [
        PartLayout("first_stage_model", keyMap), PartLayout("vae", keyMap), PartLayout("", alone),
        PartLayout("", Self.deprecatedMap), PartLayout("", .same("")),
      ])
  }
}

extension AutoencoderKLConfiguration {
  /// An autoencoder of these sizes, in any layout of Stable Diffusion's.
  package var part: StableDiffusionFamily.Part {
    AutoencoderOutline(
      channels: blockOutChannels, latents: latentChannels, layers: layersPerBlock
    ).part
  }
}

extension CLIPTextConfiguration {
  /// A text encoder of these sizes, in any layout of Stable Diffusion's.
  ///
  /// - Parameter projects: Whether it has a projection.
  /// - Returns: The weights and layouts.
  package func part(projects: Bool) -> StableDiffusionFamily.Part {
    let outline = TextEncoderOutline(
      width: hiddenSize, layers: numHiddenLayers, vocabulary: vocabSize, hasProjection: projects)
    let own = ["", "cond_stage_model.transformer"].flatMap { place in
      [
        PartLayout(place, TextEncoderOutline.clipMap()),
        PartLayout(place, TextEncoderOutline.clipMap(below: "")),
      ]
    }
    let open = ["", "cond_stage_model.model"].map {
      PartLayout($0, outline.openCLIPMap(unused: projects ? 0 : 1))
    }
    return StableDiffusionFamily.Part(
      folder: "text_encoder", weights: outline.weights,
      signature: [
        "text_model.embeddings.token_embedding.weight",
        "text_model.encoder.layers.0.layer_norm1.weight",
      ], layouts: own + open)
  }

  /// The numbers that encoding a prompt has in memory at once, beside the weights.
  package var workingNumbers: Int {
    let tokens = maxPositionEmbeddings
    return tokens * (hiddenSize * (numHiddenLayers + 8) + 3 * intermediateSize)
      + 2 * numAttentionHeads * tokens * tokens
  }
}
