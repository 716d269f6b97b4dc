import ClawCore
import ClawJSON
import ClawStore
import Logging
import Synchronization

/// Replaces the encryption key, if the gateway manages it itself.
public protocol SealingKeyChanger: Sendable {
  /// Creates a new key and stores it as the current one; the old one is kept as the previous one.
  func replace() async throws -> SealingKeys
  /// Removes the previous key, once nothing is sealed with it any more.
  func settle() async throws
}

/// Stores sealed secrets, see ``SecretService``.
public final class StoreSecretService: SecretService {
  private static let maxNameBytes = 200
  /// Size limit of a secret, in bytes.
  private static let maxValueBytes = 64 * 1024

  let store: Store
  private let changer: (any SealingKeyChanger)?
  private let time: TimeSource
  private let logger: Logger
  private let keys: Mutex<SealingKeys>
  private let isRotating = Mutex(false)
  /// Rebuilds a tenant's redactor, for output outside of runs.
  private let changed = Mutex<(@Sendable (TenantID) async -> Void)?>(nil)

  /// - Parameters:
  ///   - changer: Nil if the key is given from outside.
  public init(
    store: Store, keys: SealingKeys, changer: (any SealingKeyChanger)?, time: TimeSource = .system, logger: Logger
  ) {
    self.store = store
    self.keys = Mutex(keys)
    self.changer = changer
    self.time = time
    self.logger = logger
  }

  var current: SealingKeys { keys.withLock { $0 } }

  /// Verifies the key, and reseals what was sealed with the previous one.
  /// - Throws: ``ClawError`` `failedPrecondition` for a wrong key.
  public func prepare() async throws {
    let keys = current
    try await store.node.write { try $0.sealingProof.check(keys) }
    if keys.previous != nil { _ = try await reseal() }
  }

  /// A redactor for each tenant.
  /// - Parameters:
  ///   - own: The secrets of the installation.
  ///   - onChange: Called with each redactor that is built for a tenant.
  public func redactors(
    own: [String], onChange: @escaping @Sendable (TenantID, SecretRedactor) -> Void = { _, _ in }
  ) -> TenantRedactors {
    let redactors = TenantRedactors(
      store: store, own: own,
      values: { [self] in try Array(values(in: $0).values) + providers(in: $0).compactMap(\.key) }, onChange: onChange)
    changed.withLock { changed in
      changed = { [weak redactors] tenant in _ = try? await redactors?.redactor(for: tenant) }
    }
    return redactors
  }

  /// All secrets of a tenant by name. Secrets that can't be opened are left out and logged.
  public func values(of tenant: TenantID) async throws -> UTF8Dictionary<String> {
    try await store.tenant(tenant).read { [self] in try values(in: $0) }
  }

  private func values(in transaction: TenantTransaction) throws -> UTF8Dictionary<String> {
    let keys = current
    var values: UTF8Dictionary<String> = [:]
    for (name, _) in try transaction.secrets.all() {
      do {
        values[name] = try transaction.secrets.value(of: name, with: keys)
      } catch let error as SealingError {
        logger.error(
          "secret.unreadable",
          metadata: ["tenant": "\(transaction.tenant)", "name": "\(name)", "error": "\(error)"])
      }
    }
    return values
  }

  /// The providers that a tenant has set up, with their keys. Providers whose keys can't be opened are left out and
  /// logged.
  func providers(in transaction: TenantTransaction) throws -> [TenantProvider] {
    try transaction.providers.opened(with: current) { name, error in
      logger.error(
        "provider.key_unreadable",
        metadata: ["tenant": "\(transaction.tenant)", "provider": "\(name)", "error": "\(error)"])
    }
  }

  /// Rebuilds the redactors of a tenant after a change of its secrets is durable.
  func secretsHaveChanged(in tenant: TenantID) async {
    await changed.withLock { $0 }?(tenant)
  }

  public func secrets(as principal: Principal) async throws -> [SecretEntry] {
    try await store.tenant(principal.tenant).read { transaction in
      try transaction.secrets.all().map { SecretEntry(name: $0.name, updatedAt: $0.updatedAt) }
    }
  }

