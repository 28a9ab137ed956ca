internal import Checkpoints
internal import Files
internal import Foundation
internal import Layers
internal import Torch

/// The file of a network's weights in diffusers' layout.
func weightsFile(in folder: URL) -> URL {
  folder.appending(path: "diffusion_pytorch_model.safetensors")
}

/// Builds a network from the weights of a folder in diffusers' layout, in float32.
func readNetwork<Network>(
  from folder: URL, _ build: (Scope) throws -> Network
) throws -> Network {
  let checkpoint = try Checkpoint(contentsOf: weightsFile(in: folder))
  return try ParameterStore(loading: WeightSource(checkpoint), dtype: .float32).network(build)
}

/// Writes a network's sizes and its weights, in half precision unless another type is given, in
/// diffusers' layout.
func writeNetwork(
  _ weights: WeightSource, _ configuration: some Encodable, named name: String, to folder: URL,
  as dtype: DType = .float16
) throws {
  try Folder.make(folder)
  let drafts = try weights.names.map { name in
    Safetensors.Draft(name, try checked { try weights.tensor(name).converted(to: dtype) })
  }
  try Safetensors.write(
    drafts, metadata: ["format": "pt"], to: weightsFile(in: folder))
  try writeConfiguration(
    configuration, named: name, to: folder.appending(path: "config.json"))
}

/// Writes the `config.json` of a network, with the name of its class in the reference.
private func writeConfiguration(
  _ configuration: some Encodable, named name: String, to url: URL
) throws {
  let encoder = JSONEncoder()
  let fields = try JSONSerialization.jsonObject(with: encoder.encode(configuration))
  var object = fields as? [String: Any] ?? [:]
  object["_class_name"] = name
  let data = try JSONSerialization.data(
    withJSONObject: object, options: [.prettyPrinted, .sortedKeys])
  try AtomicFile.write(data, to: url)
}
