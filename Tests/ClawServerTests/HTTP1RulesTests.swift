import ClawCore
import ClawJSON
import Testing

@testable import ClawServer

/// RFC 9112 at the byte level.
@Suite("HTTP/1.0 and HTTP/1.1", .timeLimit(.minutes(10)))
struct HTTP1RulesTests {
  private static let auth = "Authorization: Bearer \(TestGateway.secret)\r\n"
  private static let host = "Host: localhost\r\n"

  @Test("HTTP/1.0 is answered in HTTP/1.0, and the connection ends unless it is to be kept")
  func http10() async throws {
    try await TestGateway.run { gateway in
      let answer = try await RawSocket.exchange(gateway, "GET /health HTTP/1.0\r\n\r\n")
      #expect(answer.hasPrefix("HTTP/1.0 200 ") && answer.lowercased().contains("\r\nconnection: close\r\n"))
      #expect(answer.hasSuffix("\r\n\r\n{\"status\":\"ok\",\"protocol\":3}") || answer.hasSuffix("}"))
      let socket = try await RawSocket.connect(gateway)
      try await socket.send("GET /health HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
      let kept = await socket.until("}")
      #expect(kept.hasPrefix("HTTP/1.0 200 ") && kept.lowercased().contains("\r\nconnection: keep-alive\r\n"))
      try await socket.send("GET /health HTTP/1.0\r\n\r\n")
      #expect(await socket.rest().hasPrefix("HTTP/1.0 200 "))
    }
  }

  @Test("A streamed answer to HTTP/1.0 has no chunks, and ends with the connection", arguments: ["", "keep-alive"])
  func http10Stream(connection: String) async throws {
    try await TestGateway.run { gateway in
      let feed = gateway.feed
      gateway.chat.set { chat in
        chat.onAccept = { inbound in
          feed.emit(event(1, .text("hello"), session: inbound.session.rawValue))
          feed.emit(
            event(
              2, .completed(content: "hello", usage: TokenUsage(), iterations: 1, durationMs: 1),
              session: inbound.session.rawValue))
        }
      }
      let body = #"{"stream":true,"messages":[{"role":"user","content":"hi"}]}"#
      let answer = try await RawSocket.exchange(
        gateway,
        "POST /v1/chat/completions HTTP/1.0\r\n\(Self.auth)Connection: \(connection)\r\n"
          + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
      #expect(answer.hasPrefix("HTTP/1.0 200 ") && !answer.lowercased().contains("transfer-encoding"))
      #expect(answer.lowercased().contains("\r\nconnection: close\r\n"))
      #expect(answer.contains("\r\n\r\ndata: {") && answer.hasSuffix("\n\ndata: [DONE]\n\n"))
    }
  }

  @Test(
    "close is found in any case and among other options",
    arguments: ["close", "Close", "close, te", "TE, CLOSE", "keep-alive, close"])
  func closes(option: String) async throws {
    try await TestGateway.run { gateway in
      let request = "GET /health HTTP/1.1\r\n\(Self.host)Connection: \(option)\r\n\r\n"
      // Input after the last request is ignored.
      let answer = try await RawSocket.exchange(gateway, request + request)
      #expect(answer.lowercased().contains("\r\nconnection: close\r\n"))
      #expect(answer.split(separator: "HTTP/1.1 200").count == 1)
    }
  }

  @Test(
    "A request has exactly one Host, with a host in it",
    arguments: [
      ("", 400), ("Host: a\r\nHost: a\r\n", 400), ("Host: a b\r\n", 400), ("Host: a/b\r\n", 400),
      ("Host: me@a\r\n", 400), ("Host: a, b\r\n", 400), ("Host: a.example:8080\r\n", 200),
      ("Host: [::1]:8080\r\n", 200), ("Host:\r\n", 200),
    ])
  func hosts(fields: String, status: Int) async throws {
    try await TestGateway.run { gateway in
      let close = status == 200 ? "Connection: close\r\n" : ""
      let plain = try await RawSocket.exchange(gateway, "GET /health HTTP/1.1\r\n\(fields)\(close)\r\n")
      #expect(plain.hasPrefix("HTTP/1.1 \(status) "), "\(plain)")
      #expect(plain.lowercased().contains("\r\nx-request-id: ") && plain.lowercased().contains("connection: close"))
      guard status == 400 else { return }
      #expect(plain.contains(#""code":"INVALID_REQUEST""#))
      let openAI = try await RawSocket.exchange(gateway, "GET /v1/models HTTP/1.1\r\n\(fields)\(Self.auth)\r\n")
      #expect(openAI.contains(#""type":"invalid_request_error""#))
      let upgrade = try await RawSocket.exchange(
        gateway,
        "GET /ws HTTP/1.1\r\n\(fields)Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
          + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
      #expect(upgrade.hasPrefix("HTTP/1.1 400 "))
    }
  }

  @Test("A client that ends its direction behind its request is answered")
  func halfClosed() async throws {
    try await TestGateway.run { gateway in
      let socket = try await RawSocket.connect(gateway)
      try await socket.send("GET /health HTTP/1.1\r\n\(Self.host)\r\n")
      try await socket.endOutput()
      #expect(await socket.rest().hasPrefix("HTTP/1.1 200 "))
      let partial = try await RawSocket.connect(gateway)
      try await partial.send("GET /health HTTP/1.1\r\nHost: lo")
      try await partial.endOutput()
      #expect(await partial.rest().hasPrefix("HTTP/1.1 400 "))
    }
  }

  @Test("A half-closed client gets the answer of a run that is still to come")
  func halfClosedDuringRun() async throws {
    let (gates, gate) = AsyncStream.makeStream(of: Void.self)
    try await TestGateway.run { gateway in
      gateway.chat.set { chat in
        chat.onOutcome = { run in
          for await _ in gates { break }
          return .completed(run, "late answer")
        }
      }
      let body = #"{"messages":[{"role":"user","content":"hi"}]}"#
      let socket = try await RawSocket.connect(gateway)
      try await socket.send(
        "POST /v1/chat/completions HTTP/1.1\r\n\(Self.host)\(Self.auth)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
      )
      try await socket.endOutput()
      gate.yield()
      #expect(await socket.rest().contains("late answer"))
    }
  }

  @Test("100 Continue is said only to whoever may use the route")
  func expectation() async throws {
    try await TestGateway.run { gateway in
      let head = "POST /v1/chat/completions HTTP/1.1\r\n\(Self.host)Expect: 100-continue\r\nContent-Length: 2\r\n"
      let stranger = try await RawSocket.exchange(gateway, head + "\r\n")
      #expect(stranger.hasPrefix("HTTP/1.1 401 "))
      let socket = try await RawSocket.connect(gateway)
      try await socket.send(head + Self.auth + "\r\n")
      #expect(await socket.until("\r\n\r\n").hasPrefix("HTTP/1.1 100 "))
      try await socket.send("{}")
      #expect(await socket.until("\r\n\r\n").hasPrefix("HTTP/1.1 400 "))
      let old = try await RawSocket.exchange(
        gateway,
        "POST /v1/chat/completions HTTP/1.0\r\nExpect: 100-continue\r\n\(Self.auth)Content-Length: 2\r\n\r\n{}")
      #expect(old.hasPrefix("HTTP/1.0 400 "))
    }
  }

  @Test("A body that breaks off or is badly framed is 400, and no error in the log")
  func brokenBody() async throws {
    let logs = Recorder<LogLines>()
    try await TestGateway.run { gateway in
      logs.note(gateway.logs)
      let head = "POST /v1/chat/completions HTTP/1.1\r\n\(Self.host)\(Self.auth)"
      let chunk = try await RawSocket.exchange(gateway, head + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\nzz\r\n")
      #expect(chunk.hasPrefix("HTTP/1.1 400 ") && chunk.contains("badly framed"))
      let early = try await RawSocket.connect(gateway)
      try await early.send(head + "Content-Length: 50\r\n\r\n{")
      try await early.endOutput()
      #expect(await early.rest().hasPrefix("HTTP/1.1 400 "))
      let gone = try await RawSocket.connect(gateway)
      try await gone.send(head + "Content-Length: 50\r\n\r\n{")
      try await gone.drop()
    }
    let lines = logs.all.map(\.all).joined()
    #expect(!lines.contains { $0.contains("request failed") })
  }

  @Test("Heads that are too large, and bodies in foreign codings, are told apart")
  func refusedHeads() async throws {
    try await TestGateway.run { gateway in
      let many = (0..<120).map { "X-\($0): y\r\n" }.joined()
      let large = "X: \(String(repeating: "x", count: 40_000))\r\n"
      let cases: [(String, Int)] = [
        ("GET /health HTTP/1.1\r\n\(Self.host)\(many)\r\n", 431),
        ("GET /health HTTP/1.1\r\n\(Self.host)\(large)\r\n", 431),
        ("GET /\(String(repeating: "x", count: 40_000)) HTTP/1.1\r\n\(Self.host)\r\n", 414),
        ("POST /v1/users HTTP/1.1\r\n\(Self.host)Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
        ("POST /v1/users HTTP/1.1\r\n\(Self.host)Transfer-Encoding: gzip\r\n\r\n", 400),
        ("POST /v1/users HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("GET /health HTTP/3.7\r\n\(Self.host)\r\n", 505), ("\u{16}\u{3}\u{1}", 400), ("nonsense\r\n\r\n", 400),
      ]
      for (request, status) in cases {
        let answer = try await RawSocket.exchange(gateway, request)
        #expect(answer.contains("HTTP/1.\(request.contains("HTTP/1.0") ? 0 : 1) \(status) "), "\(request.prefix(60))")
        #expect(answer.contains(#""code":"INVALID_REQUEST""#), "\(request.prefix(60)): \(answer)")
        #expect(answer.lowercased().contains("\r\nx-request-id: ") && answer.lowercased().contains("connection: close"))
      }
    }
  }

  @Test(
    "Every method that is a token is 405 with Allow, in the language of the route, whether the parser knows it or not",
    arguments: [
      "FOO", "get", "GETS", "M-SEARCH", "BREW", "QUERY", "TRACE", "PUT", "PATCH", "OPTIONS", "DELETE", "PROPFIND",
      "CONNECT", "!#$%&'*+-.^_`|~9",
    ])
  func methods(method: String) async throws {
    try await TestGateway.run { gateway in
      let rest = "\r\n\(Self.host)X-Request-Id: my-id-1\r\nConnection: close\r\n\r\n"
      let plain = try await RawSocket.exchange(gateway, "\(method) /health HTTP/1.1" + rest)
      #expect(plain.hasPrefix("HTTP/1.1 405 "), "\(plain)")
      #expect(plain.contains("\r\nAllow: GET, HEAD\r\n") || plain.contains("\r\nallow: GET, HEAD\r\n"), "\(plain)")
      #expect(plain.contains(#""code":"INVALID_REQUEST""#) && plain.contains("my-id-1"))
      let openAI = try await RawSocket.exchange(gateway, "\(method) /v1/chat/completions HTTP/1.1" + rest)
      #expect(openAI.hasPrefix("HTTP/1.1 405 ") && openAI.contains(#""type":"invalid_request_error""#))
      let nowhere = try await RawSocket.exchange(gateway, "\(method) /nowhere HTTP/1.1" + rest)
      #expect(nowhere.hasPrefix("HTTP/1.1 404 "))
    }
  }

  @Test("An unknown method is found in pieces, on a connection that was kept, and behind another request")
  func methodInPieces() async throws {
    try await TestGateway.run { gateway in
      let socket = try await RawSocket.connect(gateway)
      try await socket.send("GET /health HTTP/1.1\r\n\(Self.host)\r\n")
      #expect(await socket.until("}").hasPrefix("HTTP/1.1 200 "))
      for piece in ["F", "OO /hea", "lth HTTP/1.1\r\nHo", "st: a\r\n", "\r\n"] { try await socket.send(piece) }
      let answer = await socket.rest()
      #expect(answer.hasPrefix("HTTP/1.1 405 ") && answer.contains("doesn't take FOO"), "\(answer)")
      let both = try await RawSocket.exchange(
        gateway, "GET /health HTTP/1.1\r\n\(Self.host)\r\nFOO /health HTTP/1.1\r\n\(Self.host)\r\n")
      #expect(both.hasPrefix("HTTP/1.1 200 ") && both.contains("HTTP/1.1 405 "))
    }
  }

  @Test("The answer to HEAD has no body, also where that to GET is streamed")
  func head() async throws {
    try await TestGateway.run { gateway in
      let socket = try await RawSocket.connect(gateway)
      try await socket.send("HEAD /v1/users/ann/export HTTP/1.1\r\n\(Self.host)\(Self.auth)\r\n")
      #expect(await socket.until("\r\n\r\n").hasPrefix("HTTP/1.1 200 "))
      try await socket.send("GET /health HTTP/1.1\r\n\(Self.host)Connection: close\r\n\r\n")
      #expect(await socket.rest().hasPrefix("HTTP/1.1 200 "))
    }
  }

  @Test("What the inside notes of a request can't be sent from outside")
  func internalField() async throws {
    try await TestGateway.run { gateway in
      for fault in RequestFault.allCases {
        let answer = try await RawSocket.exchange(
          gateway,
          "GET /health HTTP/1.1\r\n\(Self.host)\(RequestFault.field): \(fault.rawValue)\r\nConnection: close\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 200 "))
      }
    }
  }
}
