package import Checkpoints

/// What the names and shapes of a file's tensors say of the model in it.
package struct RecognizedModel: Sendable {
  /// A network in the file.
  package struct Part: Sendable {
    /// Its folder in diffusers' layout.
    package let folder: String
    /// From the file's names to diffusers', each below ``folder``.
    package let map: KeyMap
    /// The weights that the network needs, by diffusers' names, below ``folder``.
    package let weights: [String: [Int]]
  }

  /// The family's short name.
  package let family: String
  /// What the model is, in words.
  package let title: String
  /// What the model was trained for, if not for pictures of prompts.
  package let variant: String?
  /// The networks that are in the file.
  package let parts: [Part]
  /// The folders of the family's networks that are not.
  package let absent: [String]

  /// From the names of the whole file to diffusers'.
  package let map: KeyMap

  /// The weights of all networks in the file, by diffusers' names below their folders.
  package var weights: [String: [Int]] {
    parts.reduce(into: [:]) { $0.merge($1.weights) { first, _ in first } }
  }

  /// The weights that the file should have, by its own names.
  package var expected: [String: [Int]] {
    let (tensors, _) = map.inverse.converted(weights)
    return Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.shape) })
  }

  /// Recognizes the networks of Stable Diffusion; nothing if no family's part is there.
  ///
  /// - Parameters:
  ///   - shapes: The shapes of a file's tensors by name.
  ///   - families: The families that it can be of.
  package init?(
    stableDiffusion shapes: [String: [Int]],
    among families: [StableDiffusionFamily] = StableDiffusionFamily.all
  ) {
    for family in families {
      guard let layout = family.denoiser.layout(in: shapes) else { continue }
      let inputs =
        layout.origin(of: "conv_in.weight").flatMap { shapes[$0] }.flatMap {
          $0.count == 4 ? $0[1] : nil
        } ?? family.unet.inputs
      self.init(family, layout, inputs: inputs, shapes: shapes)
      return
    }
    for family in families {
      for part in family.parts.dropFirst() {
        guard let layout = part.layout(in: shapes) else { continue }
        let kind = part.folder == "vae" ? "autoencoder" : "text encoder"
        self.init(
          family: "\(family.name)-\(part.folder == "vae" ? "vae" : "text-encoder")",
          title: "\(kind) of \(family.title)", variant: nil,
          parts: [Self.part(part.folder, part.weights, layout)], absent: [], isWhole: false)
        return
      }
    }
    return nil
  }

  private init(
    family: String, title: String, variant: String?, parts: [Part], absent: [String], isWhole: Bool
  ) {
    self.family = family
    self.title = title
    self.variant = variant
    self.parts = parts
    self.absent = absent
    map = parts.reduce(isWhole ? StableDiffusionFamily.leftovers : [:]) { $0 + $1.map }
  }

  private init(
    _ family: StableDiffusionFamily, _ layout: PartLayout, inputs: Int, shapes: [String: [Int]]
  ) {
    var outline = family.unet
    outline.inputs = inputs
    var parts = [Self.part("unet", outline.weights, layout)]
    var absent: [String] = []
    // A file of the denoiser alone has no place for other networks.
    for part in family.parts.dropFirst() where !layout.place.isEmpty {
      if let found = part.layout(in: shapes) {
        parts.append(Self.part(part.folder, part.weights, found))
      } else {
        absent.append(part.folder)
      }
    }
    self.init(
      family: family.name, title: family.title,
      variant: inputs == family.unet.inputs
        ? nil : Self.variants[inputs] ?? "\(inputs) channels of input",
      parts: parts, absent: absent, isWhole: !layout.place.isEmpty)
  }

  /// What the channels of the input beside the four of latents are for.
  private static let variants = [
    5: "depth to picture", 8: "edits by instruction", 9: "inpainting",
  ]

  private static func part(
    _ folder: String, _ weights: [String: [Int]], _ layout: PartLayout
  ) -> Part {
    Part(
      folder: folder, map: layout.map.placed(layout.place, folder),
      weights: Dictionary(uniqueKeysWithValues: weights.map { ("\(folder).\($0.key)", $0.value) }))
  }
}
