internal import Foundation
internal import Models

/// A Stable Diffusion model that works on the latents of another, where it lies on the disk.
struct CompanionModel {
  /// What it is for, as the option is called.
  let role: String
  /// The path of the folder, or of a file of weights.
  let path: String

  private var place: URL { URL(filePath: path) }

  /// The files that a picture then depends on, by what they are for.
  var files: [String: String] {
    get throws {
      guard isFolder(place) else { return [role: path] }
      let folder = try StableDiffusionFolder(place)
      let named = try folder.files().map { name in
        ("\(role)/\(name)", folder.url.appending(path: name).path(percentEncoded: false))
      }
      return Dictionary(uniqueKeysWithValues: named)
    }
  }

  /// Reads the model.
  ///
  /// - Parameters:
  ///   - base: The model whose latents it works on.
  ///   - check: Throws for a model that was trained for something else.
  /// - Returns: The model.
  /// - Throws: ``GenerateError`` or ``ModelError`` for models that do not belong together, or what
  ///   reading it throws.
  func load(
    beside base: some PromptedModel, _ check: (ModelPurpose) throws -> Void
  ) throws -> StableDiffusionModel {
    guard base.drawsAnySize else {
      throw GenerateError.unknownSetting(role, of: "a model that is no Stable Diffusion")
    }
    var additions = ModelAdditions()
    additions.saving = base.parts.saving
    additions.precision = base.parts.precision
    let model =
      isFolder(place)
      ? try StableDiffusionFolder(place).model(additions)
      : try StableDiffusionFile(place).model(additions)
    try check(model.purpose)
    let (own, theirs) = (model.autoencoder.configuration, base.autoencoder.configuration)
    guard own.latentChannels == theirs.latentChannels, own.scalingFactor == theirs.scalingFactor
    else {
      throw ModelError.mismatch(
        folder: path,
        expected: "latents of \(theirs.latentChannels) channels scaled by \(theirs.scalingFactor)",
        found: "\(own.latentChannels) channels scaled by \(own.scalingFactor)")
    }
    return model
  }

  /// The model without its numbers.
  func outline() throws -> StableDiffusionOutline {
    isFolder(place)
      ? try StableDiffusionFolder(place).outline(Generate.Options())
      : try StableDiffusionFile(place).outline(Generate.Options())
  }

  /// The size that it was trained for.
  var nativeSize: PictureSize {
    get throws {
      isFolder(place)
        ? try StableDiffusionFolder(place).nativeSize : try StableDiffusionFile(place).nativeSize
    }
  }
}
