import ClawJSON

/// Replaces secrets in text by `***`: the given ones, byte for byte, and text that looks like a key of a known vendor.
/// One pass over the text, however many secrets there are.
public struct SecretRedactor: Sendable {
  /// The replacement of a secret.
  public static let mask = "***"
  /// Minimum length of a secret in bytes; a shorter one would mask ordinary words.
  public static let minLength = 6
  /// Minimum length of a vendor's key after its prefix, in bytes.
  private static let minKeyBytes = 16
  private static let prefixes = [
    "sk-", "sck_", "scd_", "xoxb-", "xoxp-", "ghp_", "gho_", "github_pat_", "AKIA", "AIza", "gsk_",
  ].map { Array($0.utf8) }

  private let matcher: SecretMatcher

  /// - Parameter secrets: Those shorter than ``minLength`` are ignored.
  public init(secrets: some Sequence<String> = []) {
    matcher = SecretMatcher(secrets.map { Array($0.utf8) }.filter { $0.count >= Self.minLength })
  }

  /// Approximate memory use in bytes.
  public var bytes: Int { matcher.bytes }

  /// The redacted text.
  public func redact(_ text: String) -> String { redact(text, first: .max) }

  /// The first `limit` bytes of the redacted text. A secret that begins within them is replaced even if it extends
  /// beyond; the rest is not searched.
  public func redact(_ text: String, first limit: Int) -> String {
    var text = text
    let redacted = text.withUTF8 { bytes -> String? in
      let limit = Self.boundary(in: bytes, atMost: limit)
      var ranges = matcher.ranges(in: bytes, before: limit)
      Self.addVendorKeys(in: bytes, before: limit, to: &ranges)
      guard !ranges.isEmpty || limit < bytes.count else { return nil }
      return Self.text(bytes, without: ranges, before: limit)
    }
    return redacted ?? text
  }

  /// The value with every string redacted.
  public func redact(_ value: JSONValue) -> JSONValue {
    switch value {
    case .string(let text): .string(redact(text))
    case .array(let elements): .array(elements.map(redact))
    case .object(let members): .object(members.mapValues(redact))
    default: value
    }
  }

  /// The nearest character boundary at or before the limit.
  private static func boundary(in bytes: UnsafeBufferPointer<UInt8>, atMost limit: Int) -> Int {
    guard limit < bytes.count else { return bytes.count }
    var place = max(0, limit)
    while place > 0, bytes[place] & 0xC0 == 0x80 { place -= 1 }
    return place
  }

  private static func text(
    _ bytes: UnsafeBufferPointer<UInt8>, without ranges: [Range<Int>], before limit: Int
  ) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(limit)
    var place = 0
    for range in ranges {
      result += bytes[min(place, range.lowerBound)..<range.lowerBound]
      result += mask.utf8
      place = range.upperBound
    }
    if place < limit { result += bytes[place..<limit] }
    return String(decoding: result, as: UTF8.self)
  }

  /// Adds each word with a vendor's key prefix and sufficient length.
  private static func addVendorKeys(
    in bytes: UnsafeBufferPointer<UInt8>, before limit: Int, to ranges: inout [Range<Int>]
  ) {
    var keys: [Range<Int>] = []
    var place = 0
    while place < limit {
      guard isWord(bytes[place]) else {
        place += 1
        continue
      }
      let start = place
      while place < bytes.count, isWord(bytes[place]) { place += 1 }
      if isKey(bytes[start..<place]) { keys.append(start..<place) }
    }
    guard !keys.isEmpty else { return }
    ranges = union(ranges + keys)
  }

  private static func isKey(_ word: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    prefixes.contains { word.count >= $0.count + minKeyBytes && word.starts(with: $0) }
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  private static func union(_ ranges: [Range<Int>]) -> [Range<Int>] {
    var result: [Range<Int>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      guard let last = result.last, last.upperBound > range.lowerBound else {
        result.append(range)
        continue
      }
      result[result.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
    }
    return result
  }
}
