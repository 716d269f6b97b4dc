import ClawJSON
import Crypto

/// An AES-256-GCM key for values that must not be readable in the database.
public struct SealingKey: Sendable, CustomStringConvertible, CustomReflectable {
  /// Identifies the key without revealing anything about it: 16 hex digits.
  public let id: String
  fileprivate let key: SymmetricKey

  /// Key size in bytes.
  public static let size = 32

  /// Nil unless there are ``size`` bytes.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.size else { return nil }
    key = SymmetricKey(data: bytes)
    id = Hex.text(SHA256.hash(data: Array("swiftclaw sealing key".utf8) + bytes).prefix(8))
  }

  /// Parses 64 hex digits, or the base64 of 32 bytes.
  public init?(_ text: String) {
    guard let bytes = Hex.bytes(text) ?? Base64.decoded(text) else { return nil }
    self.init(bytes)
  }

  /// Generates a key from the system's random generator, with its text for a file.
  public static func generate() -> (key: SealingKey, text: String)? {
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<size).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    return SealingKey(bytes).map { ($0, Hex.text(bytes)) }
  }

  public var description: String { "SealingKey(\(id))" }
  public var customMirror: Mirror { Mirror(self, children: ["id": id]) }
}

/// The location of a sealed value. It is authenticated data of the seal, so that the value opens nowhere else.
public struct SealingContext: Sendable, Hashable {
  public let tenant: String
  public let table: String
  public let row: String

  public init(tenant: String, table: String, row: String) {
    self.tenant = tenant
    self.table = table
    self.row = row
  }

  /// Length-prefixed parts, so that no two locations have the same encoding.
  fileprivate var bytes: [UInt8] {
    [tenant, table, row].flatMap { Array("\($0.utf8.count):\($0)".utf8) }
  }
}

/// Why a sealed value can't be opened.
public enum SealingError: Error, Sendable, Hashable {
  /// It was sealed with another key, which has this ID.
  case otherKey(String)
  /// It was changed, truncated, or moved from another location.
  case broken
}

/// The keys of a gateway: the current one seals, both open.
public struct SealingKeys: Sendable {
  public let current: SealingKey
  /// The previous key, while values sealed with it may remain.
  public let previous: SealingKey?

  private static let version = "v1"

  public init(current: SealingKey, previous: SealingKey? = nil) {
    self.current = current
    self.previous = previous
  }

  /// `v1.<key id>.<nonce, ciphertext and tag in hex>`
  public func seal(_ text: String, at place: SealingContext) throws -> String {
    let box = try AES.GCM.seal(Array(text.utf8), using: current.key, authenticating: place.bytes)
    guard let combined = box.combined else { throw SealingError.broken }
    return "\(Self.version).\(current.id).\(Hex.text(combined))"
  }

  /// The ID of the key that sealed a value; empty if it is not sealed.
  static func keyID(of value: String) -> String {
    let parts = value.split(at: ".", omittingEmpty: false)
    return parts.count == 3 ? String(parts[1]) : ""
  }

  /// - Throws: ``SealingError``.
  public func open(_ value: String, at place: SealingContext) throws(SealingError) -> String {
    let parts = value.split(at: ".", omittingEmpty: false)
    guard parts.count == 3, parts[0] == Self.version, let bytes = Hex.bytes(parts[2]) else { throw .broken }
    guard let key = [current, previous].compactMap(\.self).first(where: { $0.id == parts[1] }) else {
      throw .otherKey(String(parts[1].prefix(16)))
    }
    do {
      let opened = try AES.GCM.open(
        try AES.GCM.SealedBox(combined: bytes), using: key.key, authenticating: place.bytes)
      guard let text = String(validating: opened, as: UTF8.self) else { throw SealingError.broken }
      return text
    } catch {
      throw .broken
    }
  }
}

enum Hex {
  private static let digits = Array("0123456789abcdef".utf8)

  static func text(_ bytes: some Sequence<UInt8>) -> String {
    String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// Nil for anything but pairs of hex digits, in either case.
  static func bytes(_ text: some StringProtocol) -> [UInt8]? {
    let digits = text.utf8.map { Self.digits.firstIndex(of: (65...70).contains($0) ? $0 + 32 : $0) }
    guard digits.count % 2 == 0, !digits.contains(nil) else { return nil }
    let values = digits.compactMap(\.self)
    return stride(from: 0, to: values.count, by: 2).map { UInt8(values[$0] << 4 | values[$0 + 1]) }
  }
}
