internal import Checkpoints
internal import Foundation
internal import Models
internal import Torch

/// Runs one network of a folder in diffusers' layout on the tensors of a file, for
/// `Tests/Golden/check_stable_diffusion.py`.
///
/// `ModelProbe KIND FOLDER INPUTS OUTPUTS [TIMES]`, of which INPUTS and OUTPUTS are safetensors
/// files. A KIND that begins with `eager-` runs by LibTorch's operations alone. It prints how long
/// each of so many times took, and the process's memory after it.
@main enum ModelProbe {
  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard (4...5).contains(arguments.count), let kind = arguments.first else {
      throw ProbeError(description: "ModelProbe KIND FOLDER INPUTS OUTPUTS [TIMES]")
    }
    let times = arguments.count == 5 ? arguments.last.flatMap { Int($0) } ?? 1 : 1
    let paths = arguments.dropFirst().map { URL(filePath: $0) }
    let inputs = try Inputs(checkpoint: Checkpoint(contentsOf: paths[1]))
    let isEager = kind.hasPrefix("eager-")
    let run = try network(isEager ? String(kind.dropFirst(6)) : kind, paths[0])
    let clock = ContinuousClock()
    var outputs: [String: Tensor] = [:]
    for _ in 0..<times {
      let duration = try clock.measure {
        outputs = try checked {
          try withoutGradients {
            try isEager ? withoutOwnKernels { try run(inputs) } : run(inputs)
          }
        }
      }
      let memory = Machine.residentMemory.map { ", \($0 / 1_000_000) MB" } ?? ""
      print("\(kind): \(duration)\(memory)")
    }
    try Safetensors.write(
      outputs.sorted { $0.key < $1.key }.map { Safetensors.Draft($0.key, $0.value) },
      to: paths[2])
  }

  /// What the network of a folder makes of inputs.
  private static func network(
    _ kind: String, _ folder: URL
  ) throws -> (Inputs) throws -> [String: Tensor] {
    switch kind {
    case "unet", "compiled-unet":
      let plain = try UNet2DConditionModel(folder: folder)
      let network = kind == "unet" ? plain : plain.compiled { print("not compiled: \($0)") }
      return { inputs in
        let prompt = try network.prompt(try inputs.conditions())
        let y = network(try inputs["x"], timestep: try inputs["timestep"], prompt: prompt)
        return ["y": y]
      }
    case "controlnet":
      let network = try ControlNetModel(folder: folder)
      return { inputs in
        let prompt = try network.prompt(try inputs.conditions(), picture: try inputs["picture"])
        let y = network(try inputs["x"], timestep: try inputs["timestep"], prompt: prompt)
        let skips = y.skips.enumerated().map { ("skip.\($0)", $1) }
        return Dictionary(uniqueKeysWithValues: skips + [("middle", y.middle)])
      }
    case "adapter":
      let network = try T2IAdapter(folder: folder)
      return { inputs in
        let features = network(try inputs["picture"]).enumerated().map { ("feature.\($0)", $1) }
        return Dictionary(uniqueKeysWithValues: features)
      }
    case "wan-vae":
      let network = try WanAutoencoder(folder: folder)
      return { inputs in
        let mean = network.encode(try inputs["clip"]).mean
        return ["mean": mean, "decoded": network.decode(try inputs["latents"])]
      }
    case "wan":
      let network = try WanTransformer(folder: folder)
      return { inputs in
        let prompt = network.prompt(try inputs["text"])
        return ["y": network(try inputs["x"], timestep: try inputs["timestep"], prompt: prompt)]
      }
    case "image-encoder":
      let network = try CLIPVisionModel(folder: folder)
      return { inputs in
        let output = network(try inputs["pixels"])
        return ["embedding": output.embedding, "penultimate": output.penultimate]
      }
    case "vae", "compiled-vae":
      let plain = try AutoencoderKL(folder: folder)
      let network = kind == "vae" ? plain : plain.compiled { print("not compiled: \($0)") }
      return { inputs in
        let mean = network.encode(try inputs["picture"]).mean
        return ["mean": mean, "decoded": network.decode(try inputs["latents"])]
      }
    case "strips":
      // The strips are those of a picture of 2048 pixels, or as many for a smaller one.
      let network = try AutoencoderKL(folder: folder)
      return { inputs in
        let latents = try inputs["latents"]
        Machine.returnFreedMemory()
        let size = AutoencoderKL.standardStrip * latents.shape[3] / 256
        return ["decoded": network.inStrips(of: size).decode(latents)]
      }
    case "tiny":
      let network = try AutoencoderTiny(folder: folder)
      return { inputs in
        let mean = network.encode(try inputs["picture"])
        return ["mean": mean, "decoded": network.decode(try inputs["latents"])]
      }
    case "oobleck":
      let network = try AutoencoderOobleck(folder: folder)
      return { inputs in
        let mean = network.encode(try inputs["sound"]).mean
        return ["mean": mean, "decoded": network.decode(try inputs["latents"])]
      }
    case "stable-audio":
      let network = try StableAudioTransformer(folder: folder)
      return { inputs in
        let prompt = network.prompt(try inputs["text"], global: try inputs["global"])
        let y = network(try inputs["x"], timestep: try inputs["timestep"], prompt: prompt)
        return ["y": y]
      }
    case "t5":
      let network = try T5Encoder(folder: folder)
      return { inputs in ["states": network(try inputs["ids"], mask: try inputs["mask"])] }
    default: throw ProbeError(description: "\(kind): no such kind of network")
    }
  }
}

/// The tensors of a file.
private struct Inputs {
  let checkpoint: Checkpoint

  subscript(name: String) -> Tensor {
    get throws { try checkpoint.tensor(name) }
  }

  func conditions() throws -> UNetConditions {
    func optional(_ name: String) throws -> Tensor? {
      checkpoint.names.contains(name) ? try self[name] : nil
    }
    var conditions = UNetConditions(text: try self["text"])
    conditions.pooledText = try optional("text_embeds")
    conditions.sizes = try optional("time_ids")
    conditions.label = try optional("label")
    conditions.timeCondition = try optional("time_condition")
    return conditions
  }
}

private struct ProbeError: Error, CustomStringConvertible {
  let description: String
}
