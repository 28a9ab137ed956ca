import Testing
import Torch

@Suite("devices")
struct DeviceTests {
  @Test("a tensor that is on the processor moves there, and lends its bytes, without a copy")
  func staysOnTheProcessor() {
    let x = Tensor([1, 2, 3] as [Float])
    let address = x.withUnsafeBytes { $0.baseAddress }
    #expect(x.moved(to: .cpu).withUnsafeBytes { $0.baseAddress } == address)
    #expect(Tensor.zeros([2]).moved(to: .cpu).device == .cpu)
  }
}
