internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// A network that steers the U-Net, and the picture that it goes by.
struct ControlGuide: Sendable {
  /// The kinds of such networks.
  enum Network: Sendable {
    /// A ControlNet, which looks at the latents at every step.
    case controlNet(ControlNetModel)
    /// A T2I-Adapter, which does not.
    case adapter(T2IAdapter)
  }

  let network: Network
  /// The picture, `[1, 3, height, width]`, or with one channel of grey, in [0, 1].
  var picture: Tensor
  /// What its additions are multiplied by.
  let scale: Double
  /// The part of the run in which it steers, from 0 to 1.
  let part: ClosedRange<Double>
}

extension StableDiffusionModel {
  /// Reads a ControlNet or a T2I-Adapter and its picture.
  ///
  /// Zhang et al. 2023, https://arxiv.org/abs/2302.05543; Mou et al. 2023,
  /// https://arxiv.org/abs/2302.08453.
  ///
  /// - Parameters:
  ///   - control: What to read.
  ///   - size: The size that pictures are drawn at, which the picture must have.
  /// - Returns: The network and its picture.
  /// - Throws: ``ModelError`` for a network of another model, ``GenerateError`` for a picture of
  ///   another size, or what reading either throws.
  func guide(_ control: Generate.Control, size: PictureSize) throws -> ControlGuide {
    let folder = URL(filePath: control.model, directoryHint: .isDirectory)
    let kind = try ControlKind(of: folder)
    let image = try Image(contentsOf: URL(filePath: control.picture))
    guard image.width == size.width, image.height == size.height else {
      throw GenerateError.value(
        "control", expected: "a picture of \(size.width)x\(size.height), as is drawn",
        found: "\(image.width)x\(image.height)")
    }
    var picture = (image.tensor + 1) / 2
    let network: ControlGuide.Network
    switch kind {
    case .controlNet: network = .controlNet(try controlNet(at: folder))
    case .adapter:
      let adapter = try adapter(at: folder, for: image)
      if adapter.configuration.inChannels == 1 { picture = image.grey }
      network = .adapter(adapter)
    }
    return ControlGuide(
      network: network, picture: picture.unsqueezed(0), scale: control.scale, part: control.part)
  }

  private func controlNet(at folder: URL) throws -> ControlNetModel {
    let network = try Self.part(folder) {
      try ControlNetModel(folder: $0, wrapping: wrapping, matrices: parts.matrices)
    }
    let (own, sizes) = (unet.configuration.encoder, network.configuration.encoder)
    for (what, expected, found) in [
      ("channels", own.blockOutChannels, sizes.blockOutChannels),
      ("blocks", own.layersPerBlock, sizes.layersPerBlock),
      ("prompts of channels", own.crossAttentionDim, sizes.crossAttentionDim),
    ] where expected != found {
      throw ModelError.mismatch(
        folder: folder.path(percentEncoded: false),
        expected: "a ControlNet of this model, with \(what) \(expected)", found: "\(found)")
    }
    return network
  }

  private func adapter(at folder: URL, for image: Image) throws -> T2IAdapter {
    let adapter = try Self.part(folder) {
      try T2IAdapter(folder: $0, wrapping: wrapping, matrices: parts.saving.matrices)
    }
    let (path, sizes) = (folder.path(percentEncoded: false), adapter.configuration)
    guard [1, 3].contains(sizes.inChannels) else {
      throw ModelError.mismatch(
        folder: path, expected: "a T2I-Adapter of pictures in grey or in colour",
        found: "one of \(sizes.inChannels) channels")
    }
    let unit = sizes.downscaleFactor
    guard image.width % unit == 0, image.height % unit == 0 else {
      throw GenerateError.value(
        "size", expected: "multiples of \(unit), as the T2I-Adapter takes them",
        found: "\(image.width)x\(image.height)")
    }
    let latents = latentShape(PictureSize(width: image.width, height: image.height))
    let expected = unet.configuration.encoder.adapterShapes(height: latents[1], width: latents[2])
    let found = adapter.featureShapes(height: image.height, width: image.width)
    guard found.starts(with: expected) else {
      throw ModelError.mismatch(
        folder: path, expected: "a T2I-Adapter of this model, with features of \(expected)",
        found: "\(found)")
    }
    return adapter
  }

