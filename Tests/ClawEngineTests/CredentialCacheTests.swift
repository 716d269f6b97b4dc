import ClawCore
import Testing

@testable import ClawEngine

@Suite("What is remembered of credentials")
struct CredentialCacheTests {
  private struct Answer: Sendable, Equatable {
    let tenant: TenantID
    var number = 0
  }

  private let a = TenantID(unchecked: "a")
  private let b = TenantID(unchecked: "b")

  private func memory(maxEntries: Int = 100) -> CredentialCache<String, Answer> {
    CredentialCache(lifetime: .seconds(3_600), maxEntries: maxEntries) { $0.tenant }
  }

  /// Whether the question is asked instead of answered from the cache.
  private func asks(
    _ question: String, of tenant: TenantID, _ memory: CredentialCache<String, Answer>
  ) async throws -> Bool {
    var isAsked = false
    _ = try await memory.answer(to: question) {
      isAsked = true
      return Answer(tenant: tenant)
    }
    return isAsked
  }

  @Test("a change in one tenant leaves what is known of the others")
  func change() async throws {
    let memory = memory()
    for question in ["1", "2"] { #expect(try await asks(question, of: a, memory)) }
    #expect(try await asks("3", of: b, memory))
    memory.forget(a)
    #expect(try await !asks("3", of: b, memory))
    for question in ["1", "2"] {
      #expect(try await asks(question, of: a, memory))
      #expect(try await !asks(question, of: a, memory))
    }
  }

  @Test("an answer that was on its way while its tenant changed is not remembered, one of another tenant is")
  func onItsWay() async throws {
    let memory = memory()
    for (question, tenant) in [("1", a), ("2", b)] {
      _ = try await memory.answer(to: question) {
        memory.forget(a)
        return Answer(tenant: tenant)
      }
    }
    #expect(try await asks("1", of: a, memory))
    #expect(try await !asks("2", of: b, memory))
    // However many tenants change.
    _ = try await memory.answer(to: "3") {
      for number in 0..<3000 { memory.forget(TenantID(unchecked: "t\(number)")) }
      memory.forget(b)
      for number in 0..<3000 { memory.forget(TenantID(unchecked: "t\(number)")) }
      return Answer(tenant: b)
    }
    #expect(try await asks("3", of: b, memory))
  }

  @Test("a tenant with many answers makes room by its own")
  func bound() async throws {
    let memory = memory(maxEntries: 50)
    #expect(try await asks("b", of: b, memory))
    for number in 0..<200 { #expect(try await asks("a\(number)", of: a, memory)) }
    #expect(try await !asks("b", of: b, memory))
  }
}
