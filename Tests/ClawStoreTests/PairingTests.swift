import ClawCore
import Testing

@testable import ClawStore

@Suite("Pairing in the store", .bothEngines)
struct PairingStoreTests {
  private func request(_ number: Int, code: String, remote: String = "a", lasts: Duration = .seconds(60))
    -> PairingRequest
  {
    PairingRequest(
      device: DeviceID(unchecked: "d\(number)"), code: code, channel: "browser", chat: "", account: "default",
      user: number.isMultiple(of: 2) ? ann : nil, remote: remote, requestedBy: number == 1 ? bob : nil,
      createdAt: start, expiresAt: start + lasts)
  }

  private func device(_ number: Int, lasts: Duration? = nil) -> PairedDevice {
    PairedDevice(
      device: DeviceID(unchecked: "d\(number)"), channel: "browser", chat: "c", user: ann, role: .viewer,
      pairedAt: start, pairedBy: bob, expiresAt: lasts.map { start + $0 })
  }

  @Test("a request is found by device, code and sender until it expires, in its tenant alone")
  func requests() async throws {
    try await withStore { store in
      let (one, two) = (request(1, code: "ONE"), request(2, code: "TWO", remote: "b", lasts: .seconds(10)))
      let added = try await store.tenant(acme).write { transaction in
        [
          try transaction.pairingRequests.add(one, senderHash: "h1"),
          try transaction.pairingRequests.add(two, senderHash: "h2"),
          try transaction.pairingRequests.add(request(3, code: "ONE"), senderHash: "h3"),
        ]
      }
      #expect(added == [true, true, false])
      try await store.tenant(acme).read { (transaction) throws in
        let requests = transaction.pairingRequests
        #expect(try requests.request(of: one.device, at: start)?.request == one)
        #expect(try requests.request(code: "TWO", at: start)?.request == two)
        #expect(try requests.request(senderHash: "h2", at: start)?.request == two)
        #expect(try requests.request(code: "TWO", at: start + .seconds(10)) == nil)
        #expect(try requests.pending(at: start, limit: 9).map(\.request) == [two, one])
        #expect(try requests.expired(at: start + .seconds(10), limit: 9).map(\.request) == [two])
        #expect(try requests.count(at: start) == 2)
        #expect(try requests.count(from: "b", at: start) == 1)
        #expect(try requests.count(from: "b", at: start + .seconds(10)) == 0)
      }
      try await store.tenant(other).read { (transaction) throws in
        #expect(try transaction.pairingRequests.request(code: "ONE", at: start) == nil)
        #expect(try transaction.pairingRequests.count(at: start) == 0)
      }
      try await store.tenant(acme).write { try $0.pairingRequests.remove(one.device) }
      #expect(try await store.tenant(acme).read { try $0.pairingRequests.count(at: start) } == 1)
    }
  }

  @Test("a device is found until its pairing ends; one without an end stays")
  func devices() async throws {
    try await withStore { store in
      try await store.tenant(acme).write { transaction in
        try transaction.pairedDevices.add(device(1), account: "default", senderHash: "h1")
        try transaction.pairedDevices.add(device(2, lasts: .seconds(10)), account: "default", senderHash: "h2")
      }
      try await store.tenant(acme).read { (transaction) throws in
        let devices = transaction.pairedDevices
        let late = start + .seconds(1_000_000)
        #expect(try devices.device(DeviceID(unchecked: "d1"), at: late)?.device == device(1))
        #expect(try devices.device(senderHash: "h2", at: start)?.device == device(2, lasts: .seconds(10)))
        #expect(try devices.device(senderHash: "h2", at: late) == nil)
        #expect(try devices.all(at: start).count == 2)
        #expect(try devices.expired(at: late, limit: 9).map(\.device.device.rawValue) == ["d2"])
      }
      #expect(try await store.tenant(other).read { try $0.pairedDevices.all(at: start) }.isEmpty)
      // A sender whose pairing has expired can be paired again, one with a valid pairing can't.
      try await store.tenant(acme).write { transaction in
        let again = PairedDevice(
          device: DeviceID(unchecked: "d3"), channel: "browser", chat: "", user: ann, role: .operator_,
          pairedAt: start + .seconds(11), pairedBy: bob, expiresAt: nil)
        try transaction.pairedDevices.add(again, account: "default", senderHash: "h2")
      }
      await #expect(throws: ClawError.self) {
        try await store.tenant(acme).write { transaction in
          try transaction.pairedDevices.add(device(4), account: "default", senderHash: "h1")
        }
      }
    }
  }

  @Test("a secret leads to its tenant by its hash, until it is forgotten")
  func credentials() async throws {
    try await withStore { store in
      try await store.tenant(acme).write { try $0.credentials.add("h", tenant: acme, device: DeviceID(unchecked: "d")) }
      let owner = try await store.node.read { try $0.credentials.owner(of: "h") }
      #expect(owner?.tenant == acme && owner?.device.rawValue == "d")
      try await store.node.write { try $0.credentials.remove("h") }
      #expect(try await store.node.read { try $0.credentials.owner(of: "h") } == nil)
    }
  }
}
