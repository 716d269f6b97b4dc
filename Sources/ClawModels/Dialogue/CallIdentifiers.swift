import ClawCore
import ClawJSON

/// A vendor's format of tool call IDs.
enum CallIDStyle: Sendable, Hashable {
  /// Letters, digits, `_` and `-`, up to this length.
  case upTo(Int)
  /// Exactly nine letters and digits (Mistral).
  case nineAlphanumerics

  func accepts(_ id: String) -> Bool {
    switch self {
    case .upTo(let limit):
      !id.isEmpty && id.utf8.count <= limit
        && id.utf8.allSatisfy { Self.isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    case .nineAlphanumerics: id.utf8.count == 9 && id.utf8.allSatisfy(Self.isAlphanumeric)
    }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }
}

/// Maps call IDs to a vendor's format, deterministically, so that the bytes of a request stay the same from turn to
/// turn. A valid ID is unchanged; another is replaced by its hash.
struct CallIdentifiers {
  let style: CallIDStyle
  private var mapped: UTF8Dictionary<String> = [:]
  private var taken: UTF8Set = []

  init(_ style: CallIDStyle) {
    self.style = style
  }

  mutating func wire(_ id: String) -> String {
    if let known = mapped[id] { return known }
    var wire = style.accepts(id) ? id : Self.digest(id, salt: 0)
    var salt: UInt64 = 0
    while taken.contains(wire) {
      salt += 1
      wire = Self.digest(id, salt: salt)
    }
    mapped[id] = wire
    taken.insert(wire)
    return wire
  }

  private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

  /// Nine letters and digits from an FNV-1a hash; valid in every style.
  private static func digest(_ id: String, salt: UInt64) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325 &+ salt &* 0x9E37_79B9_7F4A_7C15
    for byte in id.utf8 {
      hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }
    var bytes: [UInt8] = []
    for _ in 0..<9 {
      bytes.append(alphabet[Int(hash % 62)])
      hash /= 62
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Makes the call IDs of a new answer unique within the conversation: some vendors send none, or restart at `call_0` in
/// each answer.
struct CallNumbering: Sendable {
  private var used: UTF8Set

  init(_ request: ModelRequest) {
    used = UTF8Set(request.exchanges.flatMap { $0.rounds.flatMap { $0.calls.map(\.call.id) } })
  }

  /// The provider's ID if it is usable, otherwise a generated one.
  mutating func id(_ offered: String?) -> String {
    if let offered, !offered.isBlank, offered.utf8.count <= 256, used.insert(offered).inserted { return offered }
    var generator = SystemRandomNumberGenerator()
    while true {
      let id = "call_" + String(generator.next(), radix: 36) + String(generator.next(), radix: 36)
      if used.insert(id).inserted { return id }
    }
  }
}
