import ClawCore
import ClawStore
import Synchronization

/// Provides the redactors of tenants.
public protocol RedactorSource: Sendable {
  /// Redacts the tenant's current secrets and those of the installation, but no other tenant's.
  /// - Throws: ``ClawError`` `unavailable` if the store can't be read: nothing can be shown then.
  func redactor(for tenant: TenantID) async throws -> SecretRedactor
}

/// One redactor for all tenants, for engines without stored secrets.
public struct FixedRedactor: RedactorSource {
  private let redactor: SecretRedactor

  public init(_ redactor: SecretRedactor = SecretRedactor()) { self.redactor = redactor }

  public func redactor(for tenant: TenantID) async throws -> SecretRedactor { redactor }
}

/// A redactor for each tenant, built when first needed and rebuilt after the tenant's secrets have changed on any node.
public final class TenantRedactors: RedactorSource {
  /// Limits of cached redactors: tenants, and memory in bytes. Beyond either, all are dropped, which costs a read each.
  private static let maxTenants = 1000
  private static let maxBytes = 64 << 20

  private struct State {
    var known: [TenantID: (version: SecretsVersion, redactor: SecretRedactor)] = [:]
    var bytes = 0
  }

  private let store: Store
  private let own: [String]
  private let values: @Sendable (TenantTransaction) throws -> [String]
  private let onChange: @Sendable (TenantID, SecretRedactor) -> Void
  private let withoutSecrets: SecretRedactor
  private let state = Mutex(State())

  /// - Parameters:
  ///   - own: The secrets of the installation.
  ///   - values: Opens the secrets of a tenant.
  ///   - onChange: Called with each redactor that was built.
  init(
    store: Store, own: [String], values: @escaping @Sendable (TenantTransaction) throws -> [String],
    onChange: @escaping @Sendable (TenantID, SecretRedactor) -> Void
  ) {
    self.store = store
    self.own = own
    self.values = values
    self.onChange = onChange
    withoutSecrets = SecretRedactor(secrets: own)
  }

  public func redactor(for tenant: TenantID) async throws -> SecretRedactor {
    let known = state.withLock { $0.known[tenant] }
    let values = values
    let (version, secrets) = try await store.tenant(tenant).read { transaction -> (SecretsVersion, [String]?) in
      let version = try transaction.secrets.version()
      guard !version.isFirst, version != known?.version else { return (version, nil) }
      return (version, try values(transaction))
    }
    guard let secrets else {
      if let known, known.version == version { return known.redactor }
      return withoutSecrets
    }
    let redactor = SecretRedactor(secrets: own + secrets)
    keep(redactor, version, of: tenant)
    onChange(tenant, redactor)
    return redactor
  }

  private func keep(_ redactor: SecretRedactor, _ version: SecretsVersion, of tenant: TenantID) {
    state.withLock { state in
      if let old = state.known.removeValue(forKey: tenant) { state.bytes -= old.redactor.bytes }
      if state.known.count >= Self.maxTenants || state.bytes + redactor.bytes > Self.maxBytes { state = State() }
      state.known[tenant] = (version, redactor)
      state.bytes += redactor.bytes
    }
  }
}
