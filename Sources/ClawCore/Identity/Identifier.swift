import ClawJSON

/// A textual identifier whose tag keeps it apart from every other kind: a session key can never be passed
/// where a user is meant. Two are one only if their UTF-8 bytes are, as in the store (see `UTF8Key`).
public struct Identifier<Tag>: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The identifier as it is stored and shown.
  public let rawValue: String

  /// Takes text that is known to be well formed: read from the store, or made by us.
  public init(unchecked rawValue: String) {
    self.rawValue = rawValue
  }

  public var description: String { rawValue }

  public static func == (left: Self, right: Self) -> Bool { left.rawValue.hasSameBytes(as: right.rawValue) }
  public func hash(into hasher: inout Hasher) { UTF8Key(rawValue).hash(into: &hasher) }
  public static func < (left: Self, right: Self) -> Bool { left.rawValue.bytesPrecede(right.rawValue) }
}

extension Identifier: Codable {
  public init(from decoder: any Decoder) throws {
    self.init(unchecked: try decoder.singleValueContainer().decode(String.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }
}

public enum TenantTag {}
public enum UserTag {}
public enum AgentTag {}
public enum AgentKeyTag {}
public enum SessionTag {}
public enum SessionKeyTag {}
public enum RunTag {}
public enum MessageTag {}
public enum NodeTag {}
public enum JobTag {}
public enum APIKeyTag {}

/// Who pays and who owns: the outermost wall.
public typealias TenantID = Identifier<TenantTag>
/// A person or a program inside a tenant, named by the caller. 1–255 bytes, no control characters.
public typealias UserID = Identifier<UserTag>
/// The row of an agent (UUIDv7); never shown where its key is meant.
public typealias AgentID = Identifier<AgentTag>
/// The name people call an agent by: `[a-z0-9][a-z0-9_-]{0,63}`.
public typealias AgentKey = Identifier<AgentKeyTag>
/// The row of a session (UUIDv7). It stays the key's for good, since the counters of a key outlive a deletion.
public typealias SessionID = Identifier<SessionTag>
/// What people call a session by: `agent:{agentKey}:{rest}`.
public typealias SessionKey = Identifier<SessionKeyTag>
/// One run of an agent (UUIDv7).
public typealias RunID = Identifier<RunTag>
/// One row of a transcript (UUIDv7).
public typealias MessageID = Identifier<MessageTag>
/// One process of a cluster (UUIDv7, new at every start).
public typealias NodeID = Identifier<NodeTag>
/// A scheduled job (UUIDv7).
public typealias JobID = Identifier<JobTag>
/// An API key (UUIDv7); tells nothing about its secret.
public typealias APIKeyID = Identifier<APIKeyTag>

extension Identifier {
  /// A fresh, time-ordered identifier (RFC 9562, version 7).
  public static func generate(at time: Timestamp) -> Self {
    Self(unchecked: UUIDv7.text(at: time))
  }

  /// Whether it was made at that millisecond or before, by the clock of whoever made it.
  public func isMade(upTo time: Timestamp) -> Bool {
    // The first 48 bits of an UUIDv7 are its time: 12 digits and a hyphen.
    rawValue.prefix(13) <= UUIDv7.text(at: time).prefix(13)
  }
}
