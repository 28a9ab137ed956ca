internal import Synchronization
internal import Torch

/// A function of tensors that runs compiled, and is used as the function itself.
///
/// It is recorded and compiled when inputs of a shape come for the first time. One form is kept,
/// that of the last shape: it holds a copy of the weights. What cannot be compiled runs as it is,
/// and so does everything where there is no runtime; why is told once a shape.
package final class Compiled<Inputs: TensorStructure, Outputs: TensorStructure & Sendable>: Sendable
{
  private let function: @Sendable (Inputs) -> Outputs
  private let report: @Sendable (CompilerError) -> Void
  private let whenCompiled: @Sendable () -> Void
  private let last = Mutex<(form: Form, made: Made?)?>(nil)

  /// What a network is compiled for.
  private struct Form: Hashable {
    let shapes: [Shape]
    let dtypes: [DType]
    let numbers: [Double]
    let threads: Int
  }

  /// A network, and what its outputs are put into.
  private struct Made {
    let network: CompiledNetwork
    let outputs: Outputs
  }

  /// - Parameters:
  ///   - report: Is told why the function runs as it is.
  ///   - whenCompiled: Is called when a form was compiled, which has copies of most weights: memory
  ///     that weights were read from may be given back to the system, if it can be read again.
  ///   - function: The function, which does the same with all inputs of the same shapes, types and
  ///     numbers.
  package init(
    report: @escaping @Sendable (CompilerError) -> Void = { _ in },
    whenCompiled: @escaping @Sendable () -> Void = {},
    _ function: @escaping @Sendable (Inputs) -> Outputs
  ) {
    self.function = function
    self.report = report
    self.whenCompiled = whenCompiled
  }

  /// What the function gives, to the rounding of its numbers.
  package func callAsFunction(_ inputs: Inputs) -> Outputs {
    let tensors = inputs.tensors
    guard let made = made(for: inputs, tensors) else { return function(inputs) }
    do throws(CompilerError) {
      return made.outputs.replacing(try made.network(tensors))
    } catch {
      report(error)
      return function(inputs)
    }
  }

  /// The network for such inputs, compiled if the last one was for others.
  private func made(for inputs: Inputs, _ tensors: [Tensor]) -> Made? {
    let form = Form(
      shapes: tensors.map(\.shape), dtypes: tensors.map(\.dtype), numbers: inputs.numbers,
      threads: Machine.threads)
    return last.withLock { last in
      if let last, last.form == form { return last.made }
      // The earlier one's memory is free before the next takes any.
      last = nil
      let made = make(inputs, tensors, threads: form.threads)
      last = (form, made)
      return made
    }
  }

  private func make(_ inputs: Inputs, _ tensors: [Tensor], threads: Int) -> Made? {
    do {
      var outputs: Outputs?
      let recording = try Recording(tensors) { traced in
        let found = function(inputs.replacing(traced))
        outputs = found
        return found.tensors
      }
      let network = try CompiledNetwork(recording, threads: threads)
      whenCompiled()
      return outputs.map { Made(network: network, outputs: $0) }
    } catch let error as CompilerError {
      report(error)
    } catch {
      report(.recording("\(error)"))
    }
    return nil
  }
}
