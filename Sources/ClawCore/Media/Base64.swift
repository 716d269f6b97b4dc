/// Incremental Base64 encoder (RFC 4648, section 4).
public struct Base64Encoder: Sendable {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// ASCII; complete after ``finish()``.
  public private(set) var text: [UInt8] = []
  private var bits: UInt32 = 0
  private var count = 0

  /// - Parameter size: The expected number of bytes, to reserve capacity.
  public init(size: Int = 0) { text.reserveCapacity((size + 2) / 3 * 4) }

  public mutating func append(_ bytes: some Sequence<UInt8>) {
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      count += 1
      if count == 3 { flush() }
    }
  }

  private mutating func flush() {
    for shift: UInt32 in [18, 12, 6, 0] { text.append(Self.alphabet[Int(bits >> shift & 63)]) }
    (bits, count) = (0, 0)
  }

  /// Encodes the remaining bytes, with padding.
  public mutating func finish() {
    guard count > 0 else { return }
    let missing = 3 - count
    bits <<= 8 * UInt32(missing)
    flush()
    for place in 0..<missing { text[text.count - 1 - place] = UInt8(ascii: "=") }
  }
}

/// Incremental Base64 decoder.
public struct Base64Decoder: Sendable {
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 256)
    for (value, byte) in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8.enumerated() {
      values[Int(byte)] = UInt8(value)
    }
    return values
  }()

  /// Not base64.
  public struct Broken: Error {}

  private var bits: UInt32 = 0
  private var count = 0
  private var padding = 0

  public init() {}

  /// Appends the bytes completed by one more digit. White space is skipped.
  /// - Throws: ``Broken``.
  public mutating func decode(_ digit: UInt8, into bytes: inout [UInt8]) throws(Broken) {
    switch digit {
    case 9, 10, 13, 32: return
    case UInt8(ascii: "="):
      padding += 1
      guard padding <= 2 else { throw Broken() }
      return
    default: break
    }
    let value = Self.values[Int(digit)]
    guard value != 255, padding == 0 else { throw Broken() }
    bits = bits << 6 | UInt32(value)
    count += 1
    guard count == 4 else { return }
    for shift: UInt32 in [16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
    (bits, count) = (0, 0)
  }

  /// Appends the remaining bytes. The padding may be omitted.
  /// - Throws: ``Broken``.
  public mutating func finish(into bytes: inout [UInt8]) throws(Broken) {
    guard padding == 0 || (count + padding) == 4 else { throw Broken() }
    switch count {
    case 0: return
    case 2: bytes.append(UInt8(truncatingIfNeeded: bits >> 4))
    case 3:
      bytes.append(UInt8(truncatingIfNeeded: bits >> 10))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 2))
    default: throw Broken()
    }
    (bits, count) = (0, 0)
  }
}
