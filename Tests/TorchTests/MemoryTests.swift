import Foundation
import TestSupport
import Testing

@testable import Torch

@Suite("memory", .serialized)
struct MemoryTests {
  /// The numbers 0, 1, 2, … in memory whose release can be seen.
  private final class Owner {
    let numbers: UnsafeMutableBufferPointer<Float>
    let released: Flag

    init(count: Int, released: Flag) {
      numbers = .allocate(capacity: count)
      _ = numbers.initialize(from: (0..<count).map { Float($0) })
      self.released = released
    }

    deinit {
      numbers.deallocate()
      released.isRaised = true
    }
  }

  /// Something that happens once.
  private final class Flag {
    var isRaised = false
  }

  @Test("the allocator takes the settings for large buffers that live long")
  func allocator() {
    #expect(Machine.keepsFreedMemory)
  }

  #if canImport(Glibc)
    /// Pages that a tensor of 25,600 touches first each time that it is made and freed.
    private static func faults() -> [Int] {
      func touched() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(1), &usage)  // RUSAGE_THREAD, a macro in Glibc.
        return usage.ru_minflt
      }
      return (0..<9).map { _ in
        let before = touched()
        _ = Tensor.zeros([25 << 20])
        return touched() - before
      }
    }

    @Test("a buffer that comes again on any thread is not faulted in again")
    func arena() async {
      let found = await withCheckedContinuation { continuation in
        Thread { continuation.resume(returning: Self.faults()) }.start()
      }
      // Others may take the memory in between, so it's the best of some times.
      #expect(found.contains { $0 < 256 })
    }

    @Test("where freed memory is returned it is faulted in again, and not afterwards")
    func returning() {
      // Two threads may share the filling.
      #expect(Machine.returningFreedMemory { Self.faults() }.contains { $0 > 10_000 })
      #expect(Self.faults().contains { $0 < 256 })
    }
  #endif

  @Test("an owner of mapped memory lives as long as any view of it, and not longer")
  func mapping() throws {
    let released = Flag()
    var view: Tensor? = try {
      let owner = Owner(count: 8, released: released)
      let tensor = try checked {
        Tensor(
          mapping: UnsafeRawBufferPointer(owner.numbers), shape: [8], dtype: .float32, owner: owner)
      }
      return tensor.narrowed(dim: 0, start: 2, length: 3).reshaped(3, 1)
    }()
    #expect(!released.isRaised)
    #expect(view?.values(as: Float.self) == [2, 3, 4])
    view = nil
    #expect(released.isRaised)
  }

  @Test("an owner is released when its memory could not be mapped")
  func failedMapping() {
    let released = Flag()
    #expect(throws: TorchError.self) {
      let owner = Owner(count: 8, released: released)
      return try checked {
        Tensor(
          mapping: UnsafeRawBufferPointer(owner.numbers), shape: [-1, -1], dtype: .float32,
          owner: owner)
      }
    }
    #expect(released.isRaised)
  }

  #if os(Linux)
    @Test("resident memory is flat over 1,000 forward passes, and over 200 with their gradients")
    func flat() async {
      // A process of its own: other tests allocate in this one.
      await #expect(processExitsWith: .success) {
        let generator = Generator(seed: 4)
        let weights = [[16, 3, 3, 3], [16, 16, 3, 3], [3, 16, 3, 3]].map {
          (generator.normal($0) * 0.1).withGradient()
        }
        let x = generator.normal([1, 3, 48, 48])
        func forward() -> Tensor {
          weights.reduce(x) { $0.conv2d($1, padding: [1, 1]).groupNorm(1).silu() }
        }
        // A pass makes tensors of 1 MB in all; were they kept, a block would keep them all.
        try MemoryTests.expectFlat(blockOf: 100) { _ = withoutGradients(forward) }
        try MemoryTests.expectFlat(blockOf: 20) { forward().sum().backward() }
      }
    }

    @Test("a temporary's memory is back as soon as its expression is over")
    func temporaries() async {
      // A process of its own: in this one others would split the freed block, and it would stay.
      await #expect(processExitsWith: .success) {
        try Machine.returningFreedMemory {
          for _ in 0..<3 {
            let before = try MemoryTests.residentBytes()
            #expect(Tensor.ones([32 << 20]).sum().item() == Double(32 << 20))
            let growth = try MemoryTests.residentBytes() - before
            #expect(growth < 64 << 20)
          }
        }
      }
    }

    /// Runs a pass in ten blocks, the median of which must keep less than 1 KB a pass, and all
    /// together less than 10 KB.
    ///
    /// Three blocks go before: on a busy machine LibTorch's threads come late to their memory, and
    /// one may yet come later.
    private static func expectFlat(blockOf passes: Int, _ pass: () -> Void) throws {
      for _ in 0..<3 * passes { pass() }
      let growths = try (0..<10).map { _ in
        let before = try residentBytes()
        for _ in 0..<passes { pass() }
        return try residentBytes() - before
      }
      #expect(growths.sorted()[5] < passes * 1000, "\(growths)")
      #expect(growths.reduce(0, +) < 10 * passes * 10_000, "\(growths)")
    }

    private static func residentBytes() throws -> Int {
      let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
      let pages = try #require(Int(text.split(separator: " ")[1]))
      return pages * sysconf(Int32(_SC_PAGESIZE))
    }
  #endif
}
