import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Time-ordered UUIDs (RFC 9562 section 5.7): 48 bits of Unix milliseconds, then 74 random bits.
enum UUIDv7 {
  private static let digits = Array("0123456789abcdef".utf8)
  private static let reserve = Mutex(RandomReserve())

  /// The canonical 36-character lower-case form.
  static func text(at time: Timestamp) -> String {
    let random = reserve.withLock { ($0.next(), $0.next()) }
    let milliseconds = UInt64(clamping: time.milliseconds) & 0xFFFF_FFFF_FFFF
    let high = milliseconds << 16 | 0x7000 | (random.0 & 0x0FFF)
    let low = (random.1 & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
    return String(unsafeUninitializedCapacity: 36) { buffer in
      var position = 0
      for index in 0..<32 {
        if index == 8 || index == 12 || index == 16 || index == 20 {
          buffer[position] = UInt8(ascii: "-")
          position += 1
        }
        let word = index < 16 ? high : low
        let nibble = Int((word >> UInt64(60 - (index % 16) * 4)) & 0xF)
        buffer[position] = digits[nibble]
        position += 1
      }
      return position
    }
  }
}

/// A buffer of system random numbers: a message takes a dozen, and without it a system call for each would be the most
/// frequent one of all.
private struct RandomReserve {
  /// 256 bytes, the maximum of one system call.
  private static let size = 32
  private var numbers: [UInt64] = []

  mutating func next() -> UInt64 {
    if let number = numbers.popLast() { return number }
    numbers = Self.fetched()
    return numbers.popLast() ?? .random(in: .min ... .max)
  }

  /// Empty if the system call fails.
  private static func fetched() -> [UInt64] {
    [UInt64](unsafeUninitializedCapacity: size) { buffer, count in
      let bytes = size * MemoryLayout<UInt64>.size
      #if canImport(Glibc)
        count = buffer.baseAddress.map { getentropy($0, bytes) == 0 } ?? false ? size : 0
      #else
        arc4random_buf(buffer.baseAddress, bytes)
        count = size
      #endif
    }
  }
}
