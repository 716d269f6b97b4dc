import ClawCore
import ClawStore

extension Store {
  /// Tenants processed concurrently, so that a slow one does not delay the others.
  private static let tenantsAtOnce = 4

  /// Runs a body for each tenant. A failure in one tenant does not affect the others.
  /// - Throws: If the tenants can't be read, or if the task was cancelled.
  func eachTenant(
    onFailure: @escaping @Sendable (TenantID, any Error) -> Void,
    _ body: @escaping @Sendable (TenantID) async throws -> Void
  ) async throws {
    let tenants = try await node.read { try $0.state.tenants() }
    await withTaskGroup(of: Void.self) { group in
      for (index, tenant) in tenants.enumerated() {
        if index >= Self.tenantsAtOnce { await group.next() }
        if Task.isCancelled { break }
        group.addTask {
          do {
            try await body(tenant)
          } catch {
            if !Task.isCancelled { onFailure(tenant, error) }
          }
        }
      }
    }
    try Task.checkCancellation()
  }
}
