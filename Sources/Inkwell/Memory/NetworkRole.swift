/// What the networks of a run are there for, as far as memory goes.
enum NetworkRole: Sendable, Hashable, CaseIterable {
  /// They encode prompts.
  case text
  /// It makes the steps.
  case denoiser
  /// It decodes the pictures, and encodes those that a run begins with.
  case autoencoder
  /// They steer the denoiser: ControlNets and T2I-Adapters.
  case guides
  /// They make words of pictures, and are forgotten then.
  case imageEncoders
  /// The denoiser attends to pictures by them.
  case imageAdapters
  /// They encode prompts for the refiner.
  case refinerText
  /// It makes the last steps.
  case refiner
  /// It belongs to the refiner, and never runs.
  case refinerAutoencoder
  /// They encode prompts for what enlarges latents.
  case upscalerText
  /// It enlarges latents.
  case upscaler
  /// It decodes the enlarged latents.
  case upscalerAutoencoder
  /// It shows unfinished pictures.
  case previewDecoder
}
