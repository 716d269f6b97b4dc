import ClawCore
import ClawProtocol

/// Who may call what.
enum AccessPolicy {
  /// Why a caller may not call a method; nil if they may.
  /// - Parameter role: nil before authentication.
  static func refusal(of method: MethodRole, named name: String, for role: Role?) -> ErrorBody? {
    let needed: Role
    switch method {
    case .any, .pending: return nil
    case .viewer: needed = .viewer
    case .operator_: needed = .operator_
    case .admin: needed = .admin
    }
    guard let role else {
      return ErrorBody(code: .unauthorized, message: "first request must be 'connect'")
    }
    guard role >= needed else {
      return ErrorBody(code: .forbidden, message: "\(name) needs the role \(needed.rawValue)")
    }
    return nil
  }
}
