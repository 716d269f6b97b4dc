import ClawCore
import ClawStore

/// Seals values that must survive a crash and must not be readable in the database, and opens a tenant's secrets for
/// its tools.
public protocol SecretVault: Sendable {
  /// - Throws: If there is no key to seal with.
  func seal(_ text: String, at place: SealingContext) throws -> String

  /// - Throws: ``SealingError`` if the key of the text is lost, or the text was altered or copied from another row.
  func open(_ sealed: String, at place: SealingContext) throws -> String

  /// The current value of a secret; nil if there is none of that name, or if it can't be opened.
  /// - Throws: ``ClawError`` `unavailable` if the store can't be read.
  func value(of name: String, in tenant: TenantID) async throws -> String?
}

extension StoreSecretService: SecretVault {
  public func seal(_ text: String, at place: SealingContext) throws -> String { try current.seal(text, at: place) }
  public func open(_ sealed: String, at place: SealingContext) throws -> String { try current.open(sealed, at: place) }

  public func value(of name: String, in tenant: TenantID) async throws -> String? {
    let keys = current
    return try await store.tenant(tenant).read { transaction in
      do {
        return try transaction.secrets.value(of: name, with: keys)
      } catch is SealingError {
        return nil
      }
    }
  }
}
