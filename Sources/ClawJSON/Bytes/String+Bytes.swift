#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension String {
  /// Whether two strings have the same UTF-8 bytes. `==` tests canonical equivalence instead (see ``UTF8Key``).
  @inlinable
  public func hasSameBytes(as other: String) -> Bool {
    guard utf8.count == other.utf8.count else { return false }
    let answer = utf8.withContiguousStorageIfAvailable { left in
      other.utf8.withContiguousStorageIfAvailable { Self.areEqual(left, $0) }
    }
    return (answer ?? nil) ?? utf8.elementsEqual(other.utf8)
  }

  @usableFromInline
  static func areEqual(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let first = left.baseAddress, let second = right.baseAddress else { return left.isEmpty && right.isEmpty }
    return memcmp(first, second, left.count) == 0
  }

  /// Hashes the UTF-8 bytes and a terminator that never occurs in UTF-8.
  @inlinable
  func hashBytes(into hasher: inout Hasher) {
    let isDone: Void? = utf8.withContiguousStorageIfAvailable { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    if isDone == nil { for byte in utf8 { hasher.combine(byte) } }
    hasher.combine(0xFF as UInt8)
  }

  /// Whether the UTF-8 bytes sort before those of another string, which is the order of Unicode scalars. `<` compares
  /// normalized text, which other programs do not.
  public func bytesPrecede(_ other: String) -> Bool {
    let answer = utf8.withContiguousStorageIfAvailable { left in
      other.utf8.withContiguousStorageIfAvailable { right in
        for index in 0..<Swift.min(left.count, right.count) where left[index] != right[index] {
          return left[index] < right[index]
        }
        return left.count < right.count
      }
    }
    return (answer ?? nil) ?? utf8.lexicographicallyPrecedes(other.utf8)
  }
}
