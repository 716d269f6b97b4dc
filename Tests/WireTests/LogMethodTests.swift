import ClawCommands
import ClawJSON
import ClawTesting
import Testing

@Suite("logs.tail")
struct LogMethodTests {
  @Test("gives the last lines in order, by level, and what came after a number")
  func tail() async throws {
    try await GatewayHarness.run { gateway in
      let client = try await gateway.connect()
      _ = try await client.call("chat.send", ["message": "hello"])
      let all = try await client.call("logs.tail", ["limit": 1000])
      let lines = try #require(all["lines"]?.arrayValue)
      #expect(!lines.isEmpty)
      let numbers = lines.compactMap { $0["seq"]?.intValue }
      #expect(numbers == numbers.sorted() && Set(numbers).count == lines.count)
      for line in lines {
        #expect(line["time"]?.stringValue?.hasSuffix("Z") == true)
        #expect(line["level"]?.stringValue != nil && line["message"]?.stringValue != nil && line["logger"] != nil)
      }
      let last = try #require(all["lastSeq"])
      let after = try await client.call("logs.tail", ["afterSeq": last, "level": "critical"])
      #expect(after["lines"] == [])
      let one = try await client.call("logs.tail", ["limit": 1])
      #expect(one["lines"]?.arrayValue?.count == 1)
      // A number of an earlier process counts as none.
      let later = try await client.call("logs.tail", ["afterSeq": 1_000_000_000])
      #expect(later["lines"]?.arrayValue?.isEmpty == false)
      for params: JSONValue in [["limit": 0], ["limit": 1001], ["level": "loud"]] {
        #expect(try await client.failure("logs.tail", params)["code"] == "INVALID_REQUEST")
      }
    }
  }

  @Test("S34: neither the token nor a provider's key is in what logs.tail gives")
  func secrets() async throws {
    let models = try await FakeModelServer.start()
    models.accept(keys: ["another key"])
    try await GatewayHarness.run(
      models: models, environment: ["SWIFTCLAW_MISTRAL_API_KEY": "planted-secret-77"], logLevel: "trace"
    ) { gateway in
      let client = try await gateway.connect()
      _ = try await client.failure("chat.send", ["message": "hello"])
      _ = try await client.failure("chat.send", ["message": "planted-secret-77", "model": "planted-secret-77"])
      let text = try await client.call("logs.tail", ["limit": 1000]).serializedString()
      for secret in [GatewayHarness.token, "test-key-of-the-provider-42", "planted-secret-77"] {
        #expect(!text.contains(secret))
      }
    }
    await models.stop()
  }
}
