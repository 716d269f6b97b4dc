/// A `data:` URL (RFC 2397) as vendors accept it for images: a type, and base64 data.
struct DataURL: Sendable, Hashable {
  let mediaType: String
  let base64: String

  /// Nil for another kind of URL, or an invalid one.
  init?(_ url: String) {
    let bytes = Array(url.utf8)
    guard bytes.count > 5, bytes.prefix(5).map(Self.lowered).elementsEqual("data:".utf8),
      let comma = bytes.firstIndex(of: UInt8(ascii: ","))
    else { return nil }
    let parts = bytes[5..<comma].split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
    let type = parts.first.map { String(decoding: $0.map(Self.lowered), as: UTF8.self) } ?? ""
    mediaType = type.isEmpty ? "text/plain" : type
    let rest = bytes[(comma + 1)...]
    if parts.dropFirst().contains(where: { $0.map(Self.lowered).elementsEqual("base64".utf8) }) {
      base64 = String(decoding: Self.unescaped(rest) ?? Array(rest), as: UTF8.self)
    } else {
      guard let data = Self.unescaped(rest) else { return nil }
      base64 = Self.base64(data)
    }
  }

  private static func lowered(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

  /// Percent-decoded; nil for an invalid escape.
  private static func unescaped(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var rest = bytes
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        result.append(byte)
        continue
      }
      guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
        return nil
      }
      result.append(value)
      rest = rest.dropFirst(2)
    }
    return result
  }

  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// RFC 4648 section 4.
  private static func base64(_ bytes: [UInt8]) -> String {
    var result: [UInt8] = []
    result.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
      for place in 0..<4 {
        let isThere = place <= group.count
        result.append(isThere ? alphabet[Int(bits >> (18 - 6 * UInt32(place)) & 63)] : UInt8(ascii: "="))
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
