import ClawCore
import Dispatch
import Testing

@testable import ClawStore

@Suite("Sealed secrets")
struct SealingTests {
  private static let text = String(repeating: "0f", count: 32)
  private let keys: SealingKeys
  private let place = SealingContext(tenant: "acme", table: "secrets", row: "api")

  init() throws {
    keys = SealingKeys(current: try #require(SealingKey(Self.text)))
  }

  @Test("a value opens where it was sealed, and twice the same text is not twice the same value")
  func roundTrip() throws {
    for text in ["x", "", "schlüssel 🔑", String(repeating: "long", count: 10_000)] {
      let sealed = try keys.seal(text, at: place)
      #expect(try keys.open(sealed, at: place) == text)
      #expect(sealed.contains(keys.current.id))
      #expect(text.count < 4 || !sealed.contains(text))
      #expect(try keys.seal(text, at: place) != sealed)
    }
  }

  @Test("a value that was moved to another row, table or tenant does not open")
  func moved() throws {
    let sealed = try keys.seal("secret", at: place)
    for other in [
      SealingContext(tenant: "other", table: "secrets", row: "api"),
      SealingContext(tenant: "acme", table: "x", row: "api"),
      SealingContext(tenant: "acme", table: "secrets", row: "apj"),
      SealingContext(tenant: "acmes", table: "ecrets", row: "api"),
      SealingContext(tenant: "acme", table: "secretsa", row: "pi"),
    ] {
      #expect(throws: SealingError.broken) { try keys.open(sealed, at: other) }
    }
  }

  @Test("a value that was cut off or changed anywhere does not open")
  func broken() throws {
    let sealed = try keys.seal("secret", at: place)
    for count in 0..<sealed.count {
      #expect(throws: SealingError.self) { try keys.open(String(sealed.prefix(count)), at: place) }
    }
    let start = sealed.count - 68
    for offset in start..<sealed.count {
      var characters = Array(sealed)
      characters[offset] = characters[offset] == "0" ? "1" : "0"
      #expect(throws: SealingError.self) { try keys.open(String(characters), at: place) }
    }
    for wrong in ["", "v1", "v1..", "v2" + sealed.dropFirst(2), sealed + "00", "plain text"] {
      #expect(throws: SealingError.self) { try keys.open(wrong, at: place) }
    }
  }

  @Test("another key is refused by name; beside the new one the old one still opens")
  func otherKey() throws {
    let sealed = try keys.seal("secret", at: place)
    let new = try #require(SealingKey.generate()).key
    #expect(throws: SealingError.otherKey(keys.current.id)) {
      try SealingKeys(current: new).open(sealed, at: place)
    }
    #expect(try SealingKeys(current: new, previous: keys.current).open(sealed, at: place) == "secret")
  }

  @Test("a key is 64 hex digits or the base64 of 32 bytes, and is never described")
  func texts() throws {
    let base64 = "Dw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8="
    for text in [Self.text, Self.text.uppercased(), base64, String(base64.dropLast())] {
      #expect(SealingKey(text)?.id == keys.current.id, "\(text)")
    }
    for text in [
      "", "0f", Self.text + "0f", String(Self.text.dropLast()) + "g", base64 + "=", "====", String(base64.dropLast(2)),
      String(base64.dropLast(2)) + "9=", String(repeating: "é", count: 32),
    ] {
      #expect(SealingKey(text) == nil, "\(text)")
    }
    #expect(!"\(keys.current)".contains("0f0f") && !String(reflecting: keys).contains("0f0f"))
  }

  @Test("the proof lets in the key it was made with, and names the one it wants otherwise")
  func proof() async throws {
    try await withStore { store in
      let (keys, new) = (keys, try #require(SealingKey.generate()).key)
      for _ in 1...2 { try await store.node.write { try $0.sealingProof.check(keys) } }
      let failure = await #expect(throws: ClawError.self) {
        try await store.node.write { try $0.sealingProof.check(SealingKeys(current: new)) }
      }
      #expect(failure?.code == .failedPrecondition)
      #expect(failure?.message.contains(keys.current.id) == true && failure?.message.contains(new.id) == true)
      try await store.node.write { try $0.sealingProof.check(SealingKeys(current: new, previous: keys.current)) }
      try await store.node.write { try $0.state.set("sealing_proof", to: "v1.x") }
      #expect(await code { try await store.node.write { try $0.sealingProof.check(keys) } } == .failedPrecondition)
    }
  }

  @Test("the store holds no secret in the clear, keeps tenants apart, and seals all anew with a new key")
  func rotation() async throws {
    try await withStore { store in
      let keys = keys
      for tenant in [acme, other] {
        try await store.tenant(tenant).write { transaction in
          try transaction.secrets.set("api", to: "value of \(tenant)", with: { keys }, at: start)
          try transaction.secrets.set("gone", to: "x", with: { keys }, at: start)
          #expect(try transaction.secrets.remove("gone"))
        }
      }
      let new = SealingKeys(current: try #require(SealingKey.generate()).key, previous: keys.current)
      for tenant in [acme, other] {
        #expect(try await store.tenant(tenant).write { try $0.secrets.reseal(with: new) } == 1)
        #expect(try await store.tenant(tenant).write { try $0.secrets.reseal(with: new) } == 0)
      }
      let alone = SealingKeys(current: new.current)
      for tenant in [acme, other] {
        let value = try await store.tenant(tenant).read { try $0.secrets.value(of: "api", with: alone) }
        #expect(value == "value of \(tenant)")
        #expect(try await store.tenant(tenant).read { try $0.secrets.all().map(\.name) } == ["api"])
        await #expect(throws: SealingError.otherKey(new.current.id)) {
          try await store.tenant(tenant).read { try $0.secrets.value(of: "api", with: keys) }
        }
      }
    }
  }

  @Test("a secret that is set while the key changes is sealed with the new one in the end", .bothEngines)
  func setDuringRotation() async throws {
    try await withStore { store in
      let old = keys
      let new = SealingKeys(current: try #require(SealingKey.generate()).key, previous: old.current)
      try await store.node.write { try $0.state.addTenant(acme, at: start) }
      let (reading, isReading) = AsyncStream.makeStream(of: Void.self)
      let mayGoOn = DispatchSemaphore(value: 0)
      async let setting: Void = store.tenant(acme).write { transaction in
        try transaction.secrets.set(
          "api", to: "value",
          with: {
            isReading.finish()
            mayGoOn.wait()
            return old
          }, at: start)
      }
      for await _ in reading {}
      // The key has changed meanwhile, and the tenant's secrets are resealed: that waits for the value.
      let resealing = Task { try await store.tenant(acme).write { try $0.secrets.reseal(with: new) } }
      _ = await withTaskGroup(of: Void.self) { group in
        group.addTask { _ = try? await resealing.value }
        // Enough time for one that does not wait, measured in reads.
        group.addTask {
          for _ in 0..<200 { _ = try? await store.tenant(acme).read { try $0.secrets.all() } }
        }
        await group.next()
        mayGoOn.signal()
      }
      try await setting
      #expect(try await resealing.value == 1)
      let alone = SealingKeys(current: new.current)
      #expect(try await store.tenant(acme).read { try $0.secrets.value(of: "api", with: alone) } == "value")
    }
  }
}
