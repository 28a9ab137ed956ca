internal import Synchronization
package import Torch

/// A function of tensors that runs compiled, and is used as the function itself.
///
/// It is recorded and compiled when inputs of a shape come for the first time. One form is kept,
/// that of the last shape: it holds a copy of the weights. What cannot be compiled runs as it is,
/// and so does everything where there is no runtime; why is told once a shape.
package final class Compiled<Inputs: TensorStructure>: Sendable {
  private let function: @Sendable (Inputs) -> Tensor
  private let report: @Sendable (CompilerError) -> Void
  private let last = Mutex<(form: Form, network: CompiledNetwork?)?>(nil)

  /// What a network is compiled for.
  private struct Form: Sendable, Hashable {
    let shapes: [Shape]
    let dtypes: [DType]
    let threads: Int
  }

  /// - Parameters:
  ///   - report: Is told why the function runs as it is.
  ///   - function: The function, which does the same with all inputs of the same shapes and types.
  package init(
    report: @escaping @Sendable (CompilerError) -> Void = { _ in },
    _ function: @escaping @Sendable (Inputs) -> Tensor
  ) {
    self.function = function
    self.report = report
  }

  /// What the function gives, to the rounding of its numbers.
  package func callAsFunction(_ inputs: Inputs) -> Tensor {
    let tensors = inputs.tensors
    guard let network = network(inputs, tensors) else { return function(inputs) }
    do throws(CompilerError) {
      return try network(tensors)[0]
    } catch {
      report(error)
      return function(inputs)
    }
  }

  /// The network for such inputs, compiled if the last one was for others.
  private func network(_ inputs: Inputs, _ tensors: [Tensor]) -> CompiledNetwork? {
    let form = Form(
      shapes: tensors.map(\.shape), dtypes: tensors.map(\.dtype), threads: Machine.threads)
    return last.withLock { last in
      if let last, last.form == form { return last.network }
      // The earlier one's memory is free before the next takes any.
      last = nil
      let network = compile(inputs, tensors, threads: form.threads)
      last = (form, network)
      return network
    }
  }

  private func compile(
    _ inputs: Inputs, _ tensors: [Tensor], threads: Int
  ) -> CompiledNetwork? {
    do {
      let recording = try Recording(tensors) { [function(inputs.replacing($0))] }
      return try CompiledNetwork(recording, threads: threads)
    } catch let error as CompilerError {
      report(error)
    } catch {
      report(.recording("\(error)"))
    }
    return nil
  }
}
