import ClawCore
import ClawProtocol

/// Authorization: who may call what.
enum AccessPolicy {
  /// Why a caller may not call a method; nil if they may.
  /// - Parameters:
  ///   - role: nil before authentication.
  ///   - isPending: Whether the caller's pairing is pending.
  static func refusal(
    of method: MethodRole, named name: String, for role: Role?, isPending: Bool = false
  ) -> ErrorBody? {
    let needed: Role
    switch method {
    case .any: return nil
    case .pending where isPending || role != nil: return nil
    case .pending, .viewer: needed = .viewer
    case .operator_: needed = .operator_
    case .admin: needed = .admin
    }
    guard let role else { return unauthorized(isPending: isPending) }
    guard role >= needed else {
      return ErrorBody(code: .forbidden, message: "\(name) needs the role \(needed.rawValue)")
    }
    return nil
  }

  /// The error for an unauthenticated caller.
  static func unauthorized(isPending: Bool) -> ErrorBody {
    let message =
      isPending
      ? "the pairing of this device is pending; an admin has to approve it" : "first request must be 'connect'"
    return ErrorBody(code: .unauthorized, message: message)
  }
}
