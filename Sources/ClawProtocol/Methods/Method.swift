import ClawJSON

/// Who may call a method. `any` and `pending` need no role: the first is open to every connection, the second also
/// to one that waits for its pairing.
public enum MethodRole: String, Sendable, Codable, CaseIterable {
  /// Every connection, authenticated or not.
  case any
  /// As `any`, and also a device that waits for its pairing to be approved.
  case pending
  /// Reads; changes nothing.
  case viewer
  /// Talks to agents and changes what is the user's own. On the wire: `operator`.
  case operator_ = "operator"
  /// Changes what belongs to the tenant, and sees all its users.
  case admin
}

/// One method of the protocol: its type says all there is to say about it, and server, client, schema and
/// documentation follow from it. A method without a role does not compile.
public protocol Method: Sendable {
  /// What a request carries; ``NoParams`` where there is nothing to say. Keys it does not have are ignored.
  associatedtype Params: Codable & Sendable
  /// The payload of a response that is `ok`.
  associatedtype Result: Codable & Sendable
  /// As it stands in `method`.
  static var name: String { get }
  /// The least role that may call it; the server checks it before the params are read.
  static var role: MethodRole { get }
  /// One line for people.
  static var summary: String { get }
}

/// Params of a method that takes none; unknown keys are ignored as everywhere.
public struct NoParams: Codable, Sendable, Hashable {
  /// Written as an empty object.
  public init() {}
}

/// `{"ok":true}`: the result of a method that changes something and has nothing to tell about it.
public struct OK: Codable, Sendable, Hashable {
  /// Always true; an error is answered otherwise.
  public let ok: Bool
  /// The answer of a method that has nothing else to say.
  public init() { ok = true }
}
