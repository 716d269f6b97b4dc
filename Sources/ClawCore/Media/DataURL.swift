import ClawJSON

/// A `data:` URL (RFC 2397): a media type, and bytes in base64 or percent-encoded.
public struct DataURL: Sendable {
  /// In lower case, without parameters; `text/plain` if none is given.
  public let mediaType: String
  private let isBase64: Bool
  private let payload: Substring.UTF8View

  /// Nil if it is another kind of URL, or badly percent-encoded.
  public init?(_ url: String) {
    let bytes = url.utf8
    let scheme = "data:".utf8
    guard bytes.prefix(scheme.count).map(Self.lowered).elementsEqual(scheme),
      let comma = bytes.firstIndex(of: UInt8(ascii: ","))
    else { return nil }
    let head = bytes[bytes.index(bytes.startIndex, offsetBy: scheme.count)..<comma].map(Self.lowered)
    let parts = head.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
    let type = parts.first.map { String(decoding: $0, as: UTF8.self) } ?? ""
    mediaType = type.isEmpty ? "text/plain" : type
    isBase64 = parts.dropFirst().contains { $0.elementsEqual("base64".utf8) }
    payload = bytes[bytes.index(after: comma)...]
    var rest = Bytes(payload, isBase64: false)
    guard payload.contains(UInt8(ascii: "%")) else { return }
    do { while try rest.next(16 * 1024) != nil {} } catch { return nil }
  }

  private static func lowered(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

  /// Upper bound of the decoded size, in bytes.
  public var sizeBound: Int { isBase64 ? payload.count / 4 * 3 + 3 : payload.count }

  /// The decoded bytes, in chunks.
  public func bytes() -> Bytes { Bytes(payload, isBase64: isBase64) }

  /// Decodes the payload sequentially.
  public struct Bytes: Sendable {
    private var rest: Substring.UTF8View
    private var decoder: Base64Decoder?

    fileprivate init(_ payload: Substring.UTF8View, isBase64: Bool) {
      rest = payload
      decoder = isBase64 ? Base64Decoder() : nil
    }

    /// The next bytes, about `count`; nil at the end.
    /// - Throws: ``Base64Decoder/Broken`` if the payload is not valid Base64.
    public mutating func next(_ count: Int) throws(Base64Decoder.Broken) -> [UInt8]? {
      guard !rest.isEmpty else { return nil }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(count + 3)
      while bytes.count < count, var byte = rest.popFirst() {
        if byte == UInt8(ascii: "%") {
          guard let high = Self.digit(rest.popFirst()), let low = Self.digit(rest.popFirst()) else {
            throw Base64Decoder.Broken()
          }
          byte = high << 4 | low
        }
        if decoder == nil { bytes.append(byte) } else { try decoder?.decode(byte, into: &bytes) }
        if rest.isEmpty { try decoder?.finish(into: &bytes) }
      }
      return bytes
    }

    private static func digit(_ byte: UInt8?) -> UInt8? {
      switch byte {
      case (UInt8(ascii: "0")...UInt8(ascii: "9"))?: byte.map { $0 - UInt8(ascii: "0") }
      case (UInt8(ascii: "a")...UInt8(ascii: "f"))?: byte.map { $0 - UInt8(ascii: "a") + 10 }
      case (UInt8(ascii: "A")...UInt8(ascii: "F"))?: byte.map { $0 - UInt8(ascii: "A") + 10 }
      default: nil
      }
    }
  }

  /// The payload in Base64, unchanged if it was Base64 already; nil if it is invalid.
  public var base64: String? {
    if isBase64, !payload.contains(UInt8(ascii: "%")) { return String(Substring(payload)) }
    var (encoder, bytes) = (Base64Encoder(size: sizeBound), bytes())
    do {
      while let some = try bytes.next(16 * 1024) { encoder.append(some) }
    } catch {
      return nil
    }
    encoder.finish()
    return String(decoding: encoder.text, as: UTF8.self)
  }
}
