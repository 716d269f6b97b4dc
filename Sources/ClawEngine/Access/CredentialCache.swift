import ClawCore
import Synchronization

/// What was found out about credentials a moment ago, so that a client which sends many requests does not make as many
/// reads. A change in a tenant takes out that tenant's answers on this node; one on another node is seen when an answer
/// has grown old. No tenant's answers cost another one its own.
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
    /// The last change of each tenant; those that are not in it changed at `floor` at the latest.
    var changed: [TenantID: Int] = [:]
    var floor = 0

    mutating func remove(_ tenant: TenantID) {
      for question in ofTenant.removeValue(forKey: tenant) ?? [] { entries[question] = nil }
    }
  }

  /// Answers that are remembered. Beyond it those of the tenant that has the most are forgotten, which costs a read each.
  private let maxEntries: Int
  /// Tenants whose last change is remembered; beyond it what is being asked just then is not remembered.
  private static var maxChanged: Int { 1000 }

  private let lifetime: Duration
  private let tenant: @Sendable (Answer) -> TenantID
  private let state = Mutex(State())

  /// - Parameter tenant: Whose an answer is.
  init(lifetime: Duration, maxEntries: Int = 20_000, tenant: @escaping @Sendable (Answer) -> TenantID) {
    self.lifetime = lifetime
    self.maxEntries = maxEntries
    self.tenant = tenant
  }

  /// The answer to a question, asked anew if it is not known; "none" is asked anew each time. An answer that was on its
  /// way while something changed in its tenant is given, but not remembered.
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

  /// Something has changed in a tenant.
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
