internal import COpenVINO
internal import Foundation
internal import Synchronization
package import Torch

/// A recorded network in the form in which OpenVINO runs it, for inputs of one shape.
///
/// It keeps the recording's constants, because OpenVINO reads those that it has not put into an
/// order of its own where they are.
package final class CompiledNetwork: Sendable {
  private let inputs: [Port]
  private let outputs: [Port]
  private let passed: [Int: Int]
  private let constants: [Tensor]
  /// None where there is nothing to compute.
  private let network: Mutex<Handle>?

  /// Compiles a recording.
  ///
  /// Float32 stays float32. Where constants are bfloat16, products are computed in it.
  ///
  /// - Parameters:
  ///   - recording: The network.
  ///   - threads: The number of threads of a call, at least 1.
  /// - Throws: What cannot be compiled, and why.
  package init(_ recording: Recording, threads: Int) throws(CompilerError) {
    let translation = try Translation(recording)
    let graph = translation.graph
    passed = translation.passed
    inputs = try Self.ports(recording.inputs, recording)
    let computed = recording.outputs.indices.filter { translation.passed[$0] == nil }
    outputs = try Self.ports(computed.map { recording.outputs[$0] }, recording)
    constants = graph.constants
    let isReduced = constants.contains { $0.dtype == .bfloat16 }
    guard !computed.isEmpty else {
      network = nil
      return
    }
    network = Mutex(
      try Handle(
        xml: try graph.xml(base: graph.addresses.lowerBound), constants: graph.addresses,
        precision: isReduced ? "bf16" : "f32", threads: threads))
  }

  /// Runs the network.
  ///
  /// - Parameter tensors: Of the shapes and types that were recorded.
  /// - Returns: What the recorded function returns.
  /// - Throws: ``CompilerError`` for other inputs, or what OpenVINO said.
  package func callAsFunction(_ tensors: [Tensor]) throws(CompilerError) -> [Tensor] {
    let found = tensors.map { "\($0.dtype)\($0.shape)" }
    let expected = inputs.map { "\($0.dtype)\($0.shape)" }
    guard found == expected else { throw .inputs(expected: expected, found: found) }
    var computed = try run(tensors.map { $0.contiguous() })[...]
    return (0..<passed.count + outputs.count).compactMap { place in
      passed[place].map { tensors[$0] } ?? computed.popFirst()
    }
  }

  /// The outputs that are computed.
  private func run(_ tensors: [Tensor]) throws(CompilerError) -> [Tensor] {
    let results = outputs.map { Tensor.empty($0.shape, dtype: $0.dtype) }
    let failure: CompilerError? =
      network?.withLock { handle in
        do throws(CompilerError) {
          try Self.withTensors(zip(inputs, tensors)) { inputs throws(CompilerError) in
            try Self.withTensors(zip(outputs, results)) { outputs throws(CompilerError) in
              try handle.run(inputs, outputs)
            }
          }
          return nil
        } catch {
          return error
        }
      } ?? nil
    if let failure { throw failure }
    return results
  }

  /// The operations that networks may be made of, by LibTorch's names.
  package static var operations: [String] { Emitters.all.keys.sorted() }

  /// Why compiled networks do not run here, if they do not.
  package static let reasonForAbsence: String? = {
    var message: UnsafeMutablePointer<CChar>?
    guard !openvino_is_available(&message) else { return nil }
    return text(message)
  }()

  /// OpenVINO's version, if it is there.
  package static var version: String? {
    var message: UnsafeMutablePointer<CChar>?
    guard let version = openvino_version(&message) else {
      free(message)
      return nil
    }
    return text(version)
  }
}

extension CompiledNetwork {
  /// The shape and type of an input or an output.
  private struct Port: Sendable {
    let shape: [Int]
    let dtype: DType
    let sizes: [Int64]
    let type: COpenVINOType
  }

  private static func ports(
    _ numbers: [Recording.Number], _ recording: Recording
  ) throws(CompilerError) -> [Port] {
    var ports: [Port] = []
    for number in numbers {
      let value = recording.tensors[number]
      ports.append(
        Port(
          shape: value.shape, dtype: value.dtype, sizes: value.shape.map { Int64($0) },
          type: try ElementType(value.dtype).type))
    }
    return ports
  }

  /// Calls `body` with tensors as OpenVINO takes them.
  private static func withTensors(
    _ pairs: Zip2Sequence<[Port], [Tensor]>,
    _ body: ([COpenVINOTensor]) throws(CompilerError) -> Void
  ) throws(CompilerError) {
    let sizes = pairs.flatMap { $0.0.sizes }
    let failure: CompilerError? = withExtendedLifetime(pairs) {
      sizes.withUnsafeBufferPointer { sizes in
        var (wrapped, start) = ([COpenVINOTensor](), 0)
        for (port, tensor) in pairs {
          let memory = tensor.withUnsafeMemory { $0 }
          wrapped.append(
            COpenVINOTensor(
              memory: memory, sizes: sizes.baseAddress.map { $0 + start },
              rank: Int64(port.sizes.count), type: port.type))
          start += port.sizes.count
        }
        do throws(CompilerError) {
          try body(wrapped)
          return nil
        } catch {
          return error
        }
      }
    }
    if let failure { throw failure }
  }
}

/// OpenVINO's network, released with its last reference.
private final class Handle {
  private let network: OpaquePointer

  init(
    xml: String, constants: Range<UInt>, precision: String, threads: Int
  ) throws(CompilerError) {
    var message: UnsafeMutablePointer<CChar>?
    let compiled = xml.withCString { xml in
      precision.withCString { precision in
        openvino_compile(
          COpenVINOSource(
            xml: xml, length: strlen(xml),
            constants: UnsafeMutableRawPointer(bitPattern: constants.lowerBound),
            reach: constants.count, precision: precision, threads: Int32(clamping: threads)),
          &message)
      }
    }
    guard let compiled else { throw failure(message) }
    network = compiled
  }

  deinit { openvino_release(network) }

  func run(
    _ inputs: [COpenVINOTensor], _ outputs: [COpenVINOTensor]
  ) throws(CompilerError) {
    var message: UnsafeMutablePointer<CChar>?
    let isDone = inputs.withUnsafeBufferPointer { inputs in
      outputs.withUnsafeBufferPointer { outputs in
        openvino_run(
          network, inputs.baseAddress, inputs.count, outputs.baseAddress, outputs.count, &message)
      }
    }
    if !isDone { throw failure(message) }
  }
}

/// What OpenVINO said.
private func failure(_ message: UnsafeMutablePointer<CChar>?) -> CompilerError {
  if let reason = CompiledNetwork.reasonForAbsence {
    free(message)
    return .unavailable(reason)
  }
  return .runtime(text(message))
}

/// A C string that is freed.
private func text(_ string: UnsafeMutablePointer<CChar>?) -> String {
  defer { free(string) }
  return string.map { String(cString: $0) } ?? ""
}
