import ClawJSON
import ClawTesting
import NIOCore
import Testing

@Suite("Names in headers, paths and queries")
struct NamingHeaderTests {
  private static func send(
    _ gateway: GatewayHarness, _ target: String = "/v1/models", _ headers: [[UInt8]] = []
  ) async throws -> RawHTTP.Answer {
    var bytes = Array("GET \(target) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(gateway.token)\r\n".utf8)
    for header in headers { bytes += header + Array("\r\n".utf8) }
    return try await RawHTTP.send(port: gateway.port, bytes: bytes + Array("Connection: close\r\n\r\n".utf8))
  }

  private static let names = [
    "X-SwiftClaw-User-Id", "X-GoClaw-User-Id", "X-SwiftClaw-Tenant", "X-SwiftClaw-Agent-Id", "X-GoClaw-Agent-Id",
    "X-SwiftClaw-Session", "Idempotency-Key",
  ]

  @Test("S11: bytes that are no UTF-8 are refused and not repaired, in every header that names somebody or something")
  func notUTF8() async throws {
    try await GatewayHarness.run { gateway in
      for name in Self.names {
        for byte: UInt8 in [0xE9, 0xE8, 0xFF] {
          let answer = try await Self.send(gateway, "/v1/models", [Array("\(name): Jos".utf8) + [byte]])
          #expect(answer.status == 400, "\(name) \(byte): \(answer.body)")
          #expect(answer.body.contains(name.lowercased()) || answer.body.contains(name), "\(answer.body)")
        }
      }
      let right = try await Self.send(gateway, "/v1/models", [Array("X-SwiftClaw-User-Id: Jos\u{E9}".utf8)])
      #expect(right.status == 200)
    }
  }

  @Test("S11: a header that names comes once, its other spelling counted")
  func twice() async throws {
    try await GatewayHarness.run { gateway in
      for (first, second) in [
        ("X-SwiftClaw-User-Id", "X-SwiftClaw-User-Id"), ("X-SwiftClaw-User-Id", "x-goclaw-user-id"),
        ("X-SwiftClaw-Tenant", "X-SwiftClaw-Tenant"), ("X-SwiftClaw-Agent-Id", "X-GoClaw-Agent-Id"),
        ("X-SwiftClaw-Session", "X-SwiftClaw-Session"), ("Idempotency-Key", "Idempotency-Key"),
      ] {
        let answer = try await Self.send(
          gateway, "/v1/models", [Array("\(first): default".utf8), Array("\(second): default".utf8)])
        #expect(answer.status == 400, "\(first) \(second): \(answer.body)")
      }
      #expect(
        try await Self.send(gateway, "/v1/models", [Array("Accept: a".utf8), Array("Accept: b".utf8)]).status == 200)
    }
  }

  @Test("paths and queries that are no UTF-8 are refused")
  func targets() async throws {
    try await GatewayHarness.run { gateway in
      for target in ["/v1/users/%FF", "/v1/users/Jos%E9", "/v1/users/%zz", "/v1/users?cursor=%E9", "/v1/users?%FF=1"] {
        let answer = try await Self.send(gateway, target)
        #expect(answer.status == 400, "\(target): \(answer.body)")
      }
      #expect(try await Self.send(gateway, "/v1/users/Jos%C3%A9").status == 404)
      #expect(try await Self.send(gateway, "/v1/users?limit=1").status == 200)
    }
  }
}
