import ClawCommands
import ClawJSON
import ClawTesting
import Testing

@Suite("Guessing credentials", .timeLimit(.minutes(10)))
struct GuessingTests {
  private static func quick(_ values: inout ConfigurationValues) {
    values.set(Settings.authDelay, to: .milliseconds(1))
    values.set(Settings.authDelayCap, to: .milliseconds(2))
  }

  private static func guess(_ gateway: GatewayHarness, _ params: JSONValue, host: Int? = nil) async throws -> JSONValue
  {
    let guesser = try await WireConnection.open(
      port: gateway.port, headers: host.map { [("X-Forwarded-For", "203.0.113.\($0)")] } ?? [])
    let error = try await guesser.failure("connect", params)
    #expect(error["code"] == "UNAUTHORIZED")
    #expect(await guesser.end().code == .policyViolation)
    return error["retryAfterMs"] ?? .null
  }

  @Test("S4: the eleventh wrong one of an address is slowed, whatever it is and wherever it comes in")
  func oneAddress() async throws {
    try await GatewayHarness.run(set: Self.quick) { (gateway) async throws in
      for number in 1...10 {
        let params: JSONValue = number.isMultiple(of: 2) ? ["token": "guess"] : ["sender_id": "guess"]
        #expect(try await Self.guess(gateway, params) == .null)
      }
      for params in [["token": "guess"], ["sender_id": "guess"], ["token": "a", "sender_id": "b"]] as [JSONValue] {
        #expect((try await Self.guess(gateway, params).intValue ?? 0) > 1000)
      }
      for headers in [
        [("Authorization", "Bearer guess")], [("Authorization", "Basic Z3Vlc3M=")], [("x-api-key", "guess")],
        [("Authorization", "Bearer guess"), ("x-api-key", gateway.token)],
      ] {
        let answer = try await HTTPCaller.withoutCredential(gateway, headers: headers).get("/v1/models")
        #expect(answer.status == 401)
        #expect((answer["retry-after"].flatMap { Int($0) } ?? 0) > 1)
      }
      // A valid credential is accepted, even from that address.
      let owner = try await gateway.connect()
      #expect(try await owner.call("health")["status"] == "ok")
      #expect(try await HTTPCaller(gateway).get("/v1/models").status == 200)
      // To ask without a credential is no guess.
      let nobody = try await HTTPCaller.withoutCredential(gateway).get("/v1/models")
      #expect(nobody.status == 401 && nobody["retry-after"] == nil)
    }
  }

  @Test("S4: wrong ones over HTTP and sockets are counted together")
  func together() async throws {
    try await GatewayHarness.run(set: Self.quick) { (gateway) async throws in
      let caller = HTTPCaller.withoutCredential(gateway, headers: [("Authorization", "Bearer guess")])
      for _ in 1...10 { #expect(try await caller.get("/v1/models")["retry-after"] == nil) }
      #expect(try await Self.guess(gateway, ["token": "guess"]) != .null)
    }
  }

  @Test("S4: guesses from many addresses are slowed together, and each by its own count behind a known proxy")
  func manyAddresses() async throws {
    try await GatewayHarness.run(set: {
      Self.quick(&$0)
      $0.set(Settings.authFailureLimit, to: 2)
      $0.set(Settings.authFailureTotal, to: 8)
      $0.set(Settings.trustedProxies, to: ["127.0.0.0/8"])
    }) { (gateway) async throws in
      for _ in 1...2 { #expect(try await Self.guess(gateway, ["token": "guess"], host: 1) == .null) }
      #expect(try await Self.guess(gateway, ["token": "guess"], host: 1) != .null)
      for host in 2...6 { #expect(try await Self.guess(gateway, ["token": "guess"], host: host) == .null) }
      for host in 7...9 { #expect(try await Self.guess(gateway, ["token": "guess"], host: host) != .null) }
      let owner = try await gateway.connect()
      #expect(try await owner.call("health")["status"] == "ok")
    }
  }

  @Test("S4: a stranger can't put their guesses on somebody else's account")
  func forgedAddress() async throws {
    try await GatewayHarness.run(set: {
      Self.quick(&$0)
      $0.set(Settings.authFailureLimit, to: 3)
    }) { (gateway) async throws in
      for host in 1...3 { #expect(try await Self.guess(gateway, ["token": "guess"], host: host) == .null) }
      #expect(try await Self.guess(gateway, ["token": "guess"], host: 4) != .null)
    }
  }
}
