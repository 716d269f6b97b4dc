import ClawJSON

/// A configured HTTP request header.
public struct HeaderField: Sendable, Hashable {
  public let name: String
  public let value: String

  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }

  /// Headers that contain a credential; those come from the environment or from `secrets.env`.
  private static let secret: [String] = [
    "authorization", "proxy-authorization", "x-api-key", "api-key", "cookie",
  ]

  /// Nil if it is not a valid header (RFC 9110 section 5), or one that would contain a secret.
  init?(checking name: String, _ value: String) {
    let isToken = !name.isEmpty && name.utf8.count <= 128 && name.utf8.allSatisfy(Self.isTokenByte)
    let isSendable = value.utf8.count <= 4096 && value.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F || $0 == 0x09 }
    guard isToken, isSendable, !Self.secret.contains(name.lowercased()) else { return nil }
    self.init(name: name, value: value)
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}

extension SettingKind where Value == [HeaderField] {
  /// At most 32 headers, by name; in an environment variable as `Name: value, Name: value`.
  static let headers = SettingKind(
    expectation: "an object of header names and texts, without keys (those are api_key)",
    read: { value in
      guard let members = value.objectValue, members.count <= 32 else { return nil }
      let fields = members.compactMap { name, value in
        value.stringValue.flatMap { HeaderField(checking: "\(name)", $0) }
      }
      return fields.count == members.count ? fields.sorted { $0.name < $1.name } : nil
    },
    json: { text in
      var members: JSONValue = [:]
      for part in text.utf8.split(separator: UInt8(ascii: ",")) {
        guard let colon = part.firstIndex(of: UInt8(ascii: ":")) else { return .string(text) }
        members[Self.trimmed(part[..<colon])] = .string(Self.trimmed(part[part.index(after: colon)...]))
      }
      return members
    },
    write: { fields in
      var members: JSONValue = [:]
      for field in fields { members[field.name] = .string(field.value) }
      return members
    })

  private static func trimmed(_ text: Substring.UTF8View) -> String {
    let start = text.drop { $0 == 0x20 }
    return String(decoding: Array(start.reversed().drop { $0 == 0x20 }.reversed()), as: UTF8.self)
  }
}
