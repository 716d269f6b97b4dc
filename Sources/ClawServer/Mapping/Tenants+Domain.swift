import ClawCore
import ClawProtocol

extension TenantBody {
  init(_ tenant: Tenant) {
    self.init(
      id: tenant.id.rawValue, name: tenant.name, status: tenant.status.rawValue,
      created_at: tenant.createdAt.milliseconds, updated_at: tenant.updatedAt.milliseconds)
  }
}

extension UserBody {
  init(_ user: UserEntry) {
    self.init(
      id: user.id.rawValue, name: user.name, role: user.role.rawValue, disabled: user.isDisabled,
      created_at: user.createdAt.milliseconds, updated_at: user.updatedAt.milliseconds)
  }
}

extension Role {
  /// - Throws: `invalidRequest` for an unknown role.
  init(validating name: String) throws(ClawError) {
    guard let role = Role(rawValue: name) else {
      throw ClawError(.invalidRequest, "role must be viewer, operator or admin")
    }
    self = role
  }
}
