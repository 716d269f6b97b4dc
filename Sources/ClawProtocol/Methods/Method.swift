import ClawJSON

/// Who may call a method. `any` and `pending` need no role: the first is open to every connection, the second also
/// to one that waits for its pairing.
public enum MethodRole: String, Sendable, Codable, CaseIterable {
  /// Every connection, authenticated or not.
  case any
  /// As `any`, and also a device whose pairing is pending.
  case pending
  /// Read-only.
  case viewer
  /// Sends messages to agents and changes the user's own objects. On the wire: `operator`.
  case operator_ = "operator"
  /// Changes the tenant's objects, and sees all its users.
  case admin
}

/// One method of the protocol. Its type is the single definition from which server, client, schema and documentation
/// are derived. A method without a role does not compile.
public protocol Method: Sendable {
  /// The params of a request; ``NoParams`` if there are none. Unknown keys are ignored.
  associatedtype Params: Codable & Sendable
  /// The payload of a successful response.
  associatedtype Result: Codable & Sendable
  /// The value of `method`.
  static var name: String { get }
  /// The minimum role that may call it; the server checks it before the params are decoded.
  static var role: MethodRole { get }
  /// A one-line summary for users.
  static var summary: String { get }
}

/// Params of a method that takes none; unknown keys are ignored as everywhere.
public struct NoParams: Codable, Sendable, Hashable {
  /// Encoded as an empty object.
  public init() {}
}

/// `{"ok":true}`: the result of a method that changes something and returns no data.
public struct OK: Codable, Sendable, Hashable {
  /// Always true; failures are reported as errors.
  public let ok: Bool
  /// The result of a method without other data.
  public init() { ok = true }
}