  public func setSecret(_ name: String, to value: String, as principal: Principal) async throws {
    guard Self.isWellFormed(name) else {
      throw ClawError(
        .invalidRequest, "a secret's name is 1 to \(Self.maxNameBytes) letters, digits, '.', '_', '-' and '/'")
    }
    guard (1...Self.maxValueBytes).contains(value.utf8.count) else {
      throw ClawError(.invalidRequest, "a secret must be 1 to \(Self.maxValueBytes) bytes long")
    }
    let now = time.now
    let isKept = value.hasSameBytes(as: SecretRedactor.mask)
    try await store.tenant(principal.tenant).write { [self] transaction in
      let names = UTF8Set(try transaction.secrets.all().map(\.name))
      if isKept {
        guard names.contains(name) else { throw Self.notFound }
        return
      }
      guard names.contains(name) || names.count < SecretRepository.maxSecrets else {
        throw ClawError(
          .failedPrecondition, "there are \(SecretRepository.maxSecrets) secrets already; remove one first")
      }
      try transaction.secrets.set(name, to: value, with: { current }, at: now)
    }
    guard !isKept else { return }
    await secretsHaveChanged(in: principal.tenant)
    logger.notice("secret.set", metadata: ["tenant": "\(principal.tenant)", "name": "\(name)"])
  }

  private static func isWellFormed(_ name: String) -> Bool {
    (1...maxNameBytes).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        (45...57).contains(byte) || (65...90).contains(byte) || byte == 95 || (97...122).contains(byte)
      }
  }

  public func removeSecret(_ name: String, as principal: Principal) async throws {
    guard try await store.tenant(principal.tenant).write({ try $0.secrets.remove(name) }) else { throw Self.notFound }
    await secretsHaveChanged(in: principal.tenant)
    logger.notice("secret.removed", metadata: ["tenant": "\(principal.tenant)", "name": "\(name)"])
  }

  private static let notFound = ClawError(.notFound, "no such secret")

  // MARK: - Rotation

  public func rotateSecrets() async throws -> Int {
    guard let changer else {
      throw ClawError(
        .failedPrecondition,
        "the key comes from SWIFTCLAW_ENCRYPTION_KEY: set that to a new one and SWIFTCLAW_ENCRYPTION_KEY_PREVIOUS to the "
          + "old one, and start the gateway again; it reseals everything")
    }
    let isFirst = isRotating.withLock { isRotating in
      defer { isRotating = true }
      return !isRotating
    }
    guard isFirst else { throw ClawError(.failedPrecondition, "a key rotation is already in progress") }
    defer { isRotating.withLock { $0 = false } }
    let new = try await changer.replace()
    keys.withLock { $0 = new }
    let count = try await reseal()
    try await changer.settle()
    logger.notice("secrets.rotated", metadata: ["key": "\(new.current.id)", "count": "\(count)"])
    return count
  }

  /// Every value is resealed before the proof: an interrupted rotation continues at the next start.
  private func reseal() async throws -> Int {
    let keys = current
    var count = 0
    for tenant in try await store.node.read({ try $0.state.tenants() }) {
      count += try await store.tenant(tenant).write { transaction in
        do {
          return try transaction.secrets.reseal(with: keys) + transaction.providers.reseal(with: keys)
        } catch let error as SealingError {
          throw ClawError(
            .failedPrecondition, "a secret of the tenant \(transaction.tenant) can't be opened, so the old key is kept",
            cause: error)
        }
      }
      try await resealCalls(of: tenant, with: keys)
    }
    try await store.node.write { try $0.sealingProof.set(keys) }
    return count
  }

  /// Arguments of open calls, which may stay open for weeks.
  private func resealCalls(of tenant: TenantID, with keys: SealingKeys) async throws {
    var last: ToolCallRepository.Place?
    repeat {
      let after = last
      last = try await store.tenant(tenant).write { try $0.toolCalls.reseal(with: keys, after: after).last }
    } while last != nil
  }
}
