import NIOCore
import NIOHTTP1

/// A request line and what follows it, parsed from bytes that NIO's parser rejected.
struct RequestLine: Sendable, Equatable {
  let method: String
  let target: String
  let version: HTTPVersion
  /// Offset of its header fields in the searched bytes.
  let headersStart: Int

  /// Whether NIO's parser knows the method.
  var isMethodKnown: Bool {
    if case .RAW = HTTPMethod(rawValue: method) { false } else { true }
  }

  /// All complete lines that are request lines, in order.
  static func all(in bytes: ArraySlice<UInt8>) -> [RequestLine] {
    var lines: [RequestLine] = []
    var rest = bytes
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      if let line = RequestLine(rest[..<end], headersStart: end + 1 - bytes.startIndex) { lines.append(line) }
      rest = rest[(end + 1)...]
    }
    return lines
  }

  private init?(_ line: ArraySlice<UInt8>, headersStart: Int) {
    let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == 3, !parts[0].isEmpty, parts[0].count <= 64, parts[0].allSatisfy(Self.isTokenByte),
      !parts[1].isEmpty, parts[1].allSatisfy({ (0x21...0x7E).contains($0) }),
      parts[2].elementsEqual("HTTP/1.1".utf8) || parts[2].elementsEqual("HTTP/1.0".utf8),
      let method = String(validating: parts[0], as: UTF8.self),
      let target = String(validating: parts[1], as: UTF8.self)
    else { return nil }
    self.method = method
    self.target = target
    version = parts[2].last == UInt8(ascii: "0") ? .http1_0 : .http1_1
    self.headersStart = headersStart
  }

  /// The header fields after it; nil while they are incomplete.
  /// - Throws: ``Malformed`` for a line that is not a header field.
  func headers(in bytes: ArraySlice<UInt8>) throws(Malformed) -> HTTPHeaders? {
    var headers = HTTPHeaders()
    var rest = bytes.dropFirst(headersStart)
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      var line = rest[..<end]
      rest = rest[(end + 1)...]
      if line.last == UInt8(ascii: "\r") { line.removeLast() }
      if line.isEmpty { return headers }
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
        line[..<colon].allSatisfy(Self.isTokenByte),
        let name = String(validating: line[..<colon], as: UTF8.self),
        let value = String(validating: Self.trimmed(line[(colon + 1)...]), as: UTF8.self)
      else { throw Malformed() }
      headers.add(name: name, value: value)
    }
    return nil
  }

  struct Malformed: Error {}

  private static func trimmed(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    var value = value.drop(while: isBlank)
    while let last = value.last, isBlank(last) { value.removeLast() }
    return value
  }

  /// RFC 9110, section 5.6.2.
  static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
