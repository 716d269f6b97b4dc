import ClawJSON

/// Who may call a method. `any` and `pending` need no role: the first is open to every connection, the second also
/// to one that waits for its pairing.
public enum MethodRole: String, Sendable, Codable, CaseIterable {
  case any, pending, viewer, operator_ = "operator", admin
}

/// One method of the protocol: its type says all there is to say about it, and server, client, schema and
/// documentation follow from it. A method without a role does not compile.
public protocol Method: Sendable {
  associatedtype Params: Codable & Sendable
  associatedtype Result: Codable & Sendable
  /// As it stands in `method`.
  static var name: String { get }
  static var role: MethodRole { get }
  /// One line for people.
  static var summary: String { get }
}

/// Params of a method that takes none; unknown keys are ignored as everywhere.
public struct NoParams: Codable, Sendable, Hashable {
  public init() {}
}

/// `{"ok":true}`
public struct OK: Codable, Sendable, Hashable {
  public let ok: Bool
  public init() { ok = true }
}
