import Foundation
import Synchronization
import TestSupport
import Testing
import Torch

@Suite("devices and threads", .serialized)
struct DeviceTests {
  @Test("a tensor that is on the processor moves there, and lends its bytes, without a copy")
  func staysOnTheProcessor() {
    let x = Tensor([1, 2, 3] as [Float])
    let address = x.withUnsafeBytes { $0.baseAddress }
    #expect(x.moved(to: .cpu).withUnsafeBytes { $0.baseAddress } == address)
    #expect(Tensor.zeros([2]).moved(to: .cpu).device == .cpu)
  }

  @Test("a card that is not there is LibTorch's error", .enabled(if: !Machine.hasCUDA))
  func absentCard() {
    #expect(throws: TorchError.self) { try checked { Tensor.zeros([2], device: .cuda(0)) } }
    let error = #expect(throws: TorchError.self) {
      try checked { Tensor.zeros([2]).moved(to: .cuda(1)) }
    }
    #expect(error?.description.contains("CUDA") == true, "\(String(describing: error))")
  }

  @Test("devices are named as PyTorch names them")
  func names() {
    #expect(
      [Device.cpu, .cuda(), .cuda(2), .mps].map(\.description) == [
        "cpu", "cuda:0", "cuda:2", "mps",
      ])
  }

  @Test("a number of threads that cannot be is an error, and the next error is its own")
  func noThreads() throws {
    let before = Machine.threads
    let error = #expect(throws: TorchError.self) { try checked { Machine.threads = 0 } }
    #expect(error?.description == "Expected positive number of threads")
    #expect(Machine.threads == before)
    let next = #expect(throws: TorchError.self) { try checked { Tensor.ones([6]).reshaped(7) } }
    #expect(next?.description == "shape '[7]' is invalid for input of size 6")
  }

  @Test("the number of threads is what it was set to, and results do not depend on it")
  func threads() throws {
    let before = Machine.threads
    defer { Machine.threads = before }
    let x = Generator(seed: 5).normal([64, 64])
    let picture = Generator(seed: 6).normal([2, 64, 40, 36])
    let kernels = Generator(seed: 7).normal([48, 64, 3, 3])
    var sums: [Tensor] = []
    var features: [Tensor] = []
    for count in [1, 2, 3] {
      Machine.threads = count
      #expect(Machine.threads == count)
      sums.append(try checked { x.matmul(x).softmax(dim: -1) })
      features.append(
        try checked {
          withoutGradients {
            picture.convolved(by: kernels, padding: (1, 1)).groupNormalized(
              groups: 4, weight: nil, bias: nil, eps: 1e-5, isActivated: true)
          }
        })
    }
    #expect(distance(sums[0], sums[1]) < 1e-6)
    // Our own kernels add up in the same order always.
    #expect(distance(features[0], features[1]) == 0 && distance(features[0], features[2]) == 0)
    #expect(Machine.buildDescription.contains("PyTorch built with"))
  }

  @Test("another thread that sets its number leaves this one's, which nothing was asked before")
  func threadsOfOthers() {
    let before = Machine.threads
    defer { Machine.threads = before }
    let (isSet, isRead) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let found = Mutex(0)
    Thread.detachNewThread {
      Machine.threads = 1
      Thread.detachNewThread {
        Machine.threads = 3
        isSet.signal()
      }
      isSet.wait()
      found.withLock { $0 = Machine.threads }
      isRead.signal()
    }
    isRead.wait()
    #expect(found.withLock { $0 } == 1)
  }
}
