import ClawCore
import Synchronization

/// Caches lookups of credentials for a short time, so that a client with many requests does not cause as many reads. A
/// change in a tenant drops that tenant's entries on this node; a change on another node takes effect when an entry
/// expires. No tenant can evict the entries of another.
final class CredentialCache<Question: Hashable & Sendable, Answer: Sendable>: Sendable {
  private struct Entry {
    let answer: Answer
    let tenant: TenantID
    let until: ContinuousClock.Instant
  }

  private struct State {
    var entries: [Question: Entry] = [:]
    var ofTenant: [TenantID: Set<Question>] = [:]
    /// Counts changes.
    var generation = 0
    /// The generation of each tenant's last change; tenants not listed changed at `floor` at the latest.
    var changed: [TenantID: Int] = [:]
    var floor = 0

    mutating func remove(_ tenant: TenantID) {
      for question in ofTenant.removeValue(forKey: tenant) ?? [] { entries[question] = nil }
    }
  }

  /// Limit of entries. Beyond it the entries of the tenant with the most are evicted, which costs a read each.
  private let maxEntries: Int
  /// Limit of tenants whose last change is kept; beyond it lookups in progress are not cached.
  private static var maxChanged: Int { 1000 }

  private let lifetime: Duration
  private let tenant: @Sendable (Answer) -> TenantID
  private let state = Mutex(State())

  /// - Parameter tenant: The tenant of an answer.
  init(lifetime: Duration, maxEntries: Int = 20_000, tenant: @escaping @Sendable (Answer) -> TenantID) {
    self.lifetime = lifetime
    self.maxEntries = maxEntries
    self.tenant = tenant
  }

  /// The cached answer, or the result of `ask`; nil results are not cached. An answer read while its tenant changed is
  /// returned, but not cached.
  func answer(to question: Question, _ ask: () async throws -> Answer?) async throws -> Answer? {
    let (known, generation) = state.withLock { state -> (Answer?, Int) in
      let entry = state.entries[question].flatMap { $0.until > .now ? $0 : nil }
      return (entry?.answer, state.generation)
    }
    if let known { return known }
    guard let answer = try await ask() else { return nil }
    let entry = Entry(answer: answer, tenant: tenant(answer), until: .now + lifetime)
    state.withLock { state in
      guard state.changed[entry.tenant] ?? state.floor <= generation else { return }
      if state.entries.count >= maxEntries, let largest = state.ofTenant.max(by: { $0.value.count < $1.value.count }) {
        state.remove(largest.key)
      }
      if let old = state.entries.updateValue(entry, forKey: question), old.tenant != entry.tenant {
        state.ofTenant[old.tenant]?.remove(question)
      }
      state.ofTenant[entry.tenant, default: []].insert(question)
    }
    return answer
  }

  /// Drops the entries of a tenant that has changed.
  func forget(_ tenant: TenantID) {
    state.withLock { state in
      state.remove(tenant)
      state.generation += 1
      if state.changed.count >= Self.maxChanged {
        state.changed = [:]
        state.floor = state.generation
      }
      state.changed[tenant] = state.generation
    }
  }
}
