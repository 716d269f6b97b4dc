import Testing

@testable import ClawServer

@Suite("Origins", .timeLimit(.minutes(10)))
struct OriginTests {
  @Test(
    "S3: With nothing listed only loopback names with the gateway's own port may connect",
    arguments: [
      ("http://localhost:18790", true), ("http://127.0.0.1:18790", true), ("http://[::1]:18790", true),
      ("HTTP://LocalHost:18790", true), ("null", false), ("", false), ("http://localhost", false),
      ("http://localhost:18791", false), ("https://localhost:18790", false), ("http://localhost:18790.evil.com", false),
      ("http://localhost.evil.com:18790", false), ("http://evil.com:18790", false), ("http://evil.com", false),
      ("http://localhost:18790@evil.com", false), ("http://127.0.0.1.evil.com:18790", false),
      ("file://localhost:18790", false), ("localhost:18790", false), ("http://", false),
    ])
  func standard(origin: String, isAllowed: Bool) {
    let policy = OriginPolicy(publicURL: nil, allowed: [], host: "127.0.0.1", port: 18790)
    #expect(policy.allows(origin) == isAllowed)
    #expect(!policy.allowsCrossOrigin(origin))
  }

  @Test("No Origin at all is no browser, and may connect")
  func none() {
    #expect(OriginPolicy(publicURL: nil, allowed: [], host: "127.0.0.1", port: 1).allows(nil))
  }

  @Test("S3: A public URL is own instead of the loopback names; a standard port may be written or left out")
  func publicURL() {
    let policy = OriginPolicy(publicURL: "https://claw.example.com/ui/", allowed: [], host: "0.0.0.0", port: 18790)
    #expect(policy.allows("https://claw.example.com") && policy.allows("https://claw.example.com:443"))
    #expect(!policy.allows("http://claw.example.com") && !policy.allows("https://claw.example.com:444"))
    #expect(!policy.allows("http://localhost:18790") && !policy.allows("https://xclaw.example.com"))
  }

  @Test("S3: Listed origins count exactly; a star counts only where it was written; null never does")
  func listed() {
    let listed = OriginPolicy(publicURL: nil, allowed: ["https://a.example"], host: "127.0.0.1", port: 18790)
    #expect(listed.allows("https://a.example") && listed.allowsCrossOrigin("https://a.example"))
    #expect(!listed.allows("https://b.a.example") && !listed.allows("http://a.example"))
    let star = OriginPolicy(publicURL: nil, allowed: ["*"], host: "127.0.0.1", port: 18790)
    #expect(star.allows("https://anything.example:8443") && !star.allows("null"))
  }

  @Test("S3: A foreign origin gets 403 on the upgrade, an own one a connection")
  func upgrade() async throws {
    try await TestGateway.run { gateway in
      for origin in ["http://evil.example", "null", "http://127.0.0.1:1"] {
        let error = await #expect(throws: (any Error).self) {
          try await gateway.socket(headers: [("Origin", origin)])
        }
        #expect("\(String(describing: error))".contains("403"))
      }
      let socket = try await gateway.socket(headers: [("Origin", gateway.origin)])
      #expect(try await socket.call("health")["ok"] == true)
    }
  }

  @Test("Cross-origin headers and preflights are for listed origins alone")
  func crossOrigin() async throws {
    try await TestGateway.run(.with { $0.allowedOrigins = ["https://app.example"] }) { gateway in
      let preflight: [(String, String)] = [("Access-Control-Request-Method", "POST")]
      let allowed = try await gateway.http(
        "OPTIONS", "/v1/chat/completions", headers: preflight + [("Origin", "https://app.example")])
      #expect(allowed.status == 204)
      #expect(allowed.header("access-control-allow-origin") == "https://app.example")
      #expect(allowed.header("access-control-allow-methods") == "POST")
      #expect(allowed.header("access-control-allow-headers") == nil)
      // The headers of the official openai and anthropic browser clients, and invalid header names.
      let names = "authorization,x-stainless-lang, anthropic-version,openai-organization,last-event-id"
      let asking = try await gateway.http(
        "OPTIONS", "/v1/chat/completions",
        headers: preflight + [
          ("Origin", "https://app.example"), ("Access-Control-Request-Headers", names),
          ("Access-Control-Request-Headers", "x;y, (z)"),
        ])
      #expect(
        asking.header("access-control-allow-headers")
          == "authorization, x-stainless-lang, anthropic-version, openai-organization, last-event-id")
      let foreign = try await gateway.http(
        "OPTIONS", "/v1/chat/completions", headers: preflight + [("Origin", "https://evil.example")])
      #expect(foreign.status == 405 && foreign.header("access-control-allow-origin") == nil)
      let health = try await gateway.http("GET", "/health", headers: [("Origin", "https://app.example")])
      #expect(health.header("access-control-allow-origin") == "https://app.example")
      #expect(health.header("vary") == "Origin")
      let plain = try await gateway.http("GET", "/health", headers: [("Origin", "https://evil.example")])
      #expect(plain.status == 200 && plain.header("access-control-allow-origin") == nil)
      #expect(plain.header("vary") == "Origin")
      let without = try await gateway.http("GET", "/health", headers: [])
      #expect(without.header("vary") == "Origin")
    }
    try await TestGateway.run { gateway in
      let plain = try await gateway.http("GET", "/health", headers: [("Origin", "https://app.example")])
      #expect(plain.header("vary") == nil && plain.header("access-control-allow-origin") == nil)
    }
  }
}
