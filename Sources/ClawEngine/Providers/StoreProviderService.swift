import ClawCore
import ClawJSON
import ClawStore
import Logging

/// The providers that a tenant has set up for itself, see ``ProviderService``.
struct StoreProviderService: ProviderService {
  let store: Store
  let factory: any ModelFactory
  let catalog: any ModelCatalog
  let secrets: StoreSecretService
  let peers: Peers
  let time: TimeSource
  let logger: Logger

  func providers(limit: Int, cursor: String?, as principal: Principal) async throws -> Page<ProviderEntry> {
    let read = try await store.tenant(principal.tenant).read {
      try $0.providers.page(after: cursor, limit: limit + 1)
    }
    return Page(read, limit: limit) { $0.name }
  }

  func provider(_ name: String, as principal: Principal) async throws -> ProviderEntry {
    guard let provider = try await store.tenant(principal.tenant).read({ try $0.providers.provider(name) }) else {
      throw Self.notFound
    }
    return provider
  }

  private static let notFound = ClawError(.notFound, "no such provider")

  func createProvider(_ name: String, _ change: ProviderChange, as principal: Principal) async throws -> ProviderEntry {
    let now = time.now
    try ProviderRules.checkName(name)
    var provider = ProviderEntry(
      name: name, dialect: change.dialect ?? factory.known(name)?.dialect ?? .openAI, createdAt: now, updatedAt: now)
    try ProviderRules.apply(change, to: &provider)
    let key = change.newKey
    try ProviderRules.check(key: key)
    provider.hasKey = key != nil
    try factory.check(provider)
    try await store.tenant(principal.tenant).write { [self, provider] transaction in
      guard try transaction.providers.count() < ProviderRepository.maxProviders else {
        throw ClawError(
          .failedPrecondition, "there are \(ProviderRepository.maxProviders) providers already; remove one first")
      }
      try transaction.providers.noteChange()
      guard try transaction.providers.add(provider) else {
        throw ClawError(.alreadyExists, "provider already exists: \(name)")
      }
      if let key { try transaction.providers.setKey(of: name, to: key) { secrets.current } }
      announceChange(in: transaction)
    }
    await secrets.secretsHaveChanged(in: principal.tenant)
    logger.notice("provider.added", metadata: ["tenant": "\(principal.tenant)", "provider": "\(name)"])
    return provider
  }

  func updateProvider(
    _ name: String, _ change: ProviderChange, ifRevision revision: Int64?, as principal: Principal
  ) async throws -> ProviderEntry {
    let now = time.now
    let key = change.newKey
    try ProviderRules.check(key: key)
    let changed = try await store.tenant(principal.tenant).write { [self] transaction -> ProviderEntry in
      try transaction.providers.noteChange()
      guard let old = try transaction.providers.provider(name) else { throw Self.notFound }
      try ResourceRules.check(revision, is: old.revision)
      var new = old
      try ProviderRules.apply(change, to: &new)
      // An admin may change the address without knowing the key, so the key must not be sent to a new address.
      guard !old.hasKey || key != nil || new.baseURL.hasSameBytes(as: old.baseURL) else {
        throw ClawError(field: .key, "must be given again together with another address")
      }
      new.hasKey = old.hasKey || key != nil
      // A provider whose address is no longer allowed can still be disabled or renamed: it is refused when it is used.
      if change.baseURL != nil || change.dialect != nil || change.isEnabled == true { try factory.check(new) }
      new.updatedAt = now
      new.revision += 1
      try transaction.providers.update(new)
      if let key { try transaction.providers.setKey(of: name, to: key) { secrets.current } }
      announceChange(in: transaction)
      return new
    }
    await secrets.secretsHaveChanged(in: principal.tenant)
    logger.notice("provider.changed", metadata: ["tenant": "\(principal.tenant)", "provider": "\(name)"])
    return changed
  }

  func removeProvider(_ name: String, as principal: Principal) async throws {
    try await store.tenant(principal.tenant).write { [self] transaction in
      try transaction.providers.noteChange()
      guard try transaction.providers.remove(name) else { throw Self.notFound }
      announceChange(in: transaction)
    }
    await secrets.secretsHaveChanged(in: principal.tenant)
    logger.notice("provider.removed", metadata: ["tenant": "\(principal.tenant)", "provider": "\(name)"])
  }

  /// After commit, makes the next use read the change, here and on other nodes.
  private func announceChange(in transaction: TenantTransaction) {
    let (tenant, catalog, peers) = (transaction.tenant, catalog, peers)
    transaction.afterCommit {
      catalog.hasChanged(tenant)
      peers.notify(.models(tenant))
    }
  }

  func testProvider(_ name: String, model: String?, as principal: Principal) async throws -> ProviderTest {
    try await checkUse(of: name, as: principal)
    let models = try await catalog.models(of: principal.tenant)
    let named = model.map { ModelReference(provider: name, model: $0) }
    guard let reference = named ?? models.resolve(name), !reference.model.isEmpty else {
      throw ClawError(.failedPrecondition, "no model of this provider is known; name one to try")
    }
    let question = ModelRequest(
      system: "Answer with one word.", exchanges: [Exchange(input: [UserMessage("Say ok.")])],
      sampling: SamplingOptions(maxOutputTokens: Self.testTokens))
    let clock = ContinuousClock()
    let start = clock.now
    var failure: ClawError?
    do {
      _ = try await models.reply(to: question, from: [reference], observer: .silent)
    } catch let error as ClawError {
      failure = error
    }
    return ProviderTest(model: reference, duration: clock.now - start, failure: failure)
  }

  /// Limit of the answer to a test, in tokens.
  private static let testTokens = 64

  func models(of name: String, as principal: Principal) async throws -> ModelListing {
    try await checkUse(of: name, as: principal)
    return try await catalog.models(of: principal.tenant).list(provider: name)
  }

  /// - Throws: `notFound`, `failedPrecondition`.
  private func checkUse(of name: String, as principal: Principal) async throws {
    guard try await provider(name, as: principal).isEnabled else {
      throw ClawError(.failedPrecondition, "this provider is disabled; enable it first")
    }
  }
}
