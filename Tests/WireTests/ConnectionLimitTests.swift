import ClawCommands
import ClawJSON
import ClawTesting
import Testing

@Suite("Limits of connections")
struct ConnectionLimitTests {
  @Test("S32: of the connections of one address without a credential the oldest is closed first, known ones stay")
  func strangers() async throws {
    try await GatewayHarness.run(set: {
      $0.set(Settings.maxStrangersPerAddress, to: 2)
      $0.set(Settings.strangerGrace, to: .zero)
    }) { gateway in
      let known = try await gateway.connect()
      var strangers: [WireConnection] = []
      for _ in 1...5 { strangers.append(try await WireConnection.open(port: gateway.port)) }
      for stranger in strangers.prefix(3) { #expect(await stranger.end().code == .abnormal) }
      for stranger in strangers.suffix(2) { #expect(try await stranger.call("health")["status"] == "ok") }
      #expect(try await known.call("health")["status"] == "ok")
      // An authenticated connection no longer counts.
      _ = try await strangers[4].call("connect", ["token": .string(gateway.token)])
      let more = try await WireConnection.open(port: gateway.port)
      #expect(try await strangers[3].call("health")["status"] == "ok")
      #expect(try await more.call("health")["status"] == "ok")
      #expect(gateway.log.lines.count { $0.contains("connections.put_out") } == 1)
    }
  }

  @Test("A gateway without a free place says so: connect is UNAVAILABLE, /ready 503, /health answers")
  func full() async throws {
    try await GatewayHarness.run(set: { $0.set(Settings.maxConnections, to: 2) }) { gateway in
      let before = try await RawHTTP.send(port: gateway.port, "GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n")
      #expect(before.status == 200)
      let first = try await gateway.connect()
      _ = try await gateway.connect()
      let third = try await WireConnection.open(port: gateway.port)
      let refused = try await third.failure("connect", ["token": .string(gateway.token)])
      #expect(refused["code"] == "UNAVAILABLE" && refused["retryable"] == true)
      #expect(await third.end().code == .tryAgainLater)
      let ready = try await RawHTTP.send(port: gateway.port, "GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n")
      #expect(ready.status == 503)
      let checks = try JSONValue(parsing: ready.body)["checks"]
      #expect(checks?["connections"]?.stringValue?.contains("gateway.max_connections") == true)
      let health = try await RawHTTP.send(port: gateway.port, "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
      #expect(health.status == 200)
      let request = "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(gateway.token)\r\n\r\n"
      #expect(try await RawHTTP.send(port: gateway.port, request).status == 503)
      await first.drop()
      // The slot is free when the server has closed the socket too.
      while try await RawHTTP.send(port: gateway.port, request).status != 200 {}
    }
  }
}
