package import Checkpoints

/// A family of Stable Diffusion models: its networks, and where files have their weights.
package struct StableDiffusionFamily: Sendable, Hashable {
  /// A text encoder, and the places that a single file can have it in.
  package struct TextEncoder: Sendable, Hashable {
    /// The folder in diffusers' layout.
    package let folder: String
    /// The sizes.
    package let outline: TextEncoderOutline
    /// The layouts in which single files have it.
    package let layouts: [PartLayout]

    /// Describes an encoder.
    package init(folder: String, outline: TextEncoderOutline, layouts: [PartLayout]) {
      self.folder = folder
      self.outline = outline
      self.layouts = layouts
    }
  }

  /// The short name: `sd1`.
  package let name: String
  /// The name in words.
  package let title: String
  /// The denoiser, with four channels of latents.
  package let unet: UNetOutline
  /// The autoencoder.
  package let autoencoder: AutoencoderOutline
  /// The text encoders.
  package let textEncoders: [TextEncoder]
  /// What no name or shape of a weight tells.
  package let details: Details

  /// Describes a family.
  package init(
    name: String, title: String, unet: UNetOutline, autoencoder: AutoencoderOutline,
    textEncoders: [TextEncoder], details: Details = Details()
  ) {
    self.name = name
    self.title = title
    self.unet = unet
    self.autoencoder = autoencoder
    self.textEncoders = textEncoders
    self.details = details
  }

  /// All families, in the order of their publication.
  package static let all: [StableDiffusionFamily] = [.sd1, .sd2, .enlarger, .xl, .refiner]

  /// Stable Diffusion 1.x, and what was trained from it.
  package static let sd1 = StableDiffusionFamily(
    name: "sd1", title: "Stable Diffusion 1", unet: .sd1, autoencoder: .eighth,
    textEncoders: [
      TextEncoder(
        folder: "text_encoder", outline: .clipL,
        layouts: [
          PartLayout("cond_stage_model.transformer", TextEncoderOutline.clipMap()),
          // Files of 2022 that were made from diffusers' folders lack a part of the names.
          PartLayout("cond_stage_model.transformer", TextEncoderOutline.clipMap(below: "")),
        ])
    ])

  /// Stable Diffusion 2.x; whether it predicts noise or velocity, no weight says.
  package static let sd2 = StableDiffusionFamily(
    name: "sd2", title: "Stable Diffusion 2", unet: .sd2, autoencoder: .eighth,
    textEncoders: [openCLIPH], details: Details(headWidth: 64, side: 96, textEncoders: [.openCLIPH])
  )

  /// The fourfold enlarger, `stable-diffusion-x4-upscaler`.
  package static let enlarger = StableDiffusionFamily(
    name: "sd-x4", title: "Stable Diffusion x4 upscaler", unet: .enlarger, autoencoder: .quarter,
    textEncoders: [openCLIPH],
    details: Details(scaling: 0.08333, side: 128, textEncoders: [.openCLIPH]))

  /// Stable Diffusion XL, and what was trained from it.
  package static let xl = StableDiffusionFamily(
    name: "sdxl", title: "Stable Diffusion XL", unet: .xl, autoencoder: .eighth,
    textEncoders: [
      TextEncoder(
        folder: "text_encoder", outline: .clipL,
        layouts: [
          PartLayout("conditioner.embedders.0.transformer", TextEncoderOutline.clipMap()),
          PartLayout("cond_stage_model.transformer", TextEncoderOutline.clipMap()),
        ]),
      bigG(at: "conditioner.embedders.1", "cond_stage_model.1"),
    ],
    details: Details(
      headWidth: 64, scaling: 0.13025, side: 128,
      textEncoders: [CLIPTextConfiguration(), .openCLIPBigG]))

  /// The refiner of Stable Diffusion XL.
  package static let refiner = StableDiffusionFamily(
    name: "sdxl-refiner", title: "Stable Diffusion XL refiner", unet: .refiner,
    autoencoder: .eighth,
    textEncoders: [bigG(at: "conditioner.embedders.0", "cond_stage_model")],
    details: Details(
      headWidth: 64, scaling: 0.13025, side: 128, textEncoders: [.openCLIPBigG]))

  private static let openCLIPH = TextEncoder(
    folder: "text_encoder", outline: .openCLIPH,
    layouts: [
      PartLayout("cond_stage_model.model", TextEncoderOutline.openCLIPH.openCLIPMap(unused: 1)),
      PartLayout("cond_stage_model.transformer", TextEncoderOutline.openCLIPH.ggmlMap(unused: 1)),
    ])

  /// OpenCLIP bigG at its place in Stability AI's files, and in stable-diffusion.cpp's.
  private static func bigG(at place: String, _ ggml: String) -> TextEncoder {
    let outline = TextEncoderOutline.openCLIPBigG
    return TextEncoder(
      folder: "text_encoder_2", outline: outline,
      layouts: [
        PartLayout("\(place).model", outline.openCLIPMap()),
        PartLayout("\(ggml).transformer", outline.ggmlMap()),
      ])
  }
}

/// A part's place in single files, and how its names are those of diffusers' folder.
package struct PartLayout: Sendable, Hashable {
  /// What its names begin with; nothing in a file of its own.
  package let place: String
  /// From the file's names to diffusers'.
  package let map: KeyMap

  /// Describes a layout.
  package init(_ place: String, _ map: KeyMap) {
    self.place = place
    self.map = map
  }
}
