import ClawCore
import ClawStore
import Dispatch
import Testing

@testable import ClawEngine

@Suite("Who is let in, on several nodes")
struct AccessTests {
  private static let operatorOfGateway = Principal(
    tenant: .standard, user: .owner, role: .admin, origin: .http, credential: .gatewayToken)
  private static let claim = AccessClaim(user: nil, tenant: nil, origin: .http)

  @Test("S8: what one node takes away, the others find gone at their next look")
  func revokedElsewhere() async throws {
    try await Nodes.run { nodes in
      let here = nodes.engine { $0.access.memory = .zero }
      let elsewhere = nodes.engine { $0.access.memory = .zero }
      let issued = try await here.apiKeys.createAPIKey(
        APIKeyDraft(name: "key", role: .operator_, user: ann.user), as: Self.operatorOfGateway)
      let byKey = try #require(try await here.access.admit(apiKey: issued.secret, Self.claim))
      let pairing = try await here.pairing.begin(
        PairingApplication(
          tenant: .standard, device: .generate(at: nodes.clock.now), user: ann.user, remote: "here"))
      let device = try await here.pairing.approve(
        pairing.request.code, user: nil, role: .operator_, as: Self.operatorOfGateway)
      let byDevice = try await here.access.admit(device, of: .standard, origin: .webSocket)
      let byToken = try await here.access.admitGatewayToken(Self.claim)
      let all: Set = [byKey, byDevice, byToken]
      #expect(try await here.access.ended(among: all, in: .standard).isEmpty)
      try await elsewhere.apiKeys.revokeAPIKey(issued.key.id, as: Self.operatorOfGateway)
      #expect(try await here.access.ended(among: all, in: .standard) == [byKey])
      #expect(try await here.access.admit(apiKey: issued.secret, Self.claim) == nil)
      try await elsewhere.pairing.revoke(.device(device.device), as: Self.operatorOfGateway)
      #expect(try await here.access.ended(among: all, in: .standard) == [byKey, byDevice])
      _ = try await elsewhere.users.createUser(.owner, UserChange(isDisabled: true), as: Self.operatorOfGateway)
      #expect(try await here.access.ended(among: all, in: .standard) == all)
    }
  }

  @Test("S32: a stranger for whom there is no place is refused without a write, and let in when there is one again")
  func refusedWithoutWrite() async throws {
    try await withEngine(isRunning: false, configure: { $0.pairing.maxPending = 1 }) { harness in
      let (pairing, store) = (harness.engine.pairing, harness.store)
      func application() -> PairingApplication {
        PairingApplication(
          tenant: .standard, device: .generate(at: TimeSource.system.now), user: ann.user, remote: "here")
      }
      let waiting = try await pairing.begin(application())
      let (entered, enter) = AsyncStream.makeStream(of: Void.self)
      let gate = DispatchSemaphore(value: 0)
      async let held: Void = store.node.write { _ in
        enter.finish()
        gate.wait()
      }
      for await _ in entered {}
      let code = try await withThrowingTaskGroup(of: ClawError.Code?.self) { group in
        group.addTask { [pairing] in
          do {
            _ = try await pairing.begin(application())
            return nil
          } catch let error as ClawError {
            return error.code
          }
        }
        group.addTask {
          try await Task.sleep(for: .seconds(300))
          gate.signal()
          throw CancellationError()
        }
        defer { group.cancelAll() }
        return try await group.next() ?? nil
      }
      #expect(code == .resourceExhausted)
      gate.signal()
      try await held
      try await pairing.revoke(.device(waiting.request.device), as: Self.operatorOfGateway)
      _ = try await pairing.begin(application())
    }
  }

  @Test("S8: of many devices those are found that were revoked, whether a few are asked about or all")
  func devices() async throws {
    try await Nodes.run { nodes in
      let engine = nodes.engine { $0.access.memory = .zero }
      var paired: [(device: PairedDevice, principal: Principal)] = []
      for _ in 0..<3 {
        let pairing = try await engine.pairing.begin(
          PairingApplication(
            tenant: .standard, device: .generate(at: nodes.clock.now), user: ann.user, remote: "here"))
        let device = try await engine.pairing.approve(
          pairing.request.code, user: nil, role: .operator_, as: Self.operatorOfGateway)
        paired.append((device, try await engine.access.admit(device, of: .standard, origin: .webSocket)))
      }
      try await engine.pairing.revoke(.device(paired[1].device.device), as: Self.operatorOfGateway)
      let everybody = Set(paired.map(\.principal))
      #expect(try await engine.access.ended(among: everybody, in: .standard) == [paired[1].principal])
      for (number, one) in paired.enumerated() {
        let ended = try await engine.access.ended(among: [one.principal], in: .standard)
        #expect(ended == (number == 1 ? [one.principal] : []))
      }
    }
  }

  @Test("what is known of a key is used again for a while, and forgotten at once where this node changes it")
  func memory() async throws {
    try await Nodes.run { nodes in
      let here = nodes.engine { $0.access.memory = .seconds(3600) }
      let elsewhere = nodes.engine()
      var secrets: [IssuedAPIKey] = []
      for name in ["one", "two"] {
        secrets.append(
          try await here.apiKeys.createAPIKey(APIKeyDraft(name: name, role: .viewer), as: Self.operatorOfGateway))
        #expect(try await here.access.admit(apiKey: secrets.last?.secret ?? "", Self.claim)?.role == .viewer)
      }
      try await elsewhere.apiKeys.revokeAPIKey(secrets[0].key.id, as: Self.operatorOfGateway)
      #expect(try await here.access.admit(apiKey: secrets[0].secret, Self.claim) != nil)
      try await here.apiKeys.revokeAPIKey(secrets[1].key.id, as: Self.operatorOfGateway)
      for issued in secrets { #expect(try await here.access.admit(apiKey: issued.secret, Self.claim) == nil) }
    }
  }

  @Test("jobs of a user or a tenant that is switched off stand still, and go on afterwards")
  func jobs() async throws {
    try await Nodes.run { nodes in
      let engine = nodes.engine()
      let job = try await engine.make(.every(milliseconds: 5000))
      _ = try await engine.users.createUser(ann.user, UserChange(isDisabled: true), as: Self.operatorOfGateway)
      nodes.clock.advance(by: .seconds(5))
      await engine.look()
      _ = try await engine.users.updateUser(
        ann.user, UserChange(isDisabled: false), ifRevision: 1, as: Self.operatorOfGateway)
      nodes.clock.advance(by: .seconds(5))
      await engine.look()
      #expect(try await nodes.ledger(of: job) == ["10 accepted", "5 refused"])
    }
  }

  @Test("a tenant may have so many keys; revoked ones make room")
  func keyLimit() async throws {
    try await Nodes.run { nodes in
      let engine = nodes.engine { $0.access.maxKeys = 2 }
      func make() async throws -> IssuedAPIKey {
        try await engine.apiKeys.createAPIKey(APIKeyDraft(name: "key", role: .viewer), as: Self.operatorOfGateway)
      }
      let first = try await make()
      _ = try await make()
      #expect(await code { _ = try await make() } == .failedPrecondition)
      try await engine.apiKeys.revokeAPIKey(first.key.id, as: Self.operatorOfGateway)
      _ = try await make()
      #expect(await code { _ = try await engine.apiKeys.apiKey(first.key.id, as: admin) } == .notFound)
    }
  }
}
