import TestSupport
import Testing
import Torch

@Suite("dtypes")
struct DTypeTests {
  @Test("numbers of a dtype become PyTorch's in every other", arguments: DType.allCases)
  func conversions(_ dtype: DType) throws {
    let golden = try Golden("dtypes.safetensors")
    let numbers = try golden["from.\(dtype)"]
    #expect(numbers.dtype == dtype)
    for other in DType.allCases {
      let expected = try golden["\(dtype).to.\(other)"]
      let found = try checked { numbers.converted(to: other) }
      #expect(found.dtype == other && expected.dtype == other)
      let same = found.withUnsafeBytes { a in expected.withUnsafeBytes { a.elementsEqual($0) } }
      #expect(same, "to \(other): expected \(expected), found \(found)")
    }
  }

  @Test("an element has as many bytes as LibTorch gives it", arguments: DType.allCases)
  func sizes(_ dtype: DType) throws {
    let x = Tensor.empty([3], dtype: dtype)
    // LibTorch moves a view's beginning by its own size of an element.
    let second = try checked { x.narrowed(dim: 0, start: 1, length: 1) }
    let begin = try #require(x.withUnsafeBytes { $0.baseAddress })
    let next = try #require(second.withUnsafeBytes { $0.baseAddress })
    #expect(next - begin == dtype.byteCount)
  }

  @Test("Swift's numbers go in and come out as they are")
  func values() {
    #expect(Tensor([1, -2] as [Int]).values(as: Int.self) == [1, -2])
    #expect(Tensor([1, -2] as [Int64]).dtype == .int64)
    #expect(Tensor([1, -2] as [Int32]).values(as: Int32.self) == [1, -2])
    #expect(Tensor([1, -2] as [Int16]).values(as: Int16.self) == [1, -2])
    #expect(Tensor([1, -2] as [Int8]).values(as: Int8.self) == [1, -2])
    #expect(Tensor([1, 255] as [UInt8]).values(as: UInt8.self) == [1, 255])
    #expect(Tensor([0.1, -2] as [Float]).values(as: Float.self) == [0.1, -2])
    #expect(Tensor([0.1, -2]).values(as: Double.self) == [0.1, -2])
    #expect(Tensor([true, false]).values(as: Bool.self) == [true, false])
    #expect(Tensor([0.0, 0.5]).values(as: Bool.self) == [false, true])
    #expect(Tensor(7.5).shape == [] && Tensor(7.5).item() == 7.5)
  }

  @Test("elements are read in row-major order, however they lie")
  func order() {
    let x = Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
    #expect(x.transposed(0, 1).values(as: Int.self) == [1, 4, 2, 5, 3, 6])
    #expect(x.transposed(0, 1).strides == [1, 3] && !x.transposed(0, 1).isContiguous())
    let picture = Tensor.ones([1, 2, 3, 4]).contiguous(memoryFormat: .channelsLast)
    #expect(picture.isContiguous(.channelsLast) && picture.strides == [24, 1, 8, 2])
  }

  @Test("a number with a whole tensor is what PyTorch makes of the pair")
  func promotion() {
    let whole = Tensor([1, 2])
    #expect((whole + 1).dtype == .int64 && (whole + 0.5).dtype == .float32)
    #expect((Tensor([true]) + 1).dtype == .int64 && (whole / 2).dtype == .float32)
    let half = Tensor.ones([2], dtype: .bfloat16)
    #expect((half * 0.5).dtype == .bfloat16 && (half + Tensor([1.0, 2.0])).dtype == .float64)
    #expect((3 - whole).values(as: Int.self) == [2, 1])
    #expect((2 / Tensor([4.0])).item() == 0.5)
  }

  @Test("factories give what they say")
  func factories() {
    #expect(Tensor.range(from: 2, to: 9, by: 3).values(as: Int.self) == [2, 5, 8])
    #expect(
      Tensor.linspace(from: 0, to: 1, count: 5).values(as: Double.self) == [0, 0.25, 0.5, 0.75, 1])
    #expect(Tensor.full([2], .real(0.5), dtype: .float16).values(as: Double.self) == [0.5, 0.5])
    #expect(Tensor.full([2], true, dtype: .bool).values(as: Bool.self) == [true, true])
    #expect(Tensor.zeros([2, 0]).count == 0 && Tensor.ones([2, 2]).sum().item() == 4)
  }
}
