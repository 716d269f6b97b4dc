import ClawJSON

/// A non-text part given by a user, a caller or a tool: referred to in a message, with its bytes stored elsewhere.
public struct MediaPart: Sendable, Hashable, Codable {
  /// How it is presented to a model.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    case image, audio, file

    /// From the type's first half.
    public init(type: String) {
      self = Self.allCases.first { type.startsWith($0.rawValue + "/") } ?? .file
    }
  }

  public let id: MediaID
  public let kind: Kind
  /// SHA-256 of the bytes as 64 hex digits: the name of its file.
  @UTF8Key public private(set) var digest: String
  /// A media type such as `image/png`, without parameters.
  @UTF8Key public private(set) var type: String
  /// In bytes.
  public let size: Int

  public init(id: MediaID, kind: Kind? = nil, digest: String, type: String, size: Int) {
    self.id = id
    self.kind = kind ?? Kind(type: type)
    self.digest = digest
    self.type = type
    self.size = size
  }

  /// The same as another kind: a caller may declare an image whose type says otherwise.
  public func shownAs(_ kind: Kind) -> MediaPart {
    MediaPart(id: id, kind: kind, digest: digest, type: type, size: size)
  }

  /// The text for a model that can't read it.
  public var note: String { "[\(kind.rawValue): \(type), \(size) bytes]" }
}

/// Media as stored: with owner and creation time.
public struct StoredMedia: Sendable, Hashable {
  public let part: MediaPart
  /// The only user who may read it.
  public let user: UserID
  public let createdAt: Timestamp

  public init(part: MediaPart, user: UserID, createdAt: Timestamp) {
    self.part = part
    self.user = user
    self.createdAt = createdAt
  }
}

/// A media type (RFC 9110, section 8.3.1).
public enum MediaType {
  /// The type of unknown bytes.
  public static let unknown = "application/octet-stream"

  /// Type and subtype in lower case, without parameters; nil if invalid.
  public static func name(_ text: String) -> String? {
    let name = text.upTo(";").trimmed.lowercased()
    let halves = name.split(at: "/", omittingEmpty: false)
    guard halves.count == 2, halves.allSatisfy({ (1...64).contains($0.utf8.count) && $0.utf8.allSatisfy(isToken) })
    else { return nil }
    return name
  }

  private static func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: "!#$&^_.+-".utf8.contains(byte)
    }
  }
}
