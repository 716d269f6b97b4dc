import ClawCore

extension AccessPolicy {
  /// Why a caller may not use a route; nil if they may.
  static func refusal(of route: HTTPRoute, for caller: Principal) -> String? {
    switch route.access {
    case .open: nil
    case .role(let role): refusal(of: role, named: route.path, for: caller.role)?.message
    case .gatewayToken: caller.credential == .gatewayToken ? nil : "\(route.path) needs the gateway's own token"
    }
  }
}