  /// What the networks of a drawing add at each step.
  ///
  /// - Parameters:
  ///   - guides: The networks with their pictures.
  ///   - conditions: What the denoiser is told.
  ///   - plan: The levels of the run.
  /// - Returns: What is asked at each step.
  /// - Throws: `ConditionError` for a condition that a ControlNet needs or does not know.
  func steering(
    _ guides: [ControlGuide], _ conditions: UNetConditions, _ plan: SamplingPlan
  ) throws -> ControlSteering {
    var steering = ControlSteering(timesteps: plan.timesteps)
    for guide in guides {
      switch guide.network {
      case .controlNet(let network):
        let prompt = try network.prompt(conditions, picture: guide.picture)
        steering.controlNets.append((network, prompt, guide))
      case .adapter(let adapter):
        steering.adapters.append((adapter(guide.picture).map { $0 * guide.scale }, guide))
      }
    }
    return steering
  }
}

/// The networks that steer a run.
struct ControlSteering {
  let timesteps: RunTimesteps
  fileprivate(set) var controlNets:
    [(network: ControlNetModel, prompt: ControlNetModel.Prompt, guide: ControlGuide)] = []
  fileprivate(set) var adapters: [(features: [Tensor], guide: ControlGuide)] = []

  /// What T2I-Adapters add.
  func extras(_ x: Tensor, _ timestep: Tensor) -> UNetExtras {
    adapters.reduce(into: UNetExtras()) { extras, adapter in
      guard timesteps.isPart(adapter.guide.part, timestep) else { return }
      extras.add(adapter.features, batch: x.shape[0])
    }
  }

  /// What ControlNets add together, as far as it is asked for.
  func control(_ x: Tensor, _ timestep: Tensor) -> PartialControl {
    let active = controlNets.filter { timesteps.isPart($0.guide.part, timestep) }
    return PartialControl {
      active.reduce(nil) { sum, net in
        let more = net.network(x, timestep: timestep, prompt: net.prompt, scale: net.guide.scale)
        return sum.map { $0 + more } ?? more
      }
    } finest: { layers in
      active.reduce([]) { sum, net in
        let more = net.network.finest(
          layers, x, timestep: timestep, prompt: net.prompt, scale: net.guide.scale)
        return sum.isEmpty ? more : zip(sum, more).map { $0 + $1 }
      }
    }
  }
}

/// What steers a U-Net, by the class in its `config.json`.
enum ControlKind: String, CaseIterable {
  case controlNet = "ControlNetModel"
  case adapter = "T2IAdapter"

  private struct Head: Decodable {
    let className: String?
    enum CodingKeys: String, CodingKey { case className = "_class_name" }
  }

  /// - Throws: ``ModelError`` for another class; one that is not noted is a ControlNet.
  init(of folder: URL) throws {
    let file = folder.appending(path: "config.json")
    let head: Head = try readConfiguration(from: file)
    let name = head.className ?? Self.controlNet.rawValue
    guard let kind = Self(rawValue: name) else {
      throw ModelError.unsupported(
        file: file.path(percentEncoded: false), key: "_class_name",
        expected: Self.allCases.map(\.rawValue).joined(separator: " or "), found: name)
    }
    self = kind
  }
}

extension UNetExtras {
  /// Adds the features of a T2I-Adapter to those that there are.
  fileprivate mutating func add(_ features: [Tensor], batch: Int) {
    let features = features.map { $0.expanded(batch, -1, -1, -1) }
    let both = zip(adapter, features).map { $0 + $1 }
    adapter = both + adapter.dropFirst(both.count) + features.dropFirst(both.count)
  }
}
